//! A host process in small: one node with a runtime and a listener of its own.

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use hugr_core::{Error, Result};
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::PATIENCE;
use crate::node::ClusterNode;
use crate::running::RunningNode;

/// A port that stays ours while nobody listens on it: connections are refused meanwhile.
#[derive(Debug)]
pub struct ReservedAddress {
    address: SocketAddr,
    // Bound and never listening; keeps the port from being given away.
    _reservation: TcpSocket,
}

impl ReservedAddress {
    /// Reserves a free port of this machine.
    ///
    /// # Errors
    /// `INTERNAL` when there is none.
    pub fn new() -> Result<Self> {
        let reservation = reusable_socket(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok(Self {
            address: reservation.local_addr().map_err(io_error)?,
            _reservation: reservation,
        })
    }

    /// Returns the URL of a server that listens here.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// A started node with the runtime it lives on.
#[derive(Debug)]
pub struct NodeHost {
    runtime: Option<Runtime>,
    routes: Router,
    node: Option<RunningNode>,
}

impl NodeHost {
    /// Serves the node's routes at `address`, when given, and starts it.
    ///
    /// # Errors
    /// What [`ClusterNode::start`] fails with.
    pub async fn start(address: Option<&ReservedAddress>, node: ClusterNode) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(io_error)?;
        // From here on, an early return must not drop the runtime in async code.
        let mut host = Self {
            runtime: Some(runtime),
            routes: node.routes(),
            node: None,
        };
        if let Some(address) = address {
            host.listen(address).await?;
        }
        host.node = Some(host.run(node.start()).await??);
        Ok(host)
    }

    /// Serves the node's routes at `address`.
    ///
    /// # Errors
    /// `INTERNAL` when it cannot be listened at.
    pub async fn listen(&self, address: &ReservedAddress) -> Result<()> {
        let (address, routes) = (address.address, self.routes.clone());
        let served = async move {
            let listener = reusable_socket(address)?.listen(64).map_err(io_error)?;
            // Ends with the runtime.
            tokio::spawn(async move { axum::serve(listener, routes).await });
            Ok(())
        };
        self.run(served).await?
    }

    /// Runs `future` on the node's runtime.
    async fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Result<T> {
        let runtime = self.runtime.as_ref();
        let runtime = runtime.ok_or_else(|| Error::internal("the node was stopped"))?;
        let joined = runtime.spawn(future).await;
        joined.map_err(|error| Error::internal(format!("test host: {error}")))
    }

    /// Returns the node.
    ///
    /// # Errors
    /// `INTERNAL` when it was stopped.
    pub fn node(&self) -> Result<&RunningNode> {
        self.node
            .as_ref()
            .ok_or_else(|| Error::internal("the node was stopped"))
    }

    /// Ends the node like a process that is killed: no goodbye, all sockets closed when this returns.
    pub async fn kill(mut self) {
        self.close_runtime().await;
    }

    /// Shuts the node down in order.
    ///
    /// # Errors
    /// What [`RunningNode::shutdown`] fails with.
    pub async fn shutdown(mut self) -> Result<()> {
        let node = self.node.take();
        let outcome = match node {
            Some(node) => node.shutdown(PATIENCE).await,
            None => Ok(()),
        };
        self.close_runtime().await;
        outcome
    }

    async fn close_runtime(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        let (closed, is_closed) = oneshot::channel();
        std::thread::spawn(move || {
            runtime.shutdown_timeout(PATIENCE);
            // The receiver is gone when the test gave up.
            let _ = closed.send(());
        });
        // An error means that the thread is gone, and so is the runtime.
        let _ = is_closed.await;
    }
}

impl Drop for NodeHost {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn reusable_socket(address: SocketAddr) -> Result<TcpSocket> {
    let socket = TcpSocket::new_v4().map_err(io_error)?;
    socket.set_reuseaddr(true).map_err(io_error)?;
    socket.bind(address).map_err(io_error)?;
    Ok(socket)
}

fn io_error(error: std::io::Error) -> Error {
    Error::internal(format!("test host: {error}")).with_source(error)
}
