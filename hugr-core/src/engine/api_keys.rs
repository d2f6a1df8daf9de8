//! The API keys of the core store, as authentication asks for them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use hugr_auth::api_key::OverrideHeaders;
use hugr_auth::{ApiKeyLookup, AuthError, ManagedKey, SecretDigest, Validity};
use serde_json::Value;

use crate::store::{AccessState, ApiKey, ApiKeyHash};

/// The keys that this node knows, by digest. They follow the core store like the roles do.
#[derive(Debug, Default)]
pub(super) struct KnownApiKeys {
    by_digest: ArcSwap<HashMap<ApiKeyHash, Arc<ManagedKey>>>,
}

impl KnownApiKeys {
    /// Takes over what the core store says.
    pub(super) fn update(&self, access: &AccessState) {
        let keys = access.api_keys.values();
        let by_digest = keys
            .map(|key| (key.key.clone(), Arc::new(managed(key))))
            .collect();
        self.by_digest.store(Arc::new(by_digest));
    }
}

#[async_trait]
impl ApiKeyLookup for KnownApiKeys {
    async fn find(&self, digest: &SecretDigest) -> Result<Option<Arc<ManagedKey>>, AuthError> {
        let stored = ApiKeyHash::of_digest(digest.as_bytes());
        Ok(self.by_digest.load().get(&stored).cloned())
    }
}

fn managed(key: &ApiKey) -> ManagedKey {
    let validity = match (key.is_temporal, key.expires_at) {
        (false, _) => Validity::Unlimited,
        (true, None) => Validity::Unknown,
        (true, Some(end)) => Validity::Until(SystemTime::from(end)),
    };
    let claims = key.claims.as_ref().and_then(Value::as_object);
    ManagedKey {
        name: key.name.as_str().to_owned(),
        default_role: key.default_role.clone().filter(|role| !role.as_str().is_empty()),
        is_disabled: key.disabled,
        validity,
        headers: headers(key),
        claims: claims.cloned().unwrap_or_default(),
    }
}

/// Returns the headers by which a bearer says as whom it acts. A name that is none of a header can never be sent.
fn headers(key: &ApiKey) -> OverrideHeaders {
    let named = |name: &str| {
        let text = key.headers.as_ref()?.get(name)?.as_str()?;
        text.parse().ok()
    };
    OverrideHeaders {
        role: named("role"),
        user_id: named("user_id"),
        user_name: named("user_name"),
    }
}

#[cfg(test)]
mod tests {
    use hugr_auth::RoleName;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn keys_are_found_by_their_digest() {
        let mut access = AccessState::default();
        let mut key = ApiKey::new("reports", "a long random key", RoleName::new("readonly"));
        key.is_temporal = true;
        key.headers = Some(json!({"role": "x-role", "user_id": "not a header"}));
        key.claims = Some(json!({"tenant": "t1"}));
        access.api_keys.insert(key.name.clone(), key);
        let known = KnownApiKeys::default();
        known.update(&access);

        let found = known.find(&SecretDigest::of(b"a long random key")).await.unwrap();
        let found = found.unwrap();
        assert_eq!(found.name, "reports");
        assert_eq!(found.validity, Validity::Unknown);
        assert_eq!(
            found.headers.role.as_ref().map(|name| name.as_str()),
            Some("x-role")
        );
        assert_eq!(found.headers.user_id, None);
        assert_eq!(found.claims.get("tenant"), Some(&json!("t1")));
        assert!(known.find(&SecretDigest::of(b"another")).await.unwrap().is_none());
    }
}
