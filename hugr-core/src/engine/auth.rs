//! How the engine's authentication comes about, and what its failures mean to callers.

use std::sync::Arc;

use hugr_auth::{ApiKeyLookup, AuthError, AuthSettings, Authentication};

use super::api_keys::KnownApiKeys;
use crate::error::{Error, ErrorCode, Result};

/// Whether requests without credentials have all rights.
const OPEN_TO_ALL: &str = "hugr_auth_anonymous_is_admin";

/// Requests that were not authenticated.
const FAILURES: &str = "hugr_auth_failures_total";

/// Returns the authentication that `settings` describe, with `api_keys` as the managed ones.
///
/// # Errors
/// `BAD_REQUEST` when they cannot be used.
pub(super) fn authentication(
    settings: &AuthSettings,
    api_keys: &Arc<KnownApiKeys>,
) -> Result<Authentication> {
    let lookup: Arc<dyn ApiKeyLookup> = Arc::clone(api_keys) as _;
    let authentication = Authentication::from_settings(settings, Some(lookup))
        .map_err(|error| Error::new(ErrorCode::BadRequest, error.to_string()))?;
    metrics::gauge!(OPEN_TO_ALL).set(if settings.is_open_to_all() { 1.0 } else { 0.0 });
    Ok(authentication)
}

/// Counts a failed authentication and returns what the caller is told.
pub(crate) fn error_of(error: &AuthError) -> Error {
    let code = match error {
        AuthError::Unavailable { .. } => ErrorCode::SourceUnavailable,
        AuthError::TooManyFailures { .. } => ErrorCode::ResourceExhausted,
        _ => ErrorCode::Unauthenticated,
    };
    metrics::counter!(FAILURES, "code" => code.as_str()).increment(1);
    Error::new(code, error.to_string())
}
