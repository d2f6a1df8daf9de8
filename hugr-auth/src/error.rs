//! Why a request was not authenticated.

use std::time::Duration;

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
    /// The credential was valid once: the caller should get a new one.
    #[error("token expired ({authenticator})")]
    Expired {
        /// Name of the authenticator.
        authenticator: String,
    },
    /// No authenticator recognised the request, and anonymous access is off.
    #[error("authentication is required")]
    Required,
    /// Too many credentials from this address were not valid; none is looked at for a while.
    #[error("too many failed logins from this address; try again in {} s", retry_after.as_secs())]
    TooManyFailures {
        /// When the next attempt is looked at.
        retry_after: Duration,
    },
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

impl AuthError {
    /// Returns the error for settings that cannot be used because of `reason`.
    #[must_use]
    pub fn invalid_settings(reason: impl Into<String>) -> Self {
        Self::InvalidSettings {
            reason: reason.into(),
        }
    }

    /// Returns how much it tells the caller: of several failures the one that tells most is answered.
    pub(crate) fn weight(&self) -> u8 {
        match self {
            Self::Required => 0,
            Self::Rejected { .. } => 1,
            Self::Expired { .. } => 2,
            Self::Unavailable { .. } => 3,
            Self::TooManyFailures { .. } | Self::InvalidSettings { .. } => 4,
        }
    }
}
