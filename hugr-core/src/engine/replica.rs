//! What the cluster asks of an engine.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use hugr_auth::AuthSettings;

use super::operations::{AttachmentState, Operations};
use crate::error::Result;
use crate::name::{SourceName, StorageName};
use crate::store::{CoreState, CoreStore, ObjectStorage, Revision, StorageKind};

/// State of one source in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// The source.
    pub name: SourceName,
    /// Its state.
    pub state: AttachmentState,
    /// Why loading failed; empty otherwise.
    pub error: String,
}

/// State of one object storage in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageStatus {
    /// The storage.
    pub name: StorageName,
    /// Attached when DuckDB knows it.
    pub state: AttachmentState,
    /// Why it could not be registered; empty otherwise.
    pub error: String,
}

/// An object storage that this process knows, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredStorage {
    /// Its name.
    pub name: StorageName,
    /// Which service it is.
    pub kind: StorageKind,
    /// How the URLs begin that it is for.
    pub scope: String,
    /// All that was said of it, for people: `name=…;type=…;…`.
    pub parameters: String,
}

impl From<&ObjectStorage> for RegisteredStorage {
    fn from(storage: &ObjectStorage) -> Self {
        Self {
            name: storage.name.clone(),
            kind: storage.kind,
            scope: storage.scope.clone(),
            parameters: storage.to_string(),
        }
    }
}

/// An engine as a cluster sees it: a replica of the desired state.
///
/// # Contract
/// - [`reconcile`](Self::reconcile) is idempotent and never interrupts running queries. A source that fails to load keeps
///   its older version, if there is one, and does not keep others from loading.
/// - A state older than the one last applied is ignored.
#[async_trait]
pub trait Replica: Send + Sync + Debug {
    /// Returns the store that holds the desired state.
    fn core_store(&self) -> Arc<dyn CoreStore>;

    /// Brings object storages and loaded sources to what `state` wants; returns the status of each source that it names as loaded.
    async fn reconcile(&self, state: Arc<CoreState>) -> Vec<SourceStatus>;

    /// Returns the revision last brought about by [`reconcile`](Self::reconcile).
    fn applied_revision(&self) -> Revision;

    /// Returns the status of a source; one that this process never heard of is detached.
    fn source_status(&self, name: &SourceName) -> SourceStatus;

    /// Returns the status of an object storage; one that this process never heard of is detached.
    fn storage_status(&self, name: &StorageName) -> StorageStatus;

    /// Returns the object storages that this process knows, by name.
    fn storages(&self) -> Vec<RegisteredStorage>;

    /// Drops kept answers that have any of `tags`, or all of them when there are none, where this process alone holds them.
    ///
    /// # Errors
    /// When they cannot be dropped.
    async fn drop_answers(&self, tags: &[String]) -> Result<()>;

    /// Uses `settings` for all requests from now on.
    ///
    /// # Errors
    /// `BAD_REQUEST` when the settings cannot be used; the former ones stay in force.
    fn apply_auth(&self, settings: &AuthSettings) -> Result<()>;

    /// Sends operations through `operations` from now on.
    fn apply_operations(&self, operations: Arc<dyn Operations>);
}
