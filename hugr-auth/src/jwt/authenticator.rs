//! Tokens signed with keys that the settings hold.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::HeaderName;
use http::header::AUTHORIZATION;

use super::key::VerifyingKey;
use super::mapping::{role_claim, role_scope, user_claim};
use super::verified::VerifiedTokens;
use super::verify::{Expectations, Refusal, Verified, header_of, verify};
use crate::api_key::{rejected, told_by};
use crate::authenticator::Authenticator;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::{Identity, RoleName};
use crate::settings::{ClaimNames, JwtSettings};

const AUTH_TYPE: &str = "jwt";

/// Scopes with this prefix name roles, unless the settings say otherwise.
const DEFAULT_SCOPE_PREFIX: &str = "hugr:";

/// Accepts tokens of one issuer: `Authorization: Bearer`, the parameter `access_token`, or a cookie.
///
/// The role is that of the role's claim, else of the role's header where one is configured, else of a scope with the
/// prefix; a token without a role is rejected.
#[derive(Clone, Debug)]
pub struct Jwt {
    name: Arc<str>,
    keys: Vec<VerifyingKey>,
    expected: Expectations,
    cookie: Option<String>,
    role_header: Option<HeaderName>,
    scope_prefix: String,
    names: ClaimNames,
    verified: VerifiedTokens,
}

impl Jwt {
    /// Returns an authenticator that is called like its issuer, or `name` where that is not configured.
    ///
    /// # Errors
    /// [`AuthError::InvalidSettings`] when there is no key, or one that cannot be used.
    pub fn new(name: &str, settings: &JwtSettings) -> Result<Self, AuthError> {
        let invalid = |reason: &str| AuthError::invalid_settings(format!("JWT issuer `{name}`: {reason}"));
        let mut keys = Vec::new();
        if let Some(text) = &settings.public_key {
            keys.extend(VerifyingKey::read(text).map_err(|reason| invalid(&reason))?);
        }
        if let Some(secret) = &settings.secret {
            keys.push(VerifyingKey::shared(secret).map_err(|reason| invalid(&reason))?);
        }
        if keys.is_empty() {
            return Err(invalid("it has neither `public_key` nor `secret`"));
        }
        let role_header = settings.role_header.as_deref().map(str::parse).transpose();
        Ok(Self {
            name: Arc::from(settings.issuer.as_deref().unwrap_or(name)),
            keys,
            expected: Expectations {
                issuer: settings.issuer.clone(),
                audiences: settings.audiences.clone(),
                must_expire: false,
                leeway: Duration::from_secs(settings.leeway_seconds),
            },
            cookie: settings.cookie_name.clone(),
            role_header: role_header.map_err(|_| invalid("`role_header` is not the name of a header"))?,
            scope_prefix: settings
                .scope_role_prefix
                .clone()
                .unwrap_or_else(|| DEFAULT_SCOPE_PREFIX.to_owned()),
            names: settings.claims.clone(),
            verified: VerifiedTokens::default(),
        })
    }

    fn verified(&self, token: &str) -> Result<Arc<Verified>, Refusal> {
        if let Some(known) = self.verified.get(token) {
            return Ok(known);
        }
        let header = header_of(token)?;
        let verified = verify(
            token,
            &header,
            self.keys.iter(),
            &self.expected,
            SystemTime::now(),
        )?;
        let verified = Arc::new(verified);
        self.verified.insert(token, Arc::clone(&verified));
        Ok(verified)
    }

    fn role(&self, token: &Verified, credentials: &Credentials<'_>) -> Result<RoleName, AuthError> {
        if let Some(role) = role_claim(&token.claims, &self.names, &self.scope_prefix) {
            return Ok(role);
        }
        if let Some(role) = told_by(&self.name, credentials, self.role_header.as_ref())? {
            return Ok(RoleName::new(role));
        }
        role_scope(&token.claims, &self.scope_prefix).ok_or_else(|| no_role(&self.name, &self.names))
    }
}

#[async_trait]
impl Authenticator for Jwt {
    fn name(&self) -> &str {
        &self.name
    }

    async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Option<Identity>, AuthError> {
        let token = credentials
            .token(self.cookie.as_deref())
            .map_err(|error| rejected(&self.name, &AUTHORIZATION, error.to_string()))?;
        let Some(token) = token else {
            return Ok(None);
        };
        let token = self
            .verified(token)
            .map_err(|refusal| refused(&self.name, &refusal))?;
        Ok(Some(Identity {
            role: self.role(&token, credentials)?,
            user_id: user_claim(&token.claims, &self.names.user_id),
            user_name: user_claim(&token.claims, &self.names.user_name),
            auth_type: AUTH_TYPE,
            provider: Arc::clone(&self.name),
            impersonated_by: None,
            claims: token.singles.clone(),
        }))
    }
}

/// Returns the error of a token that was refused.
pub(crate) fn refused(authenticator: &str, refusal: &Refusal) -> AuthError {
    let authenticator = authenticator.to_owned();
    match refusal {
        Refusal::Expired => AuthError::Expired { authenticator },
        _ => AuthError::Rejected {
            authenticator,
            reason: format!("the token is not accepted: {refusal}"),
        },
    }
}

/// Returns the error of a valid token that names no role.
pub(crate) fn no_role(authenticator: &str, names: &ClaimNames) -> AuthError {
    AuthError::Rejected {
        authenticator: authenticator.to_owned(),
        reason: format!("the token names no role in its claim `{}`", names.role),
    }
}

#[cfg(test)]
mod tests;
