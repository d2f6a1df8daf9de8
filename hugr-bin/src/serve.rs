//! Serves a router on a listener until the process is told to end.
//!
//! HTTP/1.1 and HTTP/2 share the port, with TLS and without: browsers use the one, gRPC the other.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::{Listener, ListenerExt, TapIo};
use axum::{Extension, Router};
use hugr_core::http::Encrypted;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::listen::TlsFiles;
use crate::config::value::ListenAddress;
use crate::tls::{Certificate, TlsError, TlsListener};

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
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
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
    certificate: Option<Certificate>,
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
    Ok(Listening {
        listener,
        address,
        certificate: None,
    })
}

/// Binds the address, to speak HTTPS where there are `files` for it.
///
/// # Errors
/// As [`bind`], and when the files cannot be used.
pub async fn bind_with(address: &ListenAddress, files: Option<TlsFiles>) -> Result<Listening, ServeError> {
    let certificate = match files {
        Some(files) => Some(Certificate::load(files).await?),
        None => None,
    };
    let listening = bind(address).await?;
    Ok(Listening {
        certificate,
        ..listening
    })
}

impl Listening {
    /// Returns the address that is bound, with the port that the system chose for port 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is over, then lets requests in flight finish for at most `grace`.
    ///
    /// Requests that are still running after that end with the runtime, which interrupts their queries.
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
        let served = self.answer(router, signal);
        let deadline = async move {
            // An error means that the sender is gone without a stop: the server ended by itself.
            if has_stopped.wait_for(|stopped| *stopped).await.is_ok() {
                tokio::time::sleep(grace).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            outcome = served => outcome,
            () = deadline => {
                tracing::warn!(?grace, "requests were still running at the end of the grace time");
                Ok(())
            }
        }
    }

    async fn answer(
        self,
        router: Router,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let Some(certificate) = self.certificate else {
            let listener = self.listener.tap_io(|stream| send_at_once(stream));
            return answer_on(listener, router, stop).await;
        };
        let listener = TlsListener::new(self.listener, certificate.server_config()?)
            .tap_io(|stream| send_at_once(stream.get_ref().0));
        tokio::select! {
            outcome = answer_on(listener, router.layer(Extension(Encrypted)), stop) => outcome,
            () = certificate.watch() => Ok(()),
        }
    }
}

/// Answers the connections of `listener` until `stop` is over and they have ended.
async fn answer_on<L>(
    listener: TapIo<L, impl FnMut(&mut L::Io) + Send + 'static>,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError>
where
    L: Listener<Addr = SocketAddr>,
{
    // Failed logins are counted by address.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await?)
}

/// Has answers sent when they are written, instead of waiting for what may follow. A failure costs time alone.
fn send_at_once(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
}

/// Listeners that are being served. Dropping it ends them at once.
#[derive(Debug)]
pub struct Serving {
    stop: watch::Sender<bool>,
    servers: JoinSet<Result<(), ServeError>>,
}

/// Serves each router on its listener, with `grace` for the requests that are running when serving stops.
#[must_use]
pub fn start(servers: Vec<(Listening, Router)>, grace: Duration) -> Serving {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for (listening, router) in servers {
        let mut stopped = stopped.clone();
        let is_stopped = async move {
            // An error means that nobody can stop the server any more: time to end.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        tasks.spawn(listening.serve(router, is_stopped, grace));
    }
    Serving { stop, servers: tasks }
}

impl Serving {
    /// Takes no more requests and returns when those in flight are answered or the grace time is over.
    ///
    /// # Errors
    /// When a listener failed.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        // Fails only when no server is left to hear it.
        let _ = self.stop.send(true);
        while let Some(ended) = self.servers.join_next().await {
            ended.map_err(io::Error::other)??;
        }
        Ok(())
    }
}

/// What tells the process to end: Ctrl-C and `SIGTERM`.
///
/// From its creation on the signals no longer end the process by themselves.
#[derive(Debug)]
pub struct EndSignal {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl EndSignal {
    /// Begins to listen for the signals; to be called before anything that has to end in order.
    ///
    /// # Errors
    /// When the signals cannot be received.
    pub fn listen() -> Result<Self, ServeError> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
            Ok(Self { signals })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the first signal.
    ///
    /// # Errors
    /// When the signals cannot be received.
    pub async fn arrived(&mut self) -> Result<(), ServeError> {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::sync::mpsc;

    use super::*;

    async fn listening() -> (Listening, String) {
        let listening = bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}/", listening.address());
        (listening, url)
    }

    #[tokio::test]
    async fn requests_in_flight_finish() {
        let (listening, url) = listening().await;
        let (arrived, mut has_arrived) = mpsc::channel(1);
        let (release, released) = watch::channel(false);
        let router = Router::new().route(
            "/",
            get(async move || {
                arrived.send(()).await.unwrap();
                let mut released = released.clone();
                released.wait_for(|open| *open).await.unwrap();
                "done"
            }),
        );
        let serving = start(vec![(listening, router)], Duration::from_secs(60));
        let request = tokio::spawn(reqwest::get(url));
        has_arrived.recv().await.unwrap();
        let stopped = tokio::spawn(serving.stop());
        release.send(true).unwrap();
        assert_eq!(request.await.unwrap().unwrap().text().await.unwrap(), "done");
        stopped.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_grace_time_ends_what_hangs() {
        let (listening, url) = listening().await;
        let (arrived, mut has_arrived) = mpsc::channel(1);
        let router = Router::new().route(
            "/",
            get(async move || {
                arrived.send(()).await.unwrap();
                std::future::pending::<()>().await;
            }),
        );
        let serving = start(vec![(listening, router)], Duration::from_millis(1));
        let request = tokio::spawn(reqwest::get(url));
        has_arrived.recv().await.unwrap();
        serving.stop().await.unwrap();
        request.abort();
    }

    #[tokio::test]
    async fn both_versions_of_http_share_the_port() {
        let (listening, url) = listening().await;
        let router = Router::new().route("/", get(async |version: http::Version| format!("{version:?}")));
        tokio::spawn(listening.serve(router, std::future::pending(), Duration::ZERO));
        let http2 = reqwest::Client::builder()
            .http2_prior_knowledge()
            .build()
            .unwrap();
        for (client, version) in [(reqwest::Client::new(), "HTTP/1.1"), (http2, "HTTP/2.0")] {
            let answer = client.get(&url).send().await.unwrap();
            assert_eq!(answer.text().await.unwrap(), version);
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let (listening, _) = listening().await;
        let address: ListenAddress = listening.address().to_string().parse().unwrap();
        let message = bind(&address).await.unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("cannot listen on {address}: ")),
            "{message}"
        );
    }
}
