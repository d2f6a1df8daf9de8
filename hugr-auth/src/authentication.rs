//! What a set of settings comes to: who is let in, and how browsers log in.

use std::sync::Arc;
use std::time::Instant;

use crate::chain::AuthChain;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::Identity;
use crate::limit::FailureLimit;
use crate::managed_key::ApiKeyLookup;
#[cfg(feature = "oidc")]
use crate::oidc::{Login, Oidc, Provider, session::SessionKey};
use crate::settings::{AuthSettings, AuthWay, LoginSettings};

/// The authentication of a service.
#[derive(Clone, Debug, Default)]
pub struct Authentication {
    /// Who is let in.
    pub chain: AuthChain,
    /// What it is made of; empty for a chain that the host has put together.
    pub ways: Vec<AuthWay>,
    /// How often an address may fail.
    pub limit: FailureLimit,
    /// Where browsers are sent by another application's login.
    pub elsewhere: LoginSettings,
    /// The login through the OpenID provider, where there is one.
    #[cfg(feature = "oidc")]
    pub login: Option<Login>,
}

/// Authentication by a chain alone, without a login.
impl From<AuthChain> for Authentication {
    fn from(chain: AuthChain) -> Self {
        Self {
            chain,
            ..Self::default()
        }
    }
}

impl Authentication {
    /// Returns the authentication that `settings` describe: see [`AuthChain::from_settings`].
    ///
    /// # Errors
    /// [`AuthError::InvalidSettings`] when a setting cannot be used.
    pub fn from_settings(
        settings: &AuthSettings,
        lookup: Option<Arc<dyn ApiKeyLookup>>,
    ) -> Result<Self, AuthError> {
        let mut chain = AuthChain::from_settings(settings, lookup)?;
        #[cfg(not(feature = "oidc"))]
        if settings.oidc.is_some() {
            return Err(AuthError::invalid_settings(
                "OIDC: this build lacks the feature `oidc`",
            ));
        }
        #[cfg(feature = "oidc")]
        let login = match &settings.oidc {
            None => None,
            Some(oidc) => {
                let provider = Arc::new(Provider::new("oidc", oidc)?);
                let accepted = Oidc::new(Arc::clone(&provider), oidc.clone())?;
                chain = chain.with(accepted.clone());
                Some(Login::new(
                    provider,
                    accepted,
                    oidc.clone(),
                    session_key(settings),
                ))
            }
        };
        if chain.is_empty() {
            tracing::warn!("no way to authenticate is configured, every request will be refused");
        }
        let headers = settings
            .api_keys
            .values()
            .filter_map(|key| key.header.as_deref()?.parse().ok());
        Ok(Self {
            chain,
            ways: settings.ways(),
            limit: FailureLimit::with_headers(headers),
            elsewhere: settings.login.clone(),
            #[cfg(feature = "oidc")]
            login,
        })
    }

    /// Returns who `credentials` belong to: see [`AuthChain::authenticate`].
    ///
    /// # Errors
    /// Those of the chain, and [`AuthError::TooManyFailures`] when credentials from this address were wrong too often.
    pub async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Identity, AuthError> {
        let (Some(address), Some(fingerprint)) = (credentials.peer, self.limit.fingerprint(credentials))
        else {
            return self.chain.authenticate(credentials).await;
        };
        let now = Instant::now();
        if let Some(retry_after) = self.limit.wait(address, &fingerprint, now) {
            return Err(AuthError::TooManyFailures { retry_after });
        }
        let outcome = self.chain.authenticate(credentials).await;
        match &outcome {
            Ok(_) => self.limit.note_acceptance(fingerprint),
            Err(AuthError::Rejected { .. }) => self.limit.note_failure(address, now),
            // An expired token was no guess, and a provider that does not answer is nobody's fault here.
            Err(_) => {}
        }
        outcome
    }
}

/// Returns the key of logins: that of the settings, else one that follows from a secret that all nodes share.
#[cfg(feature = "oidc")]
fn session_key(settings: &AuthSettings) -> SessionKey {
    let client_secret = settings
        .oidc
        .as_ref()
        .and_then(|oidc| oidc.client_secret.as_ref());
    let secret = settings
        .session_key
        .as_ref()
        .or(settings.secret_key.as_ref())
        .or(client_secret);
    secret
        .map(SessionKey::derived_from)
        .unwrap_or_else(SessionKey::random)
}
