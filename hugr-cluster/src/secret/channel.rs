//! The calling end: signs every call.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::transport::Channel;

use super::ClusterKeys;
use super::sign::sign;
use crate::convert::error::status_of;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// A channel that signs every call with the cluster secret.
#[derive(Clone, Debug)]
pub(crate) struct SignedChannel {
    channel: Channel,
    keys: Arc<ClusterKeys>,
}

impl SignedChannel {
    /// Signs the calls of `channel` with `keys`.
    pub(crate) fn new(channel: Channel, keys: Arc<ClusterKeys>) -> Self {
        Self { channel, keys }
    }

    /// Returns the channel below, for calls that need no signature.
    pub(crate) fn unsigned(&self) -> Channel {
        self.channel.clone()
    }
}

impl Service<http::Request<Body>> for SignedChannel {
    type Response = http::Response<Body>;
    type Error = AnyError;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::poll_ready(&mut self.channel, context).map_err(Into::into)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let path = request.uri().path().to_owned();
        if let Err(error) = sign(&self.keys, &path, unix_seconds(), request.headers_mut()) {
            return Box::pin(async move { Err(status_of(&error).into()) });
        }
        let answer = self.channel.call(request);
        Box::pin(async move { answer.await.map_err(Into::into) })
    }
}

/// Returns the seconds since 1970 on this machine's clock.
pub(super) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}
