//! A line to another node: a signed channel, its name for people, and a deadline for each call.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hugr_core::{Error, ErrorCode, Result};
use tonic::transport::{Channel, Endpoint};
use tonic::{Response, Status};

use crate::authorities::Authorities;
use crate::convert::error::error_of;
use crate::proto::management_client::ManagementClient;
use crate::proto::node_client::NodeClient;
use crate::secret::ClusterKeys;
use crate::secret::channel::SignedChannel;
use crate::url::NodeUrl;

/// Largest message taken; a snapshot holds the SDL texts of all sources.
pub(crate) const MAX_MESSAGE_BYTES: usize = 256 * 1024 * 1024;

/// How often a silent connection is probed.
const PROBE_INTERVAL: Duration = Duration::from_secs(10);

/// A line to one node; cheap to clone. It connects when used, and again when the connection broke.
#[derive(Clone)]
pub(crate) struct Link {
    /// Who is at the other end, for people.
    peer: Arc<str>,
    channel: SignedChannel,
    timeout: Duration,
}

impl Link {
    /// Returns a line to the node at `url`, which `role` describes; each call has `timeout`. At `https://` a node must show a
    /// certificate of one of the `authorities`.
    ///
    /// # Errors
    /// `BAD_REQUEST` when the URL or the certificates of the authorities cannot be used.
    pub(crate) fn new(
        role: &str,
        url: &NodeUrl,
        keys: Arc<ClusterKeys>,
        timeout: Duration,
        authorities: &Authorities,
    ) -> Result<Self> {
        let unusable = |error: tonic::transport::Error| {
            let cause =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            Error::new(ErrorCode::BadRequest, format!("URL `{url}`: {cause}"))
        };
        let mut endpoint = Endpoint::from_shared(url.as_str().to_owned()).map_err(unusable)?;
        if url.is_encrypted() {
            endpoint = endpoint.tls_config(authorities.tls()).map_err(unusable)?;
        }
        let endpoint = endpoint
            .connect_timeout(timeout)
            .http2_keep_alive_interval(PROBE_INTERVAL)
            .keep_alive_timeout(timeout)
            .keep_alive_while_idle(true);
        Ok(Self {
            peer: format!("{role} {url}").into(),
            channel: SignedChannel::new(endpoint.connect_lazy(), keys),
            timeout,
        })
    }

    /// Returns who is at the other end, for people.
    pub(crate) fn peer(&self) -> &str {
        &self.peer
    }

    /// Returns the deadline of a call.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns a client for a management node.
    pub(crate) fn management(&self) -> ManagementClient<SignedChannel> {
        ManagementClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// Returns a client for a work node.
    pub(crate) fn node(&self) -> NodeClient<SignedChannel> {
        NodeClient::new(self.channel.clone())
    }

    /// Returns a channel whose calls are not signed.
    pub(crate) fn unsigned(&self) -> Channel {
        self.channel.unsigned()
    }

    /// Waits for the answer of `call`, up to the link's deadline.
    ///
    /// # Errors
    /// What the other end answers, `TIMEOUT` when it is late, `CLUSTER_UNAVAILABLE` when it cannot be reached.
    pub(crate) async fn answer<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T> {
        self.answer_within(self.timeout, call).await
    }

    /// Waits for the answer of `call`, up to `limit`.
    pub(crate) async fn answer_within<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T> {
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(self.named(error_of(&status, &self.peer))),
            Err(_) => {
                let message = format!("{} did not answer within {limit:?}", self.peer);
                Err(Error::new(ErrorCode::Timeout, message))
            }
        }
    }

    /// A refused secret must say who refused it.
    fn named(&self, error: Error) -> Error {
        match error.code() {
            ErrorCode::Unauthenticated => {
                let message = format!("{} refused this node: {error}", self.peer);
                Error::new(ErrorCode::Unauthenticated, message)
            }
            _ => error,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// Returns the error for a management node that does not answer, saying what became of the request.
pub(crate) fn unreachable(peer: &str, consequence: &str, cause: &Error) -> Error {
    let message = format!("{peer} does not answer; {consequence}: {cause}");
    Error::new(ErrorCode::ClusterUnavailable, message)
}

/// Returns whether `error` says that the other end could not be asked.
pub(crate) fn is_unreachable(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::ClusterUnavailable | ErrorCode::Timeout)
}
