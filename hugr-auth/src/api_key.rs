//! Keys in a header of their own: the operator's secret key, keys of the configuration, the secret of a cluster.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue};

use crate::authenticator::Authenticator;
use crate::claims::Claims;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::{Identity, RoleName};
use crate::secret::{Secret, SecretDigest};

/// Header that carries the operator's secret key.
pub const SECRET_KEY_HEADER: HeaderName = HeaderName::from_static("x-hugr-secret-key");
/// Header that carries the cluster's secret.
pub const CLUSTER_SECRET_HEADER: HeaderName = HeaderName::from_static("x-hugr-secret");
/// Header that carries an API key, unless its settings say otherwise.
pub const API_KEY_HEADER: HeaderName = HeaderName::from_static("x-hugr-api-key");
/// Header that names the role to act as.
pub const ROLE_HEADER: HeaderName = HeaderName::from_static("x-hugr-role");
/// Header that names the user to act as.
pub const USER_ID_HEADER: HeaderName = HeaderName::from_static("x-hugr-user-id");
/// Header that gives the display name of that user.
pub const USER_NAME_HEADER: HeaderName = HeaderName::from_static("x-hugr-user-name");

/// The kind of credential that [`Identity::auth_type`] names.
const AUTH_TYPE: &str = "apiKey";
const DEFAULT_USER: &str = "api";

/// The role of a key whose settings name none.
pub const DEFAULT_ROLE: &str = "admin";

/// Headers by which the bearer of a key says as whom the request acts; those that are `None` say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverrideHeaders {
    /// Names the role.
    pub role: Option<HeaderName>,
    /// Names the user.
    pub user_id: Option<HeaderName>,
    /// Gives the user's display name.
    pub user_name: Option<HeaderName>,
}

impl OverrideHeaders {
    /// Returns the headers `x-hugr-role`, `x-hugr-user-id` and `x-hugr-user-name`.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            role: Some(ROLE_HEADER),
            user_id: Some(USER_ID_HEADER),
            user_name: Some(USER_NAME_HEADER),
        }
    }
}

/// Accepts requests whose header holds the key.
///
/// The bearer acts as the key's role and as the user `api`, unless an override header says otherwise; an empty one counts
/// as absent, an unreadable or repeated one rejects the request.
#[derive(Clone, Debug)]
pub struct ApiKey {
    name: Arc<str>,
    header: HeaderName,
    digest: SecretDigest,
    role: RoleName,
    overrides: OverrideHeaders,
}

impl ApiKey {
    /// Returns an authenticator called `name` for `key` in the header `x-hugr-api-key`, which grants `role`.
    ///
    /// # Errors
    /// [`AuthError::InvalidSettings`] when the key is empty or cannot travel in an HTTP header as it is.
    pub fn new(name: impl Into<Arc<str>>, key: &Secret, role: RoleName) -> Result<Self, AuthError> {
        let (name, text) = (name.into(), key.expose());
        let can_travel = text.trim() == text && HeaderValue::from_bytes(text.as_bytes()).is_ok();
        if text.is_empty() || !can_travel {
            return Err(AuthError::InvalidSettings {
                reason: format!(
                    "the key of `{name}` must not be empty, hold control characters, or begin or end with white space"
                ),
            });
        }
        Ok(Self::of_digest(name, SecretDigest::of(text.as_bytes()), role))
    }

    /// Returns an authenticator for the key with `digest`, otherwise like [`new`](Self::new).
    #[must_use]
    pub fn of_digest(name: impl Into<Arc<str>>, digest: SecretDigest, role: RoleName) -> Self {
        Self {
            name: name.into(),
            header: API_KEY_HEADER,
            digest,
            role,
            overrides: OverrideHeaders::default(),
        }
    }

    /// Returns the operator's secret key, who may act as anyone: in the header `x-hugr-secret-key`, with the role `admin`
    /// and the standard override headers.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn secret_key(key: &Secret) -> Result<Self, AuthError> {
        Ok(Self::new("x-hugr-secret", key, RoleName::new(DEFAULT_ROLE))?
            .in_header(SECRET_KEY_HEADER)
            .with_overrides(OverrideHeaders::standard()))
    }

    /// Returns the secret of the cluster as a key: in the header `x-hugr-secret`, with the rights of the operator's key.
    #[must_use]
    pub fn cluster_secret(digest: SecretDigest) -> Self {
        Self::of_digest("cluster-internal", digest, RoleName::new(DEFAULT_ROLE))
            .in_header(CLUSTER_SECRET_HEADER)
            .with_overrides(OverrideHeaders::standard())
    }

    /// Expects the key in `header`.
    #[must_use]
    pub fn in_header(mut self, header: HeaderName) -> Self {
        self.header = header;
        self
    }

    /// Lets the bearer say as whom it acts.
    #[must_use]
    pub fn with_overrides(mut self, overrides: OverrideHeaders) -> Self {
        self.overrides = overrides;
        self
    }

    /// Returns the header in which the key is expected.
    pub(crate) fn header(&self) -> &HeaderName {
        &self.header
    }

    /// Returns the digest of the key.
    pub(crate) fn digest(&self) -> &SecretDigest {
        &self.digest
    }

    /// Returns as whom the bearer of the key acts.
    pub(crate) fn identity(&self, credentials: &Credentials<'_>) -> Result<Identity, AuthError> {
        let told = |header: &Option<HeaderName>| told_by(&self.name, credentials, header.as_ref());
        let role = told(&self.overrides.role)?;
        let user = |header| told(header).map(|user| user.unwrap_or(DEFAULT_USER).to_owned());
        Ok(Identity {
            role: role.map_or_else(|| self.role.clone(), RoleName::new),
            user_id: user(&self.overrides.user_id)?,
            user_name: user(&self.overrides.user_name)?,
            auth_type: AUTH_TYPE,
            provider: Arc::clone(&self.name),
            impersonated_by: None,
            claims: Claims::default(),
        })
    }

    fn rejected(&self, header: &HeaderName, reason: impl AsRef<str>) -> AuthError {
        rejected(&self.name, header, reason)
    }
}

#[async_trait]
impl Authenticator for ApiKey {
    fn name(&self) -> &str {
        &self.name
    }

    async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Option<Identity>, AuthError> {
        let presented = credentials
            .only_value(&self.header)
            .map_err(|error| self.rejected(&self.header, error.to_string()))?;
        let Some(presented) = presented else {
            return Ok(None);
        };
        if !self.digest.matches(presented.as_bytes()) {
            return Err(self.rejected(&self.header, "the key is not the right one"));
        }
        self.identity(credentials).map(Some)
    }
}

/// Returns the text of an override header; a request that tries to narrow its rights and fails must not keep them all.
pub(crate) fn told_by<'a>(
    authenticator: &str,
    credentials: &Credentials<'a>,
    header: Option<&HeaderName>,
) -> Result<Option<&'a str>, AuthError> {
    let Some(header) = header else {
        return Ok(None);
    };
    let value = credentials
        .only_value(header)
        .map_err(|error| rejected(authenticator, header, error.to_string()))?;
    let Some(value) = value else {
        return Ok(None);
    };
    let text = std::str::from_utf8(value.as_bytes())
        .map_err(|_| rejected(authenticator, header, "the value is not UTF-8 text"))?
        .trim();
    Ok(Some(text).filter(|text| !text.is_empty()))
}

pub(crate) fn rejected(authenticator: &str, header: &HeaderName, reason: impl AsRef<str>) -> AuthError {
    AuthError::Rejected {
        authenticator: authenticator.to_owned(),
        reason: format!("header `{header}`: {}", reason.as_ref()),
    }
}

#[cfg(test)]
mod tests;
