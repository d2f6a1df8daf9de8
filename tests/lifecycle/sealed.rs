//! Credentials in the core store: sealed where they lie, open where they are used.

use std::path::{Path, PathBuf};

use hugr_auth::Secret;
use hugr_core::ErrorCode;
use hugr_core::engine::Replica;
use hugr_core::store::{
    Change, CoreExport, CoreState, CoreStore, DataSource, DuckDbCoreStore, ObjectStorage, PostgresCoreStore,
    StorageDefinition, StoreKeys,
};
use hugr_tests::services;
use serde_json::json;

use crate::driver::{Driver, Outcome};

const PATH: &str = "postgres://user:hush-path@127.0.0.1:1/db";

fn keys(secret: &str) -> Outcome<StoreKeys> {
    Ok(StoreKeys::new(&Secret::new(secret))?)
}

fn changes() -> Outcome<Vec<Change>> {
    let storage = ObjectStorage::try_from(StorageDefinition {
        name: "minio".to_owned(),
        kind: "s3".to_owned(),
        scope: "bucket".to_owned(),
        key: "key".to_owned(),
        secret: Secret::new("hush-secret"),
        region: String::new(),
        endpoint: "minio:9000".to_owned(),
        use_ssl: false,
        url_style: "path".to_owned(),
        url_compatibility: false,
        kms_key_id: String::new(),
        account_id: String::new(),
    })?;
    Ok(vec![
        Change::RegisterStorage(storage),
        Change::InsertDataSource(DataSource::new("pg", "postgres", PATH)),
    ])
}

fn file_in(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("core.duckdb")
}

/// Opens the file with the key, if any, as a server does.
async fn open(file: &Path, keys: StoreKeys) -> Outcome<DuckDbCoreStore> {
    let store = DuckDbCoreStore::open(file).await?.with_keys(keys);
    store.seal_anew().await?;
    Ok(store)
}

fn secret_of(state: &CoreState) -> Outcome<&str> {
    let storage = state.storages.get("minio").ok_or("no storage")?;
    Ok(storage.secret.expose())
}

fn holds(file: &Path, text: &str) -> Outcome<bool> {
    let bytes = std::fs::read(file)?;
    Ok(bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[tokio::test]
async fn a_file_holds_nothing_that_can_be_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = open(&file_in(&folder), keys("a")?).await?;
    store.commit(None, &changes()?).await?;
    store.close().await;

    assert!(
        !holds(&file_in(&folder), "hush")?,
        "a credential lies in the file"
    );

    let again = open(&file_in(&folder), keys("a")?).await?;
    let state = again.snapshot().await?;
    assert_eq!(secret_of(&state)?, "hush-secret");
    assert_eq!(state.data_sources["pg"].path, PATH);
    again.close().await;
    let read_only = DuckDbCoreStore::open_read_only(file_in(&folder))
        .await?
        .with_keys(keys("a")?);
    assert_eq!(secret_of(&*read_only.snapshot().await?)?, "hush-secret");
    Ok(())
}

#[tokio::test]
async fn what_was_stored_without_a_key_is_read_and_sealed_at_the_next_start() -> Outcome {
    let database = services::postgres().await?.create_database().await?;
    let plain = PostgresCoreStore::connect(&database).await?;
    plain.commit(None, &changes()?).await?;
    let before = plain.snapshot().await?;
    assert_eq!(secret_of(&before)?, "hush-secret");

    let sealing = PostgresCoreStore::connect(&database).await?.with_keys(keys("a")?);
    assert_eq!(secret_of(&*sealing.snapshot().await?)?, "hush-secret");
    assert!(sealing.seal_anew().await?);
    assert!(!sealing.seal_anew().await?, "nothing is left to seal");

    assert_eq!(secret_of(&*sealing.snapshot().await?)?, "hush-secret");
    let without = plain.snapshot().await?;
    assert!(secret_of(&without)?.starts_with("sealed:v1:"), "it lies open");
    assert!(without.data_sources["pg"].path.starts_with("sealed:v1:"));
    Ok(())
}

#[tokio::test]
async fn another_key_names_the_storage_and_the_rest_serves() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = open(&file_in(&folder), keys("a")?).await?;
    store.commit(None, &changes()?).await?;
    store.close().await;

    let store = open(&file_in(&folder), keys("b")?).await?;
    let driver = Driver::over(store.clone()).await?;

    let status = driver.engine.storage_status(&"minio".into());
    assert!(
        status.error.contains("object storage `minio`"),
        "{}",
        status.error
    );
    let (is_loaded, reason) = driver.load("pg").await?;
    assert!(
        !is_loaded && reason.contains("data source `pg`") && reason.contains("CORE_DB_KEY"),
        "{reason}"
    );
    let paths = driver
        .data("{ core { data_sources { path } } }", "/core/data_sources")
        .await?;
    assert_eq!(paths, json!([{ "path": "***" }]));
    let export = CoreExport::with_secrets(&*store.snapshot().await?).unwrap_err();
    assert_eq!(export.code(), ErrorCode::SourceUnavailable);
    for said in [status.error, reason, export.to_string()] {
        assert!(!said.contains("hush") && !said.contains("sealed:v1"), "{said}");
    }

    // Stored again, it is sealed with the present key.
    store.commit(None, &changes()?[..1]).await?;
    assert_eq!(secret_of(&*store.snapshot().await?)?, "hush-secret");
    Ok(())
}

#[tokio::test]
async fn keys_change_and_content_moves_to_a_store_with_another() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = open(&file_in(&folder), keys("a")?).await?;
    store.commit(None, &changes()?).await?;
    let exported = CoreExport::with_secrets(&*store.snapshot().await?)?.to_json()?;
    store.close().await;

    let both = keys("b")?.with_former(&Secret::new("a"))?;
    open(&file_in(&folder), both).await?.close().await;
    let changed = open(&file_in(&folder), keys("b")?).await?;
    assert_eq!(secret_of(&*changed.snapshot().await?)?, "hush-secret");

    let database = services::postgres().await?.create_database().await?;
    let target = PostgresCoreStore::connect(&database).await?.with_keys(keys("c")?);
    let content = CoreExport::from_json(&exported)?.into_state()?;
    let present = target.snapshot().await?;
    target.commit(None, &present.changes_to(&content)).await?;
    assert_eq!(secret_of(&*target.snapshot().await?)?, "hush-secret");
    let raw = PostgresCoreStore::connect(&database).await?.snapshot().await?;
    assert!(secret_of(&raw)?.starts_with("sealed:v1:"));
    Ok(())
}

#[tokio::test]
async fn a_sealed_text_cannot_be_given_as_a_credential() -> Outcome {
    let store = DuckDbCoreStore::in_memory();
    let path = "sealed:v1:name:content";
    let insert = Change::InsertDataSource(DataSource::new("pg", "postgres", path));
    let refusal = store.commit(None, &[insert]).await.unwrap_err();
    assert_eq!(refusal.code(), ErrorCode::BadRequest, "{refusal}");
    Ok(())
}
