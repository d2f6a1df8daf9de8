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
