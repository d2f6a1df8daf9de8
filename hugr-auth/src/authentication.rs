//! What a set of settings comes to: who is let in, and how browsers log in.

use std::sync::Arc;

use crate::chain::AuthChain;
use crate::error::AuthError;
use crate::managed_key::ApiKeyLookup;
#[cfg(feature = "oidc")]
use crate::oidc::{Login, Oidc, Provider, session::SessionKey};
use crate::settings::{AuthSettings, LoginSettings};

/// The authentication of a service.
#[derive(Clone, Debug, Default)]
pub struct Authentication {
    /// Who is let in.
    pub chain: AuthChain,
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
        Ok(Self {
            chain,
            elsewhere: settings.login.clone(),
            #[cfg(feature = "oidc")]
            login,
        })
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
        .and_then(SessionKey::derived_from)
        .unwrap_or_else(SessionKey::random)
}
