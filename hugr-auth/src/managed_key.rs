//! API keys that are managed while the service runs: looked up where the host keeps them.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use http::HeaderName;
use serde_json::{Map, Value};

use crate::api_key::{
    API_KEY_HEADER, OverrideHeaders, ROLE_HEADER, USER_ID_HEADER, USER_NAME_HEADER, rejected, told_by,
};
use crate::authenticator::Authenticator;
use crate::claims::{self, Claims};
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::{Identity, RoleName};
use crate::secret::SecretDigest;

const NAME: &str = "managed-api-keys";
const AUTH_TYPE: &str = "db-api-key";

/// When a managed key ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Never by itself.
    Unlimited,
    /// At that time.
    Until(SystemTime),
    /// It should end, but not when: it is not valid.
    Unknown,
}

/// A key as the host keeps it.
#[derive(Clone, Debug)]
pub struct ManagedKey {
    /// Its name, under which the bearer appears where nothing better is known.
    pub name: String,
    /// Role of its bearer, unless a claim or a header names another.
    pub default_role: Option<RoleName>,
    /// Whether it is switched off.
    pub is_disabled: bool,
    /// When it ends.
    pub validity: Validity,
    /// Headers by which the bearer says as whom it acts. Where those of the user are `None`, the standard ones count.
    pub headers: OverrideHeaders,
    /// What is fixed about the bearer: `role`, `user_id`, `user_name`, and claims for row filters.
    pub claims: Map<String, Value>,
}

/// Where managed keys are kept.
///
/// # Contract
/// - A look-up is by the SHA-256 digest of the key; a host that stores the key itself compares digests.
/// - It is asked for each request that brings a key: answers come from memory, or from a cache that notices changes.
#[async_trait]
pub trait ApiKeyLookup: Send + Sync + Debug {
    /// Returns the key with `digest`, or `None` when there is none.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when that cannot be found out.
    async fn find(&self, digest: &SecretDigest) -> Result<Option<Arc<ManagedKey>>, AuthError>;
}

/// Accepts requests whose header `x-hugr-api-key` holds a managed key.
///
/// Role and user are, in this order: those that the key's claims fix, those that its headers tell, those of the standard
/// headers (the user only), the key's own.
#[derive(Clone, Debug)]
pub struct ManagedApiKeys {
    lookup: Arc<dyn ApiKeyLookup>,
}

impl ManagedApiKeys {
    /// Returns an authenticator for the keys of `lookup`.
    #[must_use]
    pub fn new(lookup: Arc<dyn ApiKeyLookup>) -> Self {
        Self { lookup }
    }
}

#[async_trait]
impl Authenticator for ManagedApiKeys {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Option<Identity>, AuthError> {
        let refuse = |reason: &str| rejected(NAME, &API_KEY_HEADER, reason);
        let presented = credentials
            .only_value(&API_KEY_HEADER)
            .map_err(|error| refuse(&error.to_string()))?;
        let Some(presented) = presented else {
            return Ok(None);
        };
        let found = self.lookup.find(&SecretDigest::of(presented.as_bytes())).await?;
        let key = found.ok_or_else(|| refuse("there is no such key"))?;
        if key.is_disabled {
            return Err(refuse("the key is disabled"));
        }
        match key.validity {
            Validity::Unlimited => {}
            Validity::Until(end) if SystemTime::now() < end => {}
            Validity::Until(_) | Validity::Unknown => {
                return Err(AuthError::Expired {
                    authenticator: NAME.to_owned(),
                });
            }
        }
        bearer(&key, credentials).map(Some)
    }
}

fn bearer(key: &ManagedKey, credentials: &Credentials<'_>) -> Result<Identity, AuthError> {
    let claimed = |name: &str| key.claims.get(name).and_then(claims::text);
    let told =
        |header: Option<&HeaderName>| told_by(NAME, credentials, header).map(|told| told.map(str::to_owned));
    let user = |claim: &str, configured: Option<&HeaderName>, standard: &HeaderName| {
        if let Some(user) = claimed(claim) {
            return Ok(user);
        }
        let told = match told(configured)? {
            Some(told) => Some(told),
            None => told(Some(standard))?,
        };
        Ok(told.unwrap_or_else(|| key.name.clone()))
    };
    // Read even where a claim decides: an unreadable role is never taken for none.
    let told_role = told(key.headers.role.as_ref())?;
    let role = claimed("role")
        .or(told_role)
        .map(RoleName::new)
        .or_else(|| key.default_role.clone())
        .ok_or_else(|| rejected(NAME, &ROLE_HEADER, "the key has no role"))?;
    Ok(Identity {
        role,
        user_id: user("user_id", key.headers.user_id.as_ref(), &USER_ID_HEADER)?,
        user_name: user("user_name", key.headers.user_name.as_ref(), &USER_NAME_HEADER)?,
        auth_type: AUTH_TYPE,
        provider: Arc::from(NAME),
        impersonated_by: None,
        claims: Claims::from_object(&key.claims),
    })
}

#[cfg(test)]
mod tests;
