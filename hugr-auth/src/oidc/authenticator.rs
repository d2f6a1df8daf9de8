//! Tokens of an OpenID provider.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde_json::{Map, Value};

use super::provider::{Known, Provider};
use crate::api_key::rejected;
use crate::authenticator::Authenticator;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::Identity;
use crate::jwt::authenticator::{no_role, refused};
use crate::jwt::mapping::{role_claim, role_scope, user_claim};
use crate::jwt::verified::VerifiedTokens;
use crate::jwt::verify::{Expectations, Refusal, Verified, header_of, verify};
use crate::settings::OidcSettings;

/// Name of the authenticator, and the kind of credential that [`Identity::auth_type`] names.
pub(super) const NAME: &str = "oidc";

/// Cookie that carries the token of a browser that logged in here, where the settings name none.
pub const DEFAULT_COOKIE: &str = "hugr_session";

/// Accepts tokens of an OpenID provider: `Authorization: Bearer`, the parameter `access_token`, or a cookie.
///
/// A token must be signed by the provider, name it as issuer and this application as audience, and end. The role is that of
/// the role's claim, else of a scope with the prefix; a token without a role is rejected.
#[derive(Clone, Debug)]
pub struct Oidc {
    provider: Arc<Provider>,
    settings: Arc<OidcSettings>,
    cookie: Option<String>,
    verified: VerifiedTokens,
    /// The keys that the remembered tokens were verified with.
    verified_with: Arc<Mutex<Weak<Known>>>,
}

impl Oidc {
    /// Returns an authenticator for the tokens of `provider`.
    ///
    /// # Errors
    /// [`AuthError::InvalidSettings`] when the client id is missing.
    pub fn new(provider: Arc<Provider>, settings: OidcSettings) -> Result<Self, AuthError> {
        if settings.client_id.is_empty() {
            return Err(AuthError::invalid_settings(
                "OIDC client id: it must be set where the issuer is; tokens must name it as their audience",
            ));
        }
        let for_login = settings.redirect_url.as_ref().map(|_| DEFAULT_COOKIE.to_owned());
        Ok(Self {
            provider,
            cookie: settings.cookie_name.clone().or(for_login),
            settings: Arc::new(settings),
            verified: VerifiedTokens::default(),
            verified_with: Arc::default(),
        })
    }

    async fn verified(&self, token: &str) -> Result<Arc<Verified>, AuthError> {
        if let Some(known) = self.verified.get(token) {
            return Ok(known);
        }
        let refuse = |refusal: Refusal| refused(NAME, &refusal);
        let header = header_of(token).map_err(refuse)?;
        // Foreign tokens are told apart before anybody is asked for keys.
        let claimed = insecure_decode_claims::<Map<String, Value>>(token);
        let claimed = claimed.map_err(|_| refuse(Refusal::Malformed))?;
        let issuer = claimed.get("iss").and_then(Value::as_str).unwrap_or_default();
        if !self.provider.is_named(issuer) {
            return Err(refuse(Refusal::Claim("iss", "names another issuer")));
        }
        let mut known = self.provider.keys_for(&header).await?;
        let check = |known: &Known| {
            let expected = self.expectations(known);
            verify(token, &header, known.keys.iter(), &expected, SystemTime::now())
        };
        let mut outcome = check(&known);
        // Without a key id only the signature tells that the keys have changed.
        if header.kid.is_none()
            && outcome
                .as_ref()
                .is_err_and(|refusal| *refusal == Refusal::Signature)
        {
            known = self.provider.keys_after(&known).await?;
            outcome = check(&known);
        }
        let verified = Arc::new(outcome.map_err(refuse)?);
        self.remember(token, &verified, &known);
        Ok(verified)
    }

    fn expectations(&self, known: &Known) -> Expectations {
        let audiences = std::iter::once(&self.settings.client_id).chain(&self.settings.audiences);
        Expectations {
            issuer: Some(known.configuration.issuer.clone()),
            audiences: audiences.cloned().collect(),
            must_expire: true,
            leeway: Duration::from_secs(self.settings.leeway_seconds),
        }
    }

    /// Remembers a token; with other keys than before, all earlier ones are looked at again.
    fn remember(&self, token: &str, verified: &Arc<Verified>, known: &Arc<Known>) {
        let mut with = self.verified_with.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(with.as_ptr(), Arc::as_ptr(known)) {
            self.verified.clear();
            *with = Arc::downgrade(known);
        }
        self.verified.insert(token, Arc::clone(verified));
    }
}

#[async_trait]
impl Authenticator for Oidc {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Option<Identity>, AuthError> {
        let token = credentials
            .token(self.cookie.as_deref())
            .map_err(|error| rejected(NAME, &AUTHORIZATION, error.to_string()))?;
        let Some(token) = token else {
            return Ok(None);
        };
        let token = self.verified(token).await?;
        let (names, prefix) = (&self.settings.claims, &self.settings.scope_role_prefix);
        let role = role_claim(&token.claims, names, prefix)
            .or_else(|| role_scope(&token.claims, prefix))
            .ok_or_else(|| no_role(NAME, names))?;
        Ok(Some(Identity {
            role,
            user_id: user_claim(&token.claims, &names.user_id),
            user_name: user_claim(&token.claims, &names.user_name),
            auth_type: NAME,
            provider: Arc::from(NAME),
            impersonated_by: None,
            claims: token.singles.clone(),
        }))
    }
}
