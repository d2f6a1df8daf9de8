//! The records of roles, permissions and API keys, with the columns of the core database's tables.

use std::fmt;

use chrono::{DateTime, Utc};
use hugr_auth::RoleName;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::name::{ApiKeyName, FieldName, TypeName};
use crate::store::record::MASK;

/// Put before the digest of a key, so that a key is never mistaken for a digest.
const HASH_PREFIX: &str = "sha256:";

/// A role. Without permissions it may do everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Unique name.
    pub name: RoleName,
    /// What people read about it.
    pub description: String,
    /// Whether everything is refused to it.
    pub disabled: bool,
    /// Whether it may act as another role.
    pub can_impersonate: bool,
}

impl Role {
    /// Returns an enabled role that may not impersonate.
    #[must_use]
    pub fn new(name: impl Into<std::sync::Arc<str>>) -> Self {
        Self {
            name: RoleName::new(name),
            description: String::new(),
            disabled: false,
            can_impersonate: false,
        }
    }
}

/// New values for some columns of a [`Role`]; `None` leaves a column as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePatch {
    /// New description.
    pub description: Option<String>,
    /// New disabled mark.
    pub disabled: Option<bool>,
    /// New right to impersonate.
    pub can_impersonate: Option<bool>,
}

/// What a permission is about; no two have the same key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PermissionKey {
    /// The role.
    pub role: RoleName,
    /// A type of the served schema, `*` for all, or a pseudo type such as `data-object:query`.
    pub type_name: TypeName,
    /// A field of the type, `*` for all, or what the pseudo type is about.
    pub field_name: FieldName,
}

/// What holds for a role on one field.
///
/// The type and the field need not exist: sources come and go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePermission {
    /// What it is about.
    #[serde(flatten)]
    pub key: PermissionKey,
    /// Whether the field is left out of introspection.
    pub hidden: bool,
    /// Whether the field is refused.
    pub disabled: bool,
    /// Filter that rows must pass, in the form of the object's filter input; may hold `[$auth.name]`.
    pub filter: Option<Json>,
    /// Values that are put over those of the caller when rows are written; may hold `[$auth.name]`.
    pub data: Option<Json>,
}

/// New values for some columns of a [`RolePermission`]; `None` leaves a column as it is, the inner `None` clears it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePermissionPatch {
    /// New hidden mark.
    pub hidden: Option<bool>,
    /// New disabled mark.
    pub disabled: Option<bool>,
    /// New filter.
    #[serde(with = "nullable", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Option<Json>>,
    /// New preset values.
    #[serde(with = "nullable", default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Option<Json>>,
}

/// The digest of an API key: what the store holds instead of the key.
///
/// ```
/// use hugr_core::store::ApiKeyHash;
///
/// let hash = ApiKeyHash::of("a long random key");
/// assert_eq!(hash, ApiKeyHash::from(hash.as_str().to_owned()));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ApiKeyHash(String);

impl ApiKeyHash {
    /// Returns the digest of `key`.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(format!("{HASH_PREFIX}{:x}", Sha256::digest(key.as_bytes())))
    }

    /// Returns the digest of a key whose SHA-256 is `digest`.
    #[must_use]
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{HASH_PREFIX}{digits}"))
    }

    /// Returns what stands for a digest that is not to be shown; no key has it.
    pub(in crate::store) fn masked() -> Self {
        Self(format!("{HASH_PREFIX}{MASK}"))
    }

    /// Returns the digest as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Takes a stored text: a digest as it is, a key in the clear, as other registries hold it, by its digest.
impl From<String> for ApiKeyHash {
    fn from(stored: String) -> Self {
        if stored.starts_with(HASH_PREFIX) {
            Self(stored)
        } else {
            Self::of(&stored)
        }
    }
}

impl From<ApiKeyHash> for String {
    fn from(hash: ApiKeyHash) -> Self {
        hash.0
    }
}

/// The digest is left out: short keys can be guessed from it.
impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyHash")
    }
}

/// An API key that is managed through the core module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Unique name.
    pub name: ApiKeyName,
    /// Digest of the key; unique too.
    pub key: ApiKeyHash,
    /// What people read about it.
    pub description: String,
    /// Role of requests that bring the key; `None` when the request must say it.
    pub default_role: Option<RoleName>,
    /// Whether the key is refused.
    pub disabled: bool,
    /// Whether the key ends at `expires_at`.
    pub is_temporal: bool,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Names of the request headers that say role, user id and user name.
    pub headers: Option<Json>,
    /// Claims of requests that bring the key.
    pub claims: Option<Json>,
}

impl ApiKey {
    /// Returns an enabled key without an end, for requests of `default_role`.
    #[must_use]
    pub fn new(name: impl Into<ApiKeyName>, key: &str, default_role: RoleName) -> Self {
        Self {
            name: name.into(),
            key: ApiKeyHash::of(key),
            description: String::new(),
            default_role: Some(default_role),
            disabled: false,
            is_temporal: false,
            expires_at: None,
            headers: None,
            claims: None,
        }
    }
}

/// New values for some columns of an [`ApiKey`]; `None` leaves a column as it is, the inner `None` clears it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyPatch {
    /// Digest of the new key.
    pub key: Option<ApiKeyHash>,
    /// New description.
    pub description: Option<String>,
    /// New role.
    #[serde(with = "nullable", default, skip_serializing_if = "Option::is_none")]
    pub default_role: Option<Option<RoleName>>,
    /// New disabled mark.
    pub disabled: Option<bool>,
    /// New mark that the key ends.
    pub is_temporal: Option<bool>,
    /// New end.
    #[serde(with = "nullable", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Option<DateTime<Utc>>>,
    /// New header names.
    #[serde(with = "nullable", default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Option<Json>>,
    /// New claims.
    #[serde(with = "nullable", default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Option<Json>>,
}

/// A column of a patch that may be cleared: `null` clears, an absent member leaves it as it is.
mod nullable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the signature that serde's `with` asks for")]
    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleared_columns_survive_json() {
        let patch = RolePermissionPatch {
            filter: Some(None),
            ..RolePermissionPatch::default()
        };
        let text = serde_json::to_string(&patch).unwrap();
        assert_eq!(serde_json::from_str::<RolePermissionPatch>(&text).unwrap(), patch);
    }

    #[test]
    fn keys_are_not_kept_in_the_clear() {
        let key = ApiKey::new("name", "a secret", RoleName::new("public"));
        let text = serde_json::to_string(&key).unwrap();
        assert!(!text.contains("a secret"), "{text}");
        assert_eq!(serde_json::from_str::<ApiKey>(&text).unwrap(), key);
        assert_eq!(ApiKeyHash::from("a secret".to_owned()), key.key);
    }
}
