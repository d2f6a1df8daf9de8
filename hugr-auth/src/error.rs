//! Why a request was not authenticated.

use thiserror::Error;

/// Failure to authenticate. No variant carries the credential itself.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthError {
    /// A credential was presented and is not valid.
    #[error("{authenticator} rejected the credential: {reason}")]
    Rejected {
        /// Name of the authenticator.
        authenticator: String,
        /// What is wrong with it, without quoting it.
        reason: String,
    },
    /// No authenticator recognised the request, and anonymous access is off.
    #[error("authentication is required")]
    Required,
    /// The authenticator could not decide, for instance because an identity provider does not answer.
    #[error("{authenticator} is unavailable: {reason}")]
    Unavailable {
        /// Name of the authenticator.
        authenticator: String,
        /// Why.
        reason: String,
    },
    /// The settings cannot be used.
    #[error("invalid authentication settings: {reason}")]
    InvalidSettings {
        /// Which setting, and the valid choices.
        reason: String,
    },
}
