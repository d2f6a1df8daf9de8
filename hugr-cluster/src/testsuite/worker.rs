//! A worker of the sandbox.

use std::sync::Arc;
use std::time::Duration;

use hugr_core::Result;
use hugr_core::engine::{Operations, Replica};
use hugr_core::store::CoreStore;

use super::PATIENCE;
use super::fake_replica::FakeReplica;
use super::host::{NodeHost, ReservedAddress};
use super::sandbox::SECRET;
use crate::running::RunningNode;

/// How a worker of a sandbox differs from others.
#[derive(Debug)]
#[must_use]
pub struct WorkerSetup {
    pub(super) name: String,
    pub(super) secret: String,
    pub(super) version: Option<String>,
    pub(super) store: Option<Arc<dyn CoreStore>>,
    pub(super) start_limit: Duration,
}

impl WorkerSetup {
    /// Returns the setup of a worker called `name` that uses management's core store.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            secret: SECRET.to_owned(),
            version: None,
            store: None,
            start_limit: PATIENCE,
        }
    }

    /// Gives it another cluster secret.
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = secret.into();
        self
    }

    /// Gives it another version of the software.
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Gives it a core store of its own.
    pub fn with_store(mut self, store: Arc<dyn CoreStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Limits how long it tries to connect at start.
    pub fn with_start_limit(mut self, start_limit: Duration) -> Self {
        self.start_limit = start_limit;
        self
    }
}

/// A worker of a sandbox.
#[derive(Debug)]
pub struct SandboxWorker {
    /// Its fake engine.
    pub replica: Arc<FakeReplica>,
    pub(super) name: String,
    pub(super) address: ReservedAddress,
    pub(super) host: NodeHost,
}

impl SandboxWorker {
    /// Returns the node.
    ///
    /// # Errors
    /// `INTERNAL` when it was stopped.
    pub fn node(&self) -> Result<&RunningNode> {
        self.host.node()
    }

    /// Returns the node's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the core store of the node's engine.
    #[must_use]
    pub fn replica_store(&self) -> Arc<dyn CoreStore> {
        self.replica.core_store()
    }

    /// Returns the node's operations.
    ///
    /// # Errors
    /// `INTERNAL` when the node was not started.
    pub fn operations(&self) -> Result<Arc<dyn Operations>> {
        self.replica.operations()
    }

    /// Begins to listen at the node's address.
    ///
    /// # Errors
    /// `INTERNAL` when the address cannot be listened at.
    pub async fn listen(&self) -> Result<()> {
        self.host.listen(&self.address).await
    }

    /// Kills the node; returns its address, for it to come back.
    pub async fn kill(self) -> ReservedAddress {
        self.host.kill().await;
        self.address
    }

    /// Shuts the node down in order.
    ///
    /// # Errors
    /// What the shutdown fails with.
    pub async fn shutdown(self) -> Result<()> {
        self.host.shutdown().await
    }
}
