//! Serves a router on a listener until the process is told to end.
//!
//! HTTP/1.1 and HTTP/2 without TLS share the port: browsers use the one, gRPC the other.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::value::ListenAddress;

/// Why serving failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address, as configured.
        address: ListenAddress,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The listener or a signal handler failed.
    #[error("the server failed: {source}")]
    Io {
        /// Why.
        #[from]
        source: io::Error,
    },
}

/// A listener that is bound: requests wait in its queue until [`Listening::serve`] runs.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

/// Binds the address; where IPv6 is missing, an address without a host takes IPv4 only.
///
/// # Errors
/// When the address is taken or not this machine's.
pub async fn bind(address: &ListenAddress) -> Result<Listening, ServeError> {
    let candidates = address.candidates();
    let listener = TcpListener::bind(candidates.as_slice()).await;
    let listener = listener.map_err(|source| ServeError::Bind {
        address: address.clone(),
        source,
    })?;
    let address = listener.local_addr()?;
    Ok(Listening { listener, address })
}

impl Listening {
    /// Returns the address that is bound, with the port that the system chose for port 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is over, then lets requests in flight finish for at most `grace`.
    ///
    /// Requests that are still running after that are dropped, which interrupts their queries.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        router: Router,
        stop: impl Future<Output = ()> + Send + 'static,
        grace: Duration,
    ) -> Result<(), ServeError> {
        let (stopping, mut has_stopped) = watch::channel(false);
        let signal = async move {
            stop.await;
            // The receiver lives as long as this function waits.
            let _ = stopping.send(true);
        };
        let served = axum::serve(self.listener, router).with_graceful_shutdown(signal);
        let deadline = async move {
            // An error means that the sender is gone without a stop: the server ended by itself.
            if has_stopped.wait_for(|stopped| *stopped).await.is_ok() {
                tokio::time::sleep(grace).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            outcome = served => Ok(outcome?),
            () = deadline => {
                tracing::warn!(?grace, "requests were still running at the end of the grace time");
                Ok(())
            }
        }
    }
}

/// Waits until the process is told to end, by Ctrl-C or `SIGTERM`.
///
/// # Errors
/// When the signals cannot be received.
pub async fn wait_for_signal() -> Result<(), ServeError> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            outcome = tokio::signal::ctrl_c() => outcome?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
