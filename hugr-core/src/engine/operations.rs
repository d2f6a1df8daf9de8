//! What an engine asks of whoever runs it: the operations that may concern other nodes.
//!
//! Whether they run here or travel to a management node is invisible to the engine.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::replica::RegisteredStorage;
use crate::error::Result;
use crate::name::{NodeName, SourceName, StorageName};
use crate::store::{ObjectStorage, Revision};

/// A work node as the cluster knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// Unique name.
    pub name: NodeName,
    /// URL at which management reaches it.
    pub url: String,
    /// Version of the software it runs.
    pub version: String,
    /// Whether it takes part in operations.
    pub is_ready: bool,
    /// When it last answered, on the clock of the management node.
    pub last_seen: DateTime<Utc>,
    /// Why it is not ready; empty when it is.
    pub error: String,
}

/// State of one source on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentState {
    /// Serving.
    Attached,
    /// Not loaded.
    Detached,
    /// Loading failed; an older version may still serve.
    Failed,
}

impl AttachmentState {
    /// Returns the name that stands in `data_source_status`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attached => "attached",
            Self::Detached => "detached",
            Self::Failed => "error",
        }
    }
}

/// State of one source on one node, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSourceStatus {
    /// The node.
    pub node: NodeName,
    /// The state there.
    pub state: AttachmentState,
    /// Why loading failed; empty otherwise.
    pub error: String,
}

/// An object storage as one node knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStorage {
    /// The node.
    pub node: NodeName,
    /// The storage.
    pub storage: RegisteredStorage,
}

/// Result of an operation, as GraphQL's `OperationResult` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationOutcome {
    /// Whether every node that takes part did it.
    pub is_success: bool,
    /// What happened, naming each node that did not.
    pub message: String,
}

/// Operations that may concern more than this node.
///
/// # Contract
/// - Each is idempotent: repeating one that succeeded succeeds again.
/// - A failure on some node is an [`OperationOutcome`] with `is_success: false`; `Err` means that nothing was started.
#[async_trait]
pub trait Operations: Send + Sync + Debug {
    /// Returns the management node's URL when this engine is a node of a cluster: then `core.cluster` is served.
    fn management_url(&self) -> Option<&str>;

    /// Returns this node's name; empty when standalone.
    fn node_name(&self) -> &str;

    /// Loads the source, or loads it anew, wherever it should serve.
    async fn load_data_source(&self, name: &SourceName) -> Result<OperationOutcome>;

    /// Stops serving the source everywhere; its registration stays.
    async fn unload_data_source(&self, name: &SourceName) -> Result<OperationOutcome>;

    /// Makes the object storage known wherever sources are served, in place of what its name stood for.
    async fn register_object_storage(&self, storage: &ObjectStorage) -> Result<OperationOutcome>;

    /// Makes the object storage unknown everywhere.
    async fn unregister_object_storage(&self, name: &StorageName) -> Result<OperationOutcome>;

    /// Returns the object storages that each node knows; a node that does not answer shows none.
    async fn storages(&self) -> Result<Vec<NodeStorage>>;

    /// Returns the state of the source on each node.
    async fn data_source_status(&self, name: &SourceName) -> Result<Vec<NodeSourceStatus>>;

    /// Has the other nodes drop kept answers that have any of `tags`, or all of them when there are none; this one has done so.
    async fn drop_answers(&self, tags: &[String]) -> Result<OperationOutcome>;

    /// Brings this node to `revision`, which it has committed to the core store, and lets the others know of it.
    ///
    /// # Errors
    /// When this node does not get there; it will catch up.
    async fn committed(&self, revision: Revision) -> Result<()>;

    /// Returns the nodes of the cluster, ready or not.
    async fn nodes(&self) -> Result<Vec<NodeRecord>>;
}
