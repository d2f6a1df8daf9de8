//! Every core store keeps the one contract.
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hugr_auth::Secret;
use hugr_core::ErrorCode;
use hugr_core::store::testsuite::{StorePlace, check_core_store};
use hugr_core::store::{
    Change, CoreStore, DataSource, DuckDbCoreStore, PostgresCoreStore, Revision, StoreKeys,
};
use hugr_tests::core_store::PostgresPlace;
use hugr_tests::services;
use sqlx::{Connection, PgConnection};

/// Memory: opening it again finds the same state.
struct MemoryPlace(DuckDbCoreStore);

#[async_trait]
impl StorePlace for MemoryPlace {
    async fn open(&self) -> Arc<dyn CoreStore> {
        Arc::new(self.0.clone())
    }

    async fn open_beside(&self) -> Option<Arc<dyn CoreStore>> {
        Some(Arc::new(self.0.clone()))
    }
}

/// A file, which one store at a time may have open.
struct FilePlace {
    folder: tempfile::TempDir,
    last_opened: Mutex<Option<DuckDbCoreStore>>,
}

impl FilePlace {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            last_opened: Mutex::default(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("core.duckdb")
    }

    async fn open_file(&self) -> DuckDbCoreStore {
        let last_opened = self.last_opened.lock().unwrap().take();
        if let Some(store) = last_opened {
            store.close().await;
        }
        let store = DuckDbCoreStore::open(self.path()).await.unwrap();
        *self.last_opened.lock().unwrap() = Some(store.clone());
        store
    }
}

#[async_trait]
impl StorePlace for FilePlace {
    async fn open(&self) -> Arc<dyn CoreStore> {
        Arc::new(self.open_file().await)
    }

    async fn open_beside(&self) -> Option<Arc<dyn CoreStore>> {
        None
    }
}

/// A file with a key.
struct SealedPlace(FilePlace);

#[async_trait]
impl StorePlace for SealedPlace {
    async fn open(&self) -> Arc<dyn CoreStore> {
        let file = self.0.open_file().await;
        Arc::new(file.with_keys(StoreKeys::new(&Secret::new("open sesame")).unwrap()))
    }

    async fn open_beside(&self) -> Option<Arc<dyn CoreStore>> {
        None
    }
}

async fn postgres_place() -> PostgresPlace {
    PostgresPlace::new(&services::postgres().await.unwrap()).await
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    check_core_store(|| async { MemoryPlace(DuckDbCoreStore::in_memory()) }).await;
}

#[tokio::test]
async fn a_duckdb_file_keeps_the_contract() {
    check_core_store(|| async { FilePlace::new() }).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract() {
    check_core_store(postgres_place).await;
}

#[tokio::test]
async fn stores_that_seal_credentials_keep_the_contract() {
    check_core_store(|| async { SealedPlace(FilePlace::new()) }).await;
}

#[tokio::test]
async fn postgres_nodes_may_migrate_at_the_same_time() {
    // Several times, because each time the nodes meet at other points.
    for _ in 0..4 {
        let url = postgres_place().await.url().to_owned();
        let (first, second, third, fourth) = tokio::join!(
            PostgresCoreStore::connect(&url),
            PostgresCoreStore::connect(&url),
            PostgresCoreStore::connect(&url),
            PostgresCoreStore::connect(&url),
        );
        for store in [first, second, third, fourth] {
            assert_eq!(store.unwrap().revision().await.unwrap(), Revision(0));
        }
    }
}

#[tokio::test]
async fn postgres_takes_over_a_registry_that_exists() {
    let url = postgres_place().await.url().to_owned();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE data_sources (name text PRIMARY KEY, type text NOT NULL, description text, prefix text, \
         as_module bool NOT NULL DEFAULT false, path text NOT NULL, disabled bool NOT NULL DEFAULT false, \
         self_defined bool NOT NULL DEFAULT false, read_only bool NOT NULL DEFAULT false, \
         created_at timestamp DEFAULT now(), updated_at timestamp DEFAULT now()); \
         INSERT INTO data_sources (name, type, path) VALUES ('shop', 'duckdb', 'shop.duckdb')",
    )
    .execute(&mut connection)
    .await
    .unwrap();

    let store = PostgresCoreStore::connect(&url).await.unwrap();
    let state = store.snapshot().await.unwrap();
    let shop = DataSource::new("shop", "duckdb", "shop.duckdb");
    assert_eq!(state.data_sources.values().collect::<Vec<_>>(), [&shop]);
    assert_eq!(
        store.commit(None, &[Change::Load("shop".into())]).await.unwrap(),
        Revision(1)
    );
}

/// Whether the commit finds the row or only its lock depends on timing; the code does not.
#[tokio::test]
async fn postgres_reports_a_row_inserted_by_hand_as_a_conflict() {
    let url = postgres_place().await.url().to_owned();
    let store = PostgresCoreStore::connect(&url).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let mut by_hand = connection.begin().await.unwrap();
    sqlx::raw_sql("INSERT INTO data_sources (name, type, path) VALUES ('shop', 'duckdb', 'by hand')")
        .execute(&mut *by_hand)
        .await
        .unwrap();

    let insert = [Change::InsertDataSource(DataSource::new(
        "shop",
        "duckdb",
        "shop.duckdb",
    ))];
    let (outcome, committed) = tokio::join!(biased; store.commit(None, &insert), by_hand.commit());
    committed.unwrap();
    assert_eq!(outcome.unwrap_err().code(), ErrorCode::Conflict);
    let state = store.snapshot().await.unwrap();
    assert_eq!(state.revision, Revision(0));
    assert_eq!(
        state
            .data_sources
            .values()
            .map(|source| &*source.path)
            .collect::<Vec<_>>(),
        ["by hand"]
    );
}

#[tokio::test]
async fn postgres_connects_again_after_its_connections_were_cut() {
    let url = postgres_place().await.url().to_owned();
    let store = PostgresCoreStore::connect(&url).await.unwrap();
    store.commit(None, &[]).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    cut_other_connections(&mut connection).await;
    assert_eq!(store.revision().await.unwrap(), Revision(1));
    assert_eq!(store.commit(Some(Revision(1)), &[]).await.unwrap(), Revision(2));
}

/// Returns once the server has none but `connection` left for its database.
async fn cut_other_connections(connection: &mut PgConnection) {
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let all_gone = async {
        while sqlx::query_scalar::<_, i64>(cut)
            .fetch_one(&mut *connection)
            .await
            .unwrap()
            > 0
        {}
    };
    tokio::time::timeout(Duration::from_secs(30), all_gone)
        .await
        .unwrap();
}

#[tokio::test]
async fn postgres_of_a_newer_build_is_refused() {
    let url = postgres_place().await.url().to_owned();
    PostgresCoreStore::connect(&url).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("INSERT INTO core_migrations (version, name, checksum) VALUES (9999, 'future', '')")
        .execute(&mut connection)
        .await
        .unwrap();
    let error = PostgresCoreStore::connect(&url).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unsupported, "{error}");
}

#[tokio::test]
async fn postgres_names_a_database_that_is_missing() {
    let url = postgres_place().await.url().to_owned();
    let error = PostgresCoreStore::connect(&format!("{url}_missing"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable, "{error}");
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test]
async fn postgres_never_shows_its_password() {
    let url = postgres_place()
        .await
        .url()
        .replace("postgres@", "postgres:hush@");
    let store = PostgresCoreStore::connect(&url).await.unwrap();
    assert!(!format!("{store:?} {}", store.describe()).contains("hush"));
}
