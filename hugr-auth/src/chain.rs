//! Several authenticators, asked in order.

use std::sync::Arc;

use http::HeaderName;

use crate::anonymous::Anonymous;
use crate::api_key::{self, ApiKey, OverrideHeaders};
use crate::authenticator::Authenticator;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::{Identity, RoleName};
use crate::key_ring::KeyRing;
use crate::managed_key::{ApiKeyLookup, ManagedApiKeys};
use crate::settings::{ApiKeySettings, AuthSettings, JwtSettings};

/// Authenticators in the order in which they are asked. Cheap to clone.
///
/// The order is that of [`with`](Self::with), save that authenticators which accept requests without a credential come
/// last: where [`Anonymous`] stands makes no difference. An empty chain refuses every request.
#[derive(Clone, Debug, Default)]
pub struct AuthChain {
    by_credential: Vec<Arc<dyn Authenticator>>,
    without_credential: Vec<Arc<dyn Authenticator>>,
}

impl AuthChain {
    /// Returns an empty chain.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `authenticator`, to be asked after those added before it.
    #[must_use]
    pub fn with(mut self, authenticator: impl Authenticator + 'static) -> Self {
        if authenticator.accepts_no_credential() {
            self.without_credential.push(Arc::new(authenticator));
        } else {
            self.by_credential.push(Arc::new(authenticator));
        }
        self
    }

    /// Returns the chain that `settings` describe, in this order: the cluster's secret, managed keys, keys of the
    /// configuration, issuers of tokens (both by name), the secret key, anonymous access. The OpenID provider is not part of it: see
    /// [`Authentication`](crate::Authentication).
    ///
    /// `lookup` finds managed keys. Settings that let nobody in are valid.
    ///
    /// # Errors
    /// [`AuthError::InvalidSettings`] when a key, a role or a URL cannot be used, or a way to authenticate is asked for
    /// that this build or host does not have.
    pub fn from_settings(
        settings: &AuthSettings,
        lookup: Option<Arc<dyn ApiKeyLookup>>,
    ) -> Result<Self, AuthError> {
        let mut chain = Self::new();
        if let Some(digest) = settings.cluster_secret {
            chain = chain.with(ApiKey::cluster_secret(digest));
        }
        if settings.managed_api_keys {
            let lookup = lookup.ok_or_else(|| {
                AuthError::invalid_settings("this service manages no API keys; switch managed API keys off")
            })?;
            chain = chain.with(ManagedApiKeys::new(lookup));
        }
        let keys = settings.api_keys.iter();
        let keys = keys.map(|(name, key)| configured_key(name, key));
        for ring in KeyRing::by_header(keys.collect::<Result<Vec<_>, _>>()?) {
            chain = chain.with(ring);
        }
        for (name, issuer) in &settings.jwt {
            chain = with_issuer(chain, name, issuer)?;
        }
        if let Some(key) = &settings.secret_key {
            chain = chain.with(ApiKey::secret_key(key)?);
        }
        if let Some(role) = &settings.anonymous_role {
            check_role("requests without credentials", role)?;
            chain = chain.with(Anonymous::role(role.as_str()));
        }
        Ok(chain)
    }

    /// Returns whether the chain refuses everyone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_credential.is_empty() && self.without_credential.is_empty()
    }

    /// Returns the identity that the first accepting authenticator finds in `credentials`.
    ///
    /// A credential that one authenticator rejects may still be accepted by a later one, but a request with a rejected
    /// credential never falls back to anonymous access.
    ///
    /// # Errors
    /// When nobody accepts: [`AuthError::Unavailable`] if one could not decide, else the first rejection, else
    /// [`AuthError::Required`].
    pub async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Identity, AuthError> {
        let mut failure = None;
        for authenticator in &self.by_credential {
            match authenticator.authenticate(credentials).await {
                Ok(Some(identity)) => return Ok(identity),
                Ok(None) => {}
                Err(error) => failure = Some(graver(failure, error)),
            }
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        for authenticator in &self.without_credential {
            if let Some(identity) = authenticator.authenticate(credentials).await? {
                return Ok(identity);
            }
        }
        Err(AuthError::Required)
    }
}

/// Returns which of two failures the caller is told: the one that tells more, else the earlier one.
fn graver(earlier: Option<AuthError>, later: AuthError) -> AuthError {
    match earlier {
        Some(earlier) if earlier.weight() >= later.weight() => earlier,
        _ => later,
    }
}

fn configured_key(name: &str, settings: &ApiKeySettings) -> Result<ApiKey, AuthError> {
    let header = |header: &Option<String>| {
        let parsed = header.as_deref().map(str::parse::<HeaderName>).transpose();
        parsed.map_err(|_| {
            let text = header.as_deref().unwrap_or_default();
            AuthError::invalid_settings(format!("API key `{name}`: `{text}` is not the name of a header"))
        })
    };
    let role = settings.default_role.clone();
    let role = role.unwrap_or_else(|| RoleName::new(api_key::DEFAULT_ROLE));
    check_role(&format!("API key `{name}`"), &role)?;
    let key = ApiKey::new(name, &settings.key, role)?.with_overrides(OverrideHeaders {
        role: header(&settings.headers.role)?,
        user_id: header(&settings.headers.user_id)?,
        user_name: header(&settings.headers.user_name)?,
    });
    Ok(match header(&settings.header)? {
        Some(header) => key.in_header(header),
        None => key,
    })
}

#[cfg(feature = "jwt")]
fn with_issuer(chain: AuthChain, name: &str, settings: &JwtSettings) -> Result<AuthChain, AuthError> {
    Ok(chain.with(crate::jwt::Jwt::new(name, settings)?))
}

#[cfg(not(feature = "jwt"))]
fn with_issuer(_: AuthChain, name: &str, _: &JwtSettings) -> Result<AuthChain, AuthError> {
    let reason = format!("JWT issuer `{name}`: this build lacks the feature `jwt`");
    Err(AuthError::invalid_settings(reason))
}

fn check_role(whose: &str, role: &RoleName) -> Result<(), AuthError> {
    if role.as_str().is_empty() {
        return Err(AuthError::invalid_settings(format!(
            "the role of {whose} must not be empty"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use http::HeaderMap;

    use super::*;
    use crate::secret::Secret;
    use crate::testsuite::headers;

    const SECRET_KEY_HEADER: &str = "x-hugr-secret-key";

    /// Knows requests with an `authorization` header, and cannot decide about any of them.
    #[derive(Debug)]
    struct Unreachable;

    #[async_trait]
    impl Authenticator for Unreachable {
        fn name(&self) -> &'static str {
            "unreachable"
        }

        async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Option<Identity>, AuthError> {
            match credentials.header("authorization") {
                None => Ok(None),
                Some(_) => Err(AuthError::Unavailable {
                    authenticator: "unreachable".to_owned(),
                    reason: "no answer".to_owned(),
                }),
            }
        }
    }

    fn key(text: &str) -> ApiKey {
        ApiKey::secret_key(&Secret::new(text)).unwrap()
    }

    async fn role(chain: &AuthChain, headers: &HeaderMap) -> Result<String, AuthError> {
        let identity = chain.authenticate(&Credentials::from_headers(headers)).await?;
        Ok(identity.role.as_str().to_owned())
    }

    #[tokio::test]
    async fn anonymous_is_asked_last_wherever_it_stands() {
        let chain = AuthChain::new()
            .with(Anonymous::role("public"))
            .with(key("right"));
        let with_key = headers(&[(SECRET_KEY_HEADER, "right")]);
        assert_eq!(role(&chain, &with_key).await.unwrap(), "admin");
        assert_eq!(role(&chain, &HeaderMap::new()).await.unwrap(), "public");
    }

    #[tokio::test]
    async fn a_rejected_credential_never_becomes_anonymous() {
        let chain = AuthChain::new()
            .with(key("right"))
            .with(Anonymous::role("public"));
        let outcome = role(&chain, &headers(&[(SECRET_KEY_HEADER, "wrong")])).await;
        assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
    }

    #[tokio::test]
    async fn a_key_unknown_to_one_authenticator_may_be_known_to_the_next() {
        let chain = AuthChain::new().with(key("old")).with(key("new"));
        let with_key = headers(&[(SECRET_KEY_HEADER, "new")]);
        assert_eq!(role(&chain, &with_key).await.unwrap(), "admin");
    }

    #[tokio::test]
    async fn an_undecided_authenticator_outweighs_a_rejection() {
        let chain = AuthChain::new()
            .with(key("right"))
            .with(Unreachable)
            .with(Anonymous::role("public"));
        let both = headers(&[(SECRET_KEY_HEADER, "wrong"), ("authorization", "Bearer token")]);
        let outcome = role(&chain, &both).await;
        assert!(
            matches!(outcome, Err(AuthError::Unavailable { .. })),
            "{outcome:?}"
        );
    }

    #[tokio::test]
    async fn an_empty_chain_refuses_everyone() {
        let chain = AuthChain::from_settings(&AuthSettings::closed(), None).unwrap();
        assert!(chain.is_empty());
        let outcome = role(&chain, &HeaderMap::new()).await;
        assert!(matches!(outcome, Err(AuthError::Required)), "{outcome:?}");
    }

    #[tokio::test]
    async fn settings_describe_the_chain() {
        let settings = AuthSettings {
            anonymous_role: Some(RoleName::new("public")),
            secret_key: Some(Secret::new("right")),
            ..AuthSettings::closed()
        };
        let chain = AuthChain::from_settings(&settings, None).unwrap();
        assert_eq!(role(&chain, &HeaderMap::new()).await.unwrap(), "public");
        assert_eq!(
            role(&chain, &headers(&[(SECRET_KEY_HEADER, "right")]))
                .await
                .unwrap(),
            "admin"
        );
    }

    #[test]
    fn unusable_settings_are_refused() {
        let empty_role = AuthSettings {
            anonymous_role: Some(RoleName::new("")),
            ..AuthSettings::closed()
        };
        let empty_key = AuthSettings {
            secret_key: Some(Secret::new("")),
            ..AuthSettings::closed()
        };
        let no_lookup = AuthSettings {
            managed_api_keys: true,
            ..AuthSettings::closed()
        };
        let no_key = AuthSettings {
            jwt: [("issuer".to_owned(), JwtSettings::default())].into(),
            ..AuthSettings::closed()
        };
        for settings in [empty_role, empty_key, no_lookup, no_key] {
            let outcome = AuthChain::from_settings(&settings, None);
            assert!(
                matches!(outcome, Err(AuthError::InvalidSettings { .. })),
                "{outcome:?}"
            );
        }
    }
}
