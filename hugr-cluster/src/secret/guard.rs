//! The receiving end: lets only signed calls through, each once.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hugr_core::{Error, ErrorCode};

use super::ClusterKeys;
use super::channel::unix_seconds;
use super::nonces::SeenCalls;
use super::sign::{Refusal, verify};
use crate::convert::error::status_of;

/// How many calls within the window are remembered.
const REMEMBERED_CALLS: usize = 1 << 17;

/// Checks the signature of calls.
#[derive(Debug)]
pub(crate) struct CallGuard {
    keys: Arc<ClusterKeys>,
    seen: SeenCalls,
}

impl CallGuard {
    /// Takes calls signed with `keys` at most `window` away from now.
    pub(crate) fn new(keys: Arc<ClusterKeys>, window: Duration) -> Self {
        Self {
            keys,
            seen: SeenCalls::new(window, REMEMBERED_CALLS),
        }
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        let call = verify(&self.keys, request.uri().path(), request.headers())?;
        self.seen.take(&call, unix_seconds())
    }
}

/// Lets `request` through when it is signed; answers a gRPC status otherwise.
pub(crate) async fn require_signature(
    State(guard): State<Arc<CallGuard>>,
    request: Request,
    next: Next,
) -> Response {
    match guard.check(&request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            tracing::warn!(method = request.uri().path(), %refusal, "cluster call refused");
            status_of(&error_of(refusal)).into_http()
        }
    }
}

fn error_of(refusal: Refusal) -> Error {
    let code = match refusal {
        Refusal::Unsigned | Refusal::WrongSecret | Refusal::ClockSkew { .. } | Refusal::Replayed => {
            ErrorCode::Unauthenticated
        }
        Refusal::TooManyCalls => ErrorCode::ResourceExhausted,
    };
    Error::new(code, refusal.to_string())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::any;
    use hugr_auth::Secret;
    use tonic::codegen::Service;

    use super::super::sign::sign;
    use super::*;

    const PATH: &str = "/hugr.cluster.v1.Management/RollOut";

    fn guarded(secret: &str) -> Router {
        let keys = Arc::new(ClusterKeys::derive(&Secret::new(secret)).unwrap());
        let guard = Arc::new(CallGuard::new(keys, Duration::from_secs(60)));
        Router::new()
            .route(PATH, any(|| async { "done" }))
            .route_layer(from_fn_with_state(guard, require_signature))
    }

    fn call(secret: &str, unix_seconds: u64) -> Request {
        let keys = ClusterKeys::derive(&Secret::new(secret)).unwrap();
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = PATH.parse().unwrap();
        sign(&keys, PATH, unix_seconds, request.headers_mut()).unwrap();
        request
    }

    fn again(request: &Request) -> Request {
        let mut copy = Request::new(Body::empty());
        copy.uri_mut().clone_from(request.uri());
        copy.headers_mut().clone_from(request.headers());
        copy
    }

    /// Returns the gRPC status; `None` when the call came through.
    async fn status(routes: &mut Router, request: Request) -> Option<String> {
        let response = routes.call(request).await.unwrap();
        let status = response.headers().get("grpc-status");
        status.map(|status| status.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn a_replayed_call_is_refused() {
        let mut routes = guarded("a");
        let request = call("a", unix_seconds());
        let replay = again(&request);
        assert_eq!(status(&mut routes, request).await, None);
        assert_eq!(status(&mut routes, replay).await.as_deref(), Some("16"));
    }

    #[tokio::test]
    async fn unsigned_forged_and_old_calls_are_refused() {
        let mut routes = guarded("a");
        let mut unsigned = again(&call("a", unix_seconds()));
        unsigned.headers_mut().clear();
        let forged = call("b", unix_seconds());
        let old = call("a", unix_seconds() - 3_600);
        for request in [unsigned, forged, old] {
            assert_eq!(status(&mut routes, request).await.as_deref(), Some("16"));
        }
    }
}
