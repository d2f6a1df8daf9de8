//! What the cluster asks of an engine.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use hugr_auth::AuthSettings;

use super::operations::{AttachmentState, Operations};
use crate::error::Result;
use crate::name::SourceName;
use crate::store::{CoreState, CoreStore, Revision};

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

    /// Brings the loaded sources to what `state` wants; returns the status of each source that it names as loaded.
    async fn reconcile(&self, state: Arc<CoreState>) -> Vec<SourceStatus>;

    /// Returns the revision last brought about by [`reconcile`](Self::reconcile).
    fn applied_revision(&self) -> Revision;

    /// Returns the status of a source; one that this process never heard of is detached.
    fn source_status(&self, name: &SourceName) -> SourceStatus;

    /// Uses `settings` for all requests from now on.
    ///
    /// # Errors
    /// `BAD_REQUEST` when the settings cannot be used; the former ones stay in force.
    fn apply_auth(&self, settings: &AuthSettings) -> Result<()>;

    /// Sends operations through `operations` from now on.
    fn apply_operations(&self, operations: Arc<dyn Operations>);
}
