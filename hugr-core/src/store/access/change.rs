//! What can happen to roles, permissions and API keys.

use hugr_auth::RoleName;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::record::{
    ApiKey, ApiKeyPatch, PermissionKey, Role, RolePatch, RolePermission, RolePermissionPatch,
};
use crate::name::ApiKeyName;

/// One change of who may do what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AccessChange {
    /// Adds a role; its name must be free.
    InsertRole(Role),
    /// Changes columns of a role.
    UpdateRole {
        /// Which.
        name: RoleName,
        /// The new values.
        patch: RolePatch,
    },
    /// Removes a role with its permissions; API keys that stood for it stand for none.
    DeleteRole(RoleName),
    /// Adds a permission; its role must exist and its key must be free.
    InsertPermission(RolePermission),
    /// Changes columns of a permission.
    UpdatePermission {
        /// Which.
        key: PermissionKey,
        /// The new values.
        patch: RolePermissionPatch,
    },
    /// Removes a permission.
    DeletePermission(PermissionKey),
    /// Adds an API key; its name and its key must be free, its role must exist.
    InsertApiKey(ApiKey),
    /// Changes columns of an API key.
    UpdateApiKey {
        /// Which.
        name: ApiKeyName,
        /// The new values.
        patch: ApiKeyPatch,
    },
    /// Removes an API key.
    DeleteApiKey(ApiKeyName),
}

impl AccessChange {
    /// Returns whether the change would write the character NUL, which not every store can hold.
    pub(in crate::store) fn writes_nul(&self) -> bool {
        match self {
            Self::InsertRole(role) => is_any_nul([role.name.as_str(), &role.description]),
            Self::UpdateRole { patch, .. } => is_any_nul(patch.description.as_deref()),
            Self::InsertPermission(permission) => {
                let key = &permission.key;
                is_any_nul([key.type_name.as_str(), key.field_name.as_str()])
                    || is_any_json_nul([&permission.filter, &permission.data])
            }
            Self::UpdatePermission { patch, .. } => {
                is_any_json_nul(patch.filter.iter().chain(patch.data.as_ref()))
            }
            Self::InsertApiKey(key) => {
                is_any_nul([key.name.as_str(), &key.description])
                    || is_any_json_nul([&key.headers, &key.claims])
            }
            Self::UpdateApiKey { patch, .. } => {
                is_any_nul(patch.description.as_deref())
                    || is_any_json_nul(patch.headers.iter().chain(patch.claims.as_ref()))
            }
            // These name what is there already.
            Self::DeleteRole(_) | Self::DeletePermission(_) | Self::DeleteApiKey(_) => false,
        }
    }
}

fn is_any_nul<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    texts.into_iter().any(|text| text.contains('\0'))
}

fn is_any_json_nul<'a>(values: impl IntoIterator<Item = &'a Option<Json>>) -> bool {
    values.into_iter().flatten().any(holds_nul)
}

fn holds_nul(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(holds_nul),
        Json::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}
