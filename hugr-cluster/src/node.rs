//! A node of a cluster: built, mounted by its host, and started.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use hugr_core::Result;
use hugr_core::engine::Replica;
use hugr_core::name::NodeName;
use hugr_core::store::CoreStore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::server::NamedService;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::builder::{ManagementBuilder, WorkerBuilder};
use crate::link::{Link, MAX_MESSAGE_BYTES};
use crate::management::Coordinator;
use crate::management::service::ManagementService;
use crate::proto::management_server::ManagementServer;
use crate::proto::node_server::NodeServer;
use crate::running::{RunningNode, RunningRole};
use crate::secret::guard::{CallGuard, require_signature};
use crate::url::NodeUrl;
use crate::worker::Connection;
use crate::worker::forwarder::Forwarder;
use crate::worker::reconciler::Reconciler;
use crate::worker::service::NodeService;

/// A node that is built but not started.
///
/// The host mounts [`routes`](Self::routes) in its HTTP server, which must speak HTTP/2, without TLS where its URL is `http://` (`axum::serve`
/// does), listens, and then calls [`start`](Self::start): management answers a node only when it reaches it.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # use hugr_cluster::{ClusterNode, Secret};
/// # use hugr_core::engine::Replica;
/// # async fn run(engine: Arc<dyn Replica>, app: axum::Router, secret: Secret) -> hugr_core::Result<()> {
/// let node = ClusterNode::worker(engine)
///     .with_name("worker-1")
///     .with_management("http://management:14000")
///     .with_advertise_url("http://worker-1:15000")
///     .with_secret(secret)
///     .build()?;
/// let app = app.merge(node.routes()); // to be served at the advertised URL
/// let running = node.start().await?;
/// running.ready().await?;
/// // … until it is time to go:
/// running.shutdown(Duration::from_secs(30)).await
/// # }
/// ```
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

    /// Starts the node. A worker returns when management has taken it and its settings are applied; one that kept its last
    /// settings starts with them when management does not answer, and joins later.
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
        let stream = self.connection.start().await?;
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

fn path_of<S: NamedService>(_: &S) -> String {
    format!("/{}/{{*method}}", S::NAME)
}
