//! The core store: the one truth of what a cluster should serve.
//!
//! It holds data sources, catalog sources and their links, the set of sources that should be loaded, roles with their
//! permissions, API keys, object storages, and one monotonic revision. It knows nothing of how sources are opened or schemas compiled.
//!
//! Reading order: [`record`], `access` and `storage` (what is stored), [`state`] (all of it at one revision), [`change`] (how it moves),
//! `keys` (how credentials lie in a database), `document`, `statement` and `migration` (the same as JSON, as SQL, as tables), then the adapters `duckdb` (with
//! `held`, a state in memory) and `postgres`; [`transfer`] carries content between stores. The feature `testsuite` brings the contract check for adapters of your own.

mod access;
pub mod change;
mod document;
mod duckdb;
mod held;
mod keys;
mod migration;
#[cfg(feature = "postgres")]
mod postgres;
pub mod record;
pub mod state;
mod statement;
pub(crate) mod storage;
#[cfg(any(test, feature = "testsuite"))]
pub mod testsuite;
mod transfer;
#[cfg(not(feature = "postgres"))]
mod without_postgres;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{Error, ErrorCode, Result};

pub use access::{
    AccessChange, AccessState, ApiKey, ApiKeyHash, ApiKeyPatch, PermissionKey, Role, RolePatch,
    RolePermission, RolePermissionPatch,
};
pub use change::Change;
pub use duckdb::DuckDbCoreStore;
pub use keys::StoreKeys;
pub(crate) use keys::require_opened;
#[cfg(feature = "postgres")]
pub use postgres::PostgresCoreStore;
pub use record::{CatalogSource, CatalogSourceKind, CatalogSourcePatch, DataSource, DataSourcePatch};
pub use state::{CoreState, Revision};
pub use storage::{ObjectStorage, StorageDefinition, StorageKind, UrlStyle};
pub use transfer::CoreExport;
#[cfg(not(feature = "postgres"))]
pub use without_postgres::PostgresCoreStore;

/// Whether a store takes changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreAccess {
    /// Every change is taken.
    ReadWrite,
    /// Only the set of loaded sources and the object storages may change, and these live as long as the process; all else is refused.
    ReadOnly,
}

impl StoreAccess {
    /// Checks that a store with this access takes `changes`. `store` is what a refusal calls it.
    ///
    /// # Errors
    /// `UNSUPPORTED` when one of them would have to be written.
    pub fn require(self, store: &str, changes: &[Change]) -> Result<()> {
        if self == Self::ReadWrite || changes.iter().all(Change::is_kept_in_memory_too) {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::Unsupported,
            format!("core store {store} is read-only; set CORE_DB_READONLY=false to change it"),
        ))
    }
}

/// Keeps the state of the cluster.
///
/// # Contract
/// - [`commit`](Self::commit) applies all changes or none, in order, and raises the revision by exactly one.
/// - A commit with `expected` other than the present revision fails with `CONFLICT` and changes nothing.
/// - A change that does not fit the state fails as [`CoreState::apply`] does, with the same code, and changes nothing.
/// - Once `commit` has returned, every later [`snapshot`](Self::snapshot), by whatever process, sees it.
/// - [`snapshot`](Self::snapshot) is one consistent state; its revision never goes back.
/// - Several processes may use one store at once, unless the adapter's documentation says otherwise.
#[async_trait]
pub trait CoreStore: Send + Sync + Debug {
    /// Returns where the store is, for people: a kind and a place, never a password.
    fn describe(&self) -> String;

    /// Returns whether the store takes changes.
    fn access(&self) -> StoreAccess;

    /// Returns the present revision; cheaper than a snapshot.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when the store does not answer.
    async fn revision(&self) -> Result<Revision>;

    /// Returns everything at the present revision.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when the store does not answer.
    async fn snapshot(&self) -> Result<Arc<CoreState>>;

    /// Takes `state` as it is, with its revision, in place of an older one: for a store that lives in the memory of one
    /// process and would otherwise be empty after its restart. Returns whether it did; other stores never do, which is the
    /// default.
    ///
    /// # Errors
    /// None of the adapters here fails.
    async fn adopt(&self, state: &CoreState) -> Result<bool> {
        let _ = state;
        Ok(false)
    }

    /// Applies `changes` as one commit, on top of `expected` when given, and returns the new revision.
    ///
    /// # Errors
    /// `CONFLICT` when the revision is not `expected` or a name is taken, `NOT_FOUND` when a named thing is missing,
    /// `BAD_REQUEST` when a value is not valid, `UNSUPPORTED` when the store is read-only,
    /// `SOURCE_UNAVAILABLE` when it does not answer.
    async fn commit(&self, expected: Option<Revision>, changes: &[Change]) -> Result<Revision>;
}
