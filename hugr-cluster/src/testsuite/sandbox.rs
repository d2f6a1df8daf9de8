//! A management node and any number of workers, in one process.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hugr_auth::{AuthSettings, Secret};
use hugr_core::engine::NodeRecord;
use hugr_core::store::{Change, CoreStore, DataSource, Revision};
use hugr_core::{Error, Result};
use tokio::sync::watch;

use super::fake_replica::FakeReplica;
use super::host::{NodeHost, ReservedAddress};
use super::memory_store::MemoryCoreStore;
use super::worker::{SandboxWorker, WorkerSetup};
use super::{PATIENCE, wait_for};
use crate::back_off::BackOff;
use crate::builder::WorkerBuilder;
use crate::node::ClusterNode;
use crate::remote_store::{RemoteCoreStore, RemoteCoreStoreBuilder};
use crate::running::RunningNode;

/// The secret of every sandbox.
pub const SECRET: &str = "sandbox-secret";

/// Longer than any test: what is asked for happens, what is only due does not.
const NEVER: Duration = Duration::from_secs(3_600);

/// A management node and the means to start workers.
#[derive(Debug)]
pub struct Sandbox {
    store: Arc<dyn CoreStore>,
    address: ReservedAddress,
    host: Option<NodeHost>,
    auth: AuthSettings,
    timeout: Duration,
}

impl Sandbox {
    /// Starts a management node over an empty core store.
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn start() -> Result<Self> {
        Self::start_with_timeout(PATIENCE).await
    }

    /// Starts a management node whose calls to a node have `timeout`.
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn start_with_timeout(timeout: Duration) -> Result<Self> {
        Self::start_over(Arc::new(MemoryCoreStore::new()), timeout).await
    }

    /// Starts a management node over `store` whose calls to a node have `timeout`.
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn start_over(store: Arc<dyn CoreStore>, timeout: Duration) -> Result<Self> {
        let mut sandbox = Self {
            store,
            address: ReservedAddress::new()?,
            host: None,
            auth: AuthSettings::default(),
            timeout,
        };
        sandbox.start_management().await?;
        Ok(sandbox)
    }

    /// Starts the management node again, at the same address and over the same core store.
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn start_management(&mut self) -> Result<()> {
        let node = ClusterNode::management(self.store())
            .with_secret(Secret::new(SECRET))
            .with_timeout(self.timeout)
            .with_check_interval(NEVER)
            .with_auth_settings(self.auth.clone())
            .build()?;
        self.host = Some(NodeHost::start(Some(&self.address), node).await?);
        Ok(())
    }

    /// Kills the management node.
    pub async fn kill_management(&mut self) {
        if let Some(host) = self.host.take() {
            host.kill().await;
        }
    }

    /// Shuts the management node down in order.
    ///
    /// # Errors
    /// What the shutdown fails with.
    pub async fn shutdown_management(&mut self) -> Result<()> {
        match self.host.take() {
            Some(host) => host.shutdown().await,
            None => Ok(()),
        }
    }

    /// Forgets the core store's content, as when management kept it in memory only.
    pub fn lose_store(&mut self) {
        self.store = Arc::new(MemoryCoreStore::new());
    }

    /// Returns management's URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// Returns management's core store.
    #[must_use]
    pub fn store(&self) -> Arc<dyn CoreStore> {
        Arc::clone(&self.store)
    }

    /// Returns the management node.
    ///
    /// # Errors
    /// `INTERNAL` when it was killed.
    pub fn management(&self) -> Result<&RunningNode> {
        let host = self.host.as_ref();
        host.ok_or_else(|| Error::internal("the management node was killed"))?
            .node()
    }

    /// Returns what reaches management's core store.
    pub fn remote_store(&self) -> RemoteCoreStoreBuilder {
        RemoteCoreStore::builder(self.url(), Secret::new(SECRET))
            .with_timeout(PATIENCE)
            .with_start_limit(PATIENCE)
            .with_back_off(quick())
    }

    /// Adds data sources to management's core store.
    ///
    /// # Errors
    /// What the commit fails with.
    pub async fn register_sources(&self, names: &[&str]) -> Result<Revision> {
        let insert = |name: &&str| Change::InsertDataSource(DataSource::new(*name, "duckdb", "shop.duckdb"));
        let changes: Vec<_> = names.iter().map(insert).collect();
        self.store.commit(None, &changes).await
    }

    /// Starts a worker and waits until it is ready.
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn start_worker(&self, name: &str) -> Result<SandboxWorker> {
        let worker = self.start_worker_with(WorkerSetup::new(name)).await?;
        worker.node()?.ready().await?;
        Ok(worker)
    }

    /// Starts a worker.
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn start_worker_with(&self, setup: WorkerSetup) -> Result<SandboxWorker> {
        let store: Arc<dyn CoreStore> = match &setup.store {
            Some(store) => Arc::clone(store),
            None => Arc::new(self.remote_store().connect().await?),
        };
        let replica = FakeReplica::new(store);
        self.start_worker_around(setup, replica, ReservedAddress::new()?)
            .await
    }

    /// Starts a worker again at its old address, with an engine that knows nothing, and waits until it is ready.
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn restart_worker(&self, name: &str, address: ReservedAddress) -> Result<SandboxWorker> {
        let replica = FakeReplica::new(Arc::new(self.remote_store().connect().await?));
        let worker = self
            .start_worker_around(WorkerSetup::new(name), replica, address)
            .await?;
        worker.node()?.ready().await?;
        Ok(worker)
    }

    /// Starts a worker around `replica` at `address`.
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn start_worker_around(
        &self,
        setup: WorkerSetup,
        replica: Arc<FakeReplica>,
        address: ReservedAddress,
    ) -> Result<SandboxWorker> {
        self.starting_worker(setup, replica, address)?.await
    }

    /// Returns the start of a worker around `replica` at `address`, to be run beside other things.
    ///
    /// # Errors
    /// What [`WorkerBuilder::build`] fails with.
    pub fn starting_worker(
        &self,
        setup: WorkerSetup,
        replica: Arc<FakeReplica>,
        address: ReservedAddress,
    ) -> Result<impl Future<Output = Result<SandboxWorker>> + Send + use<>> {
        let node = self.worker_builder(&setup, &replica, &address).build()?;
        Ok(async move {
            let host = NodeHost::start(Some(&address), node).await?;
            Ok(SandboxWorker {
                replica,
                name: setup.name,
                address,
                host,
            })
        })
    }

    /// Starts a worker around `replica` that says it is at `address`, but does not listen there until
    /// [`SandboxWorker::listen`].
    ///
    /// # Errors
    /// What the node's start fails with.
    pub async fn start_deaf_worker(
        &self,
        setup: WorkerSetup,
        replica: Arc<FakeReplica>,
        address: ReservedAddress,
    ) -> Result<SandboxWorker> {
        let node = self.worker_builder(&setup, &replica, &address).build()?;
        let host = NodeHost::start(None, node).await?;
        Ok(SandboxWorker {
            replica,
            name: setup.name,
            address,
            host,
        })
    }

    fn worker_builder(
        &self,
        setup: &WorkerSetup,
        replica: &Arc<FakeReplica>,
        address: &ReservedAddress,
    ) -> WorkerBuilder {
        let builder = ClusterNode::worker(Arc::<FakeReplica>::clone(replica))
            .with_name(setup.name.clone())
            .with_management(self.url())
            .with_advertise_url(address.url())
            .with_secret(Secret::new(setup.secret.clone()))
            .with_timeout(PATIENCE)
            .with_start_limit(setup.start_limit)
            .with_store_poll_interval(NEVER)
            .with_back_off(quick());
        match &setup.version {
            Some(version) => builder.with_version(version.clone()),
            None => builder,
        }
    }

    /// Checks the health of all nodes now, as management does in every check interval.
    ///
    /// # Errors
    /// `INTERNAL` when management was killed.
    pub async fn check_now(&self) -> Result<()> {
        let coordinator = self.management()?.coordinator();
        coordinator
            .ok_or_else(|| Error::internal("not a management node"))?
            .check_all()
            .await;
        Ok(())
    }

    /// Returns management's list of nodes, and follows it.
    ///
    /// # Errors
    /// `INTERNAL` when management was killed.
    pub fn watch_nodes(&self) -> Result<watch::Receiver<Vec<NodeRecord>>> {
        let coordinator = self.management()?.coordinator();
        let coordinator = coordinator.ok_or_else(|| Error::internal("not a management node"))?;
        Ok(coordinator.members().watch())
    }

    /// Waits until management shows the node called `name` in a way that `condition` accepts.
    ///
    /// # Errors
    /// `TIMEOUT` when it does not come to that.
    pub async fn wait_for_node(
        &self,
        name: &str,
        mut condition: impl FnMut(&NodeRecord) -> bool,
    ) -> Result<NodeRecord> {
        let nodes = wait_for(self.watch_nodes()?, |nodes| {
            nodes
                .iter()
                .any(|node| node.name.as_str() == name && condition(node))
        })
        .await?;
        let found = nodes.into_iter().find(|node| node.name.as_str() == name);
        found.ok_or_else(|| Error::internal("the node vanished"))
    }
}

fn quick() -> BackOff {
    BackOff::new(Duration::from_millis(1), Duration::from_millis(20))
}
