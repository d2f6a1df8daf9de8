//! The core store of a single process: a DuckDB file, or memory.
//!
//! Reading order: this file, [`session`].

mod session;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::held::HeldState;
use super::keys::StoreKeys;
use super::storage::secret;
use super::{Change, CoreState, CoreStore, ObjectStorage, Revision, StoreAccess};
use crate::db::{Access, Database, DatabaseOptions};
use crate::error::{Error, ErrorCode, Result};

/// The core store of one process, in a DuckDB file or in memory. Cheap to clone; clones share the state.
///
/// A file that is open for writing belongs to this process alone: a cluster shares a [`PostgresCoreStore`] or reads its
/// core store through its management node.
///
/// [`PostgresCoreStore`]: super::PostgresCoreStore
#[derive(Clone, Debug)]
pub struct DuckDbCoreStore {
    description: Arc<str>,
    content: Content,
    keys: StoreKeys,
}

#[derive(Clone, Debug)]
enum Content {
    /// A file. One connection, so that a job sees no other between its statements.
    File(Database),
    /// Memory: all there is, or what a read-only file held when it was opened, with the loaded set of this process.
    Held(Arc<HeldState>),
}

impl DuckDbCoreStore {
    /// Returns a new store that lives as long as its last clone.
    #[must_use]
    pub fn in_memory() -> Self {
        let state = HeldState::new(CoreState::initial(), StoreAccess::ReadWrite);
        Self {
            description: Arc::from("memory"),
            content: Content::Held(Arc::new(state)),
            keys: StoreKeys::default(),
        }
    }

    /// Opens the file at `path` for reading and writing, creates it when it is missing, and brings its tables to their
    /// present shape. Tables of the registry that exist already are taken over with their rows.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when the file cannot be opened, for instance because another process has it;
    /// `UNSUPPORTED` when a newer build has changed its tables.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let database = open_file(&path, Access::ReadWrite).await?;
        database
            .run(|session| {
                session.transaction(session::migrate)?;
                // DuckDB cannot replay a log with tables whose columns have computed defaults: after a crash the file
                // would not open.
                session.execute_batch("CHECKPOINT")
            })
            .await?;
        Ok(Self {
            description: format!("duckdb file {}", path.display()).into(),
            content: Content::File(database),
            keys: StoreKeys::default(),
        })
    }

    /// Reads the file at `path` once and lets it go; later changes of the file are not seen. The set of loaded sources may
    /// change, in memory and for the life of this process; everything else is refused with `UNSUPPORTED`.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when the file cannot be read or holds no registry, `UNSUPPORTED` when a newer build has
    /// changed its tables.
    pub async fn open_read_only(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let database = open_file(&path, Access::ReadOnly).await?;
        let content = database
            .run(|session| session.transaction(session::read_any))
            .await;
        database.close().await;
        Self::read_only(content?, &format!("duckdb file {}", path.display()))
    }

    /// Reads a file that lies in `storage`, like [`open_read_only`](Self::open_read_only). `url` is its place there:
    /// `s3://bucket/core.duckdb`. DuckDB's extension `httpfs` is looked for in `extension_directory`, or where DuckDB
    /// keeps its extensions.
    ///
    /// # Errors
    /// As [`open_read_only`](Self::open_read_only); `UNSUPPORTED` when the extension is missing.
    pub async fn open_object(
        url: &str,
        storage: &ObjectStorage,
        extension_directory: Option<PathBuf>,
    ) -> Result<Self> {
        let options = DatabaseOptions {
            extension_directory,
            ..options_of(None, Access::ReadWrite)
        };
        let database = Database::open(options).await?;
        let (storage, attach) = (storage.clone(), session::attach_read_only(url));
        let content = database
            .run(move |session| {
                secret::register(session, &storage)?;
                session.execute_batch(&attach)?;
                session.transaction(session::read_any)
            })
            .await;
        database.close().await;
        let unreadable =
            |error: Error| Error::new(error.code(), format!("duckdb file {url} cannot be read: {error}"));
        Self::read_only(content.map_err(unreadable)?, &format!("duckdb file {url}"))
    }

    /// `place` is what errors and people call the file.
    fn read_only(content: Option<CoreState>, place: &str) -> Result<Self> {
        let state = content.ok_or_else(|| {
            Error::new(
                ErrorCode::SourceUnavailable,
                format!("{place} holds no core database"),
            )
        })?;
        let description =
            format!("{place} (read-only; loaded sources and object storages are kept in memory)");
        Ok(Self {
            description: description.into(),
            content: Content::Held(Arc::new(HeldState::new(state, StoreAccess::ReadOnly))),
            keys: StoreKeys::default(),
        })
    }

    /// Opens credentials with `keys`, and seals those that are written. What a store in memory holds is never written.
    #[must_use]
    pub fn with_keys(mut self, keys: StoreKeys) -> Self {
        if let Content::Held(held) = &self.content {
            held.open_with(&keys);
        }
        self.keys = keys;
        self
    }

    /// Seals with the present key what lies in the file as it was given, or sealed with a former key; returns whether there
    /// was any. That is a commit without changes.
    ///
    /// # Errors
    /// As [`CoreStore::commit`] says.
    pub async fn seal_anew(&self) -> Result<bool> {
        let Content::File(database) = &self.content else {
            return Ok(false);
        };
        let keys = self.keys.clone();
        database
            .run(move |session| session.transaction(|session| session::seal_anew(session, &keys)))
            .await
    }

    /// Closes the file, so that others can open it. A store in memory stays as it is.
    pub async fn close(&self) {
        if let Content::File(database) = &self.content {
            database.close().await;
        }
    }
}

#[async_trait]
impl CoreStore for DuckDbCoreStore {
    fn describe(&self) -> String {
        self.description.as_ref().to_owned()
    }

    fn access(&self) -> StoreAccess {
        match &self.content {
            Content::File(_) => StoreAccess::ReadWrite,
            Content::Held(state) => state.access(),
        }
    }

    async fn revision(&self) -> Result<Revision> {
        match &self.content {
            Content::File(database) => database.run(session::read_revision).await,
            Content::Held(state) => Ok(state.snapshot().revision),
        }
    }

    async fn snapshot(&self) -> Result<Arc<CoreState>> {
        match &self.content {
            Content::File(database) => {
                let stored = database.run(session::read_stored).await?;
                Ok(Arc::new(self.keys.opened(stored)))
            }
            Content::Held(state) => Ok(state.snapshot()),
        }
    }

    async fn adopt(&self, state: &CoreState) -> Result<bool> {
        match &self.content {
            Content::File(_) => Ok(false),
            Content::Held(held) => Ok(held.adopt(state)),
        }
    }

    async fn commit(&self, expected: Option<Revision>, changes: &[Change]) -> Result<Revision> {
        match &self.content {
            Content::File(database) => {
                let (changes, keys) = (changes.to_vec(), self.keys.clone());
                database
                    .run(move |session| {
                        session.transaction(|session| session::commit(session, &keys, expected, &changes))
                    })
                    .await
            }
            Content::Held(state) => state.commit(&self.description, expected, changes),
        }
    }
}

async fn open_file(path: &Path, access: Access) -> Result<Database> {
    Database::open(options_of(Some(path.to_owned()), access)).await
}

/// One connection and one thread: the core store is small, and a job must see no other between its statements.
fn options_of(path: Option<PathBuf>, access: Access) -> DatabaseOptions {
    DatabaseOptions {
        path,
        access,
        connections: NonZeroUsize::MIN,
        settings: vec![("threads".to_owned(), "1".to_owned())],
        ..DatabaseOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testsuite::check_read_only_core_store;
    use crate::store::{DataSource, record::CatalogSource};

    fn folder_and_path() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core.duckdb");
        (folder, path)
    }

    fn shop() -> [Change; 3] {
        let catalog = CatalogSource {
            name: "sdl".into(),
            kind: "text".to_owned(),
            description: None,
            path: "type t".to_owned(),
        };
        [
            Change::InsertDataSource(DataSource::new("shop", "duckdb", "shop.duckdb")),
            Change::InsertCatalogSource(catalog),
            Change::LinkCatalog {
                source: "shop".into(),
                catalog: "sdl".into(),
            },
        ]
    }

    #[tokio::test]
    async fn a_read_only_file_takes_loads_and_unloads() {
        let (_folder, path) = folder_and_path();
        let writable = DuckDbCoreStore::open(&path).await.unwrap();
        writable.commit(None, &shop()).await.unwrap();
        let written = writable.snapshot().await.unwrap();
        writable.close().await;

        let store = DuckDbCoreStore::open_read_only(&path).await.unwrap();
        assert!(store.describe().contains("read-only"), "{}", store.describe());
        assert_eq!(store.snapshot().await.unwrap(), written);
        check_read_only_core_store(&store, &"shop".into()).await;
    }

    #[tokio::test]
    async fn memory_takes_a_newer_state_and_a_file_none() {
        let newer = CoreState {
            revision: Revision(7),
            ..CoreState::initial().apply(&shop()).unwrap()
        };
        let older = CoreState {
            revision: Revision(6),
            ..CoreState::initial()
        };
        let memory = DuckDbCoreStore::in_memory();
        assert!(memory.adopt(&newer).await.unwrap());
        assert!(!memory.adopt(&older).await.unwrap());
        assert_eq!(*memory.snapshot().await.unwrap(), newer);
        assert_eq!(memory.commit(None, &[]).await.unwrap(), Revision(8));

        let (_folder, path) = folder_and_path();
        let file = DuckDbCoreStore::open(&path).await.unwrap();
        assert!(!file.adopt(&newer).await.unwrap());
        assert!(file.snapshot().await.unwrap().is_initial());
    }

    #[tokio::test]
    async fn a_registry_without_our_tables_is_taken_over() {
        let (_folder, path) = folder_and_path();
        let other = open_file(&path, Access::ReadWrite).await.unwrap();
        other
            .run(|session| {
                session.execute_batch(
                    "CREATE TABLE data_sources (name VARCHAR PRIMARY KEY, type VARCHAR NOT NULL, description VARCHAR, \
                     prefix VARCHAR, as_module BOOLEAN NOT NULL DEFAULT false, path VARCHAR NOT NULL, \
                     disabled BOOLEAN NOT NULL DEFAULT false, self_defined BOOLEAN NOT NULL DEFAULT false, \
                     read_only BOOLEAN NOT NULL DEFAULT false, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, \
                     updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP); \
                     CREATE TABLE catalog_sources (name VARCHAR PRIMARY KEY, type VARCHAR NOT NULL, \
                     description VARCHAR, path VARCHAR NOT NULL); \
                     CREATE TABLE data_source_catalogs (data_source_name VARCHAR, catalog_name VARCHAR); \
                     INSERT INTO data_sources (name, type, path) VALUES ('shop', 'duckdb', 'shop.duckdb');",
                )
            })
            .await
            .unwrap();
        other.close().await;

        let read_only = DuckDbCoreStore::open_read_only(&path).await.unwrap();
        check_read_only_core_store(&read_only, &"shop".into()).await;
        let writable = DuckDbCoreStore::open(&path).await.unwrap();
        let state = writable.snapshot().await.unwrap();
        assert_eq!(state.revision, Revision(0));
        let shop = DataSource::new("shop", "duckdb", "shop.duckdb");
        assert_eq!(state.data_sources.values().collect::<Vec<_>>(), [&shop]);
    }

    #[tokio::test]
    async fn a_file_without_a_registry_cannot_be_read() {
        let (_folder, path) = folder_and_path();
        let other = open_file(&path, Access::ReadWrite).await.unwrap();
        other
            .run(|session| session.execute_batch("CREATE TABLE t (x INTEGER)"))
            .await
            .unwrap();
        other.close().await;
        let error = DuckDbCoreStore::open_read_only(&path).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceUnavailable);
        assert!(error.to_string().contains("no core database"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_file_cannot_be_read() {
        let (_folder, path) = folder_and_path();
        let error = DuckDbCoreStore::open_read_only(&path).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceUnavailable, "{error}");
    }
}
