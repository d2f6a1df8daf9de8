//! How the engine's authentication comes about, and what its failures mean to callers.

use hugr_auth::{AuthChain, AuthError, AuthSettings};

use crate::error::{Error, ErrorCode, Result};

/// Whether requests without credentials have all rights.
const OPEN_TO_ALL: &str = "hugr_auth_anonymous_is_admin";

/// Returns the chain that `settings` describe.
///
/// # Errors
/// `BAD_REQUEST` when they cannot be used.
pub(super) fn chain(settings: &AuthSettings) -> Result<AuthChain> {
    let chain = AuthChain::from_settings(settings, None)
        .map_err(|error| Error::new(ErrorCode::BadRequest, error.to_string()))?;
    metrics::gauge!(OPEN_TO_ALL).set(if settings.is_open_to_all() { 1.0 } else { 0.0 });
    Ok(chain)
}

/// Returns what the caller is told about a failed authentication.
pub(super) fn error_of(error: &AuthError) -> Error {
    let code = match error {
        AuthError::Unavailable { .. } => ErrorCode::SourceUnavailable,
        AuthError::TooManyFailures { .. } => ErrorCode::ResourceExhausted,
        _ => ErrorCode::Unauthenticated,
    };
    Error::new(code, error.to_string())
}
