//! A node of a cluster: built, mounted by its host, started, and at the end shut down.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use hugr_auth::AuthSettings;
use hugr_core::engine::{NodeRecord, Replica};
use hugr_core::name::NodeName;
use hugr_core::store::{CoreStore, Revision};
use hugr_core::{Error, ErrorCode, Result};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tonic::server::NamedService;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::builder::{ManagementBuilder, WorkerBuilder};
use crate::link::{Link, MAX_MESSAGE_BYTES};
use crate::management::Coordinator;
use crate::management::service::ManagementService;
use crate::proto::management_server::ManagementServer;
use crate::proto::node_server::NodeServer;
use crate::secret::guard::{CallGuard, require_signature};
use crate::url::NodeUrl;
use crate::worker::Connection;
use crate::worker::forwarder::Forwarder;
use crate::worker::reconciler::Reconciler;
use crate::worker::service::NodeService;

/// Name under which the health of the whole node is asked for.
const WHOLE_NODE: &str = "";

/// A node that is built but not started.
///
/// The host mounts [`routes`](Self::routes) in its HTTP server, which must speak HTTP/2 without TLS (`axum::serve`
/// does), listens, and then calls [`start`](Self::start): management answers a node only when it reaches it.
#[derive(Debug)]
pub struct ClusterNode {
    name: NodeName,
    guard: Arc<CallGuard>,
    health: HealthReporter,
    role: Role,
}

#[derive(Debug)]
enum Role {
    Management(Arc<Coordinator>),
    Worker(WorkerParts),
}

/// What a work node consists of.
#[derive(Debug)]
pub(crate) struct WorkerParts {
    pub(crate) management_url: NodeUrl,
    pub(crate) link: Link,
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) reconciler: Arc<Reconciler>,
    pub(crate) connection: Arc<Connection>,
}

impl ClusterNode {
    /// Returns a builder of a management node over `store`.
    ///
    /// Work nodes without a core store of their own use this one.
    pub fn management(store: Arc<dyn CoreStore>) -> ManagementBuilder {
        ManagementBuilder::new(store)
    }

    /// Returns a builder of a work node around an engine.
    pub fn worker(replica: Arc<dyn Replica>) -> WorkerBuilder {
        WorkerBuilder::new(replica)
    }

    pub(crate) fn of_management(
        name: NodeName,
        guard: Arc<CallGuard>,
        coordinator: Arc<Coordinator>,
    ) -> Self {
        Self {
            name,
            guard,
            health: HealthReporter::new(),
            role: Role::Management(coordinator),
        }
    }

    pub(crate) fn of_worker(guard: Arc<CallGuard>, parts: WorkerParts) -> Self {
        Self {
            name: parts.connection.settings().name.clone(),
            guard,
            health: HealthReporter::new(),
            role: Role::Worker(parts),
        }
    }

    /// Returns the gRPC routes, to be merged with the host's own.
    ///
    /// All calls must be signed with the cluster secret, except the standard health service.
    #[must_use]
    pub fn routes(&self) -> Router {
        let protected = match &self.role {
            Role::Management(coordinator) => {
                let service = ManagementServer::new(ManagementService(Arc::clone(coordinator)))
                    .max_decoding_message_size(MAX_MESSAGE_BYTES)
                    .max_encoding_message_size(MAX_MESSAGE_BYTES);
                Router::new().route_service(&path_of(&service), service)
            }
            Role::Worker(parts) => {
                let service = NodeServer::new(NodeService {
                    replica: Arc::clone(&parts.replica),
                    reconciler: Arc::clone(&parts.reconciler),
                });
                Router::new().route_service(&path_of(&service), service)
            }
        };
        let health = HealthServer::new(HealthService::from_health_reporter(self.health.clone()));
        protected
            .route_layer(from_fn_with_state(Arc::clone(&self.guard), require_signature))
            .route_service(&path_of(&health), health)
    }

    /// Starts the node. A worker returns when management has taken it and its settings are applied.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when management refuses the cluster secret; `CONFLICT` when the node's name is in use;
    /// `CLUSTER_UNAVAILABLE` or `TIMEOUT` when management does not answer within the start limit;
    /// `SOURCE_UNAVAILABLE` when a management node's core store does not answer.
    pub async fn start(self) -> Result<RunningNode> {
        let running = match self.role {
            Role::Management(coordinator) => {
                coordinator.note_store_revision().await?;
                let tasks = coordinator.tasks().clone();
                let stop = coordinator.stop().clone();
                tasks.spawn(Arc::clone(&coordinator).keep_checking());
                RunningNode {
                    name: self.name,
                    health: self.health,
                    tasks,
                    stop: stop.drop_guard(),
                    role: RunningRole::Management(coordinator),
                }
            }
            Role::Worker(parts) => {
                let tasks = TaskTracker::new();
                let stop = CancellationToken::new();
                // Stops the tasks as well when the start fails or is given up.
                let guard = stop.clone().drop_guard();
                parts.start(&tasks, &stop).await?;
                RunningNode {
                    name: self.name,
                    health: self.health,
                    tasks,
                    stop: guard,
                    role: RunningRole::Worker(parts),
                }
            }
        };
        tracing::info!(node = %running.name, "cluster node started");
        Ok(running)
    }
}

impl WorkerParts {
    async fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) -> Result<()> {
        tasks.spawn(Arc::clone(&self.reconciler).run(stop.clone()));
        let stream = self.connection.open_first().await?;
        self.replica.apply_operations(Arc::new(Forwarder {
            node: self.connection.settings().name.clone(),
            management_url: self.management_url.clone(),
            link: self.link.clone(),
            replica: Arc::clone(&self.replica),
            reconciler: Arc::clone(&self.reconciler),
            roll_out_limit: self.connection.roll_out_limit(),
        }));
        tasks.spawn(Arc::clone(&self.connection).keep(stream, stop.clone()));
        Ok(())
    }
}

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
    name: NodeName,
    health: HealthReporter,
    tasks: TaskTracker,
    stop: DropGuard,
    role: RunningRole,
}

#[derive(Debug)]
enum RunningRole {
    Management(Arc<Coordinator>),
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

fn path_of<S: NamedService>(_: &S) -> String {
    format!("/{}/{{*method}}", S::NAME)
}
