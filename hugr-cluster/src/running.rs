//! A node at work: how it stands, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use hugr_auth::AuthSettings;
use hugr_core::engine::NodeRecord;
use hugr_core::name::NodeName;
use hugr_core::store::Revision;
use hugr_core::{Error, ErrorCode, Result};
use tokio_util::sync::DropGuard;
use tokio_util::task::TaskTracker;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::management::Coordinator;
use crate::node::WorkerParts;

/// Name under which the health of the whole node is asked for.
const WHOLE_NODE: &str = "";

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// Whether it takes part in the cluster's operations.
    pub is_ready: bool,
    /// Why not; empty when it does.
    pub error: String,
    /// Whether it has once reached a state of the core store, and so can answer queries, also without management.
    pub is_reconciled: bool,
    /// The revision that it has applied; on management, the highest it has heard of.
    pub revision: Revision,
}

/// A node at work. Dropping it stops its tasks; [`shutdown`](Self::shutdown) does so in order.
#[derive(Debug)]
pub struct RunningNode {
    pub(crate) name: NodeName,
    pub(crate) health: HealthReporter,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: DropGuard,
    pub(crate) role: RunningRole,
}

/// What a running node is.
#[derive(Debug)]
pub(crate) enum RunningRole {
    /// It keeps the cluster together.
    Management(Arc<Coordinator>),
    /// It serves.
    Worker(WorkerParts),
}

impl RunningNode {
    /// Returns the node's name.
    #[must_use]
    pub fn name(&self) -> &NodeName {
        &self.name
    }

    /// Returns how the node stands now.
    #[must_use]
    pub fn status(&self) -> NodeStatus {
        match &self.role {
            RunningRole::Management(coordinator) => NodeStatus {
                is_ready: true,
                error: String::new(),
                is_reconciled: true,
                revision: coordinator.revision(),
            },
            RunningRole::Worker(parts) => {
                let standing = parts.connection.standing().borrow().clone();
                let progress = parts.reconciler.progress().borrow().clone();
                NodeStatus {
                    is_ready: standing.is_ready,
                    error: if progress.error.is_empty() {
                        standing.error
                    } else {
                        progress.error
                    },
                    is_reconciled: progress.is_reconciled,
                    revision: progress.applied,
                }
            }
        }
    }

    /// Waits until the node takes part in the cluster's operations, up to its start limit.
    ///
    /// # Errors
    /// `TIMEOUT` with the reason when it does not get there.
    pub async fn ready(&self) -> Result<()> {
        let RunningRole::Worker(parts) = &self.role else {
            return Ok(());
        };
        let mut standing = parts.connection.standing();
        let limit = parts.connection.settings().start_limit;
        let is_ready = tokio::time::timeout(limit, standing.wait_for(|standing| standing.is_ready)).await;
        if matches!(is_ready, Ok(Ok(_))) {
            return Ok(());
        }
        let message = format!(
            "node `{}` is not ready after {limit:?}: {}",
            self.name,
            self.status().error
        );
        Err(Error::new(ErrorCode::Timeout, message))
    }

    /// Returns the nodes of the cluster, as a management node knows them; none on a worker, which asks through its
    /// operations.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeRecord> {
        match &self.role {
            RunningRole::Management(coordinator) => coordinator.members().records(),
            RunningRole::Worker(_) => Vec::new(),
        }
    }

    /// Uses `auth` on all work nodes from now on.
    ///
    /// # Errors
    /// `UNSUPPORTED` on a worker.
    pub fn distribute_auth_settings(&self, auth: AuthSettings) -> Result<()> {
        match &self.role {
            RunningRole::Management(coordinator) => coordinator.distribute_auth(auth),
            RunningRole::Worker(_) => {
                let message = "authentication settings are distributed by the management node";
                Err(Error::new(ErrorCode::Unsupported, message))
            }
        }
    }

    /// Leaves the cluster and ends all tasks; a worker is no longer listed afterwards.
    ///
    /// # Errors
    /// `TIMEOUT` when that takes longer than `grace`; the tasks are then left to end by themselves.
    pub async fn shutdown(self, grace: Duration) -> Result<()> {
        self.health
            .set_service_status(WHOLE_NODE, ServingStatus::NotServing)
            .await;
        self.stop.disarm().cancel();
        if let RunningRole::Management(coordinator) = &self.role {
            coordinator.members().disconnect_all();
        }
        self.tasks.close();
        tokio::time::timeout(grace, self.tasks.wait())
            .await
            .map_err(|_| {
                let message = format!("node `{}` did not stop within {grace:?}", self.name);
                Error::new(ErrorCode::Timeout, message)
            })?;
        tracing::info!(node = %self.name, "cluster node stopped");
        Ok(())
    }

    /// Returns the coordinator of a management node.
    #[cfg(any(test, feature = "testsuite"))]
    pub(crate) fn coordinator(&self) -> Option<&Arc<Coordinator>> {
        match &self.role {
            RunningRole::Management(coordinator) => Some(coordinator),
            RunningRole::Worker(_) => None,
        }
    }
}
