//! All roles, permissions and API keys, and the rules by which they change.

use std::collections::BTreeMap;

use hugr_auth::RoleName;
use serde::{Deserialize, Serialize};

use super::change::AccessChange;
use super::record::{
    ApiKey, ApiKeyHash, ApiKeyPatch, PermissionKey, Role, RolePatch, RolePermission, RolePermissionPatch,
};
use crate::error::Result;
use crate::name::{ApiKeyName, FieldName, TypeName};
use crate::store::state::{missing, require_name, taken};

/// Everything the core store says about who may do what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessState {
    /// Roles by name.
    pub roles: BTreeMap<RoleName, Role>,
    /// Permissions by what they are about.
    #[serde(with = "permission_list")]
    pub permissions: BTreeMap<PermissionKey, RolePermission>,
    /// API keys by name.
    pub api_keys: BTreeMap<ApiKeyName, ApiKey>,
}

impl AccessState {
    /// Returns what a new store holds: `admin` and `public`, to whom everything is open, and `readonly`, who may not
    /// run mutations.
    #[must_use]
    pub fn initial() -> Self {
        let described = |name: &str, description: &str| Role {
            description: description.to_owned(),
            ..Role::new(name)
        };
        let admin = Role {
            can_impersonate: true,
            ..described("admin", "Admin role")
        };
        let roles = [
            admin,
            described("public", "Public role"),
            described("readonly", "Readonly role"),
        ];
        let no_mutations = RolePermission {
            key: PermissionKey {
                role: RoleName::new("readonly"),
                type_name: TypeName::from("Mutation"),
                field_name: FieldName::from("*"),
            },
            hidden: false,
            disabled: true,
            filter: None,
            data: None,
        };
        Self {
            roles: roles.map(|role| (role.name.clone(), role)).into(),
            permissions: [(no_mutations.key.clone(), no_mutations)].into(),
            api_keys: BTreeMap::new(),
        }
    }

    /// Returns the permissions of `role`, by type and field.
    pub fn permissions_of<'a>(&'a self, role: &'a RoleName) -> impl Iterator<Item = &'a RolePermission> {
        let first = PermissionKey {
            role: role.clone(),
            type_name: TypeName::from(""),
            field_name: FieldName::from(""),
        };
        self.permissions
            .range(first..)
            .map(|(_, permission)| permission)
            .take_while(move |permission| permission.key.role == *role)
    }

    /// Returns the API key with this digest.
    #[must_use]
    pub fn api_key(&self, hash: &ApiKeyHash) -> Option<&ApiKey> {
        self.api_keys.values().find(|key| key.key == *hash)
    }

    /// Applies one change.
    ///
    /// # Errors
    /// As [`CoreState::apply`](crate::store::CoreState::apply) says.
    pub(in crate::store) fn apply(&mut self, change: &AccessChange) -> Result<()> {
        match change {
            AccessChange::InsertRole(role) => self.insert_role(role),
            AccessChange::UpdateRole { name, patch } => self.update_role(name, patch),
            AccessChange::DeleteRole(name) => self.delete_role(name),
            AccessChange::InsertPermission(permission) => self.insert_permission(permission),
            AccessChange::UpdatePermission { key, patch } => self.update_permission(key, patch),
            AccessChange::DeletePermission(key) => self
                .permissions
                .remove(key)
                .map(drop)
                .ok_or_else(|| missing("permission", shown(key))),
            AccessChange::InsertApiKey(key) => self.insert_api_key(key),
            AccessChange::UpdateApiKey { name, patch } => self.update_api_key(name, patch),
            AccessChange::DeleteApiKey(name) => self
                .api_keys
                .remove(name)
                .map(drop)
                .ok_or_else(|| missing("API key", name)),
        }
    }

    fn insert_role(&mut self, role: &Role) -> Result<()> {
        require_name("role", role.name.as_str())?;
        if self.roles.contains_key(&role.name) {
            return Err(taken("role", &role.name));
        }
        self.roles.insert(role.name.clone(), role.clone());
        Ok(())
    }

    fn update_role(&mut self, name: &RoleName, patch: &RolePatch) -> Result<()> {
        let role = self.roles.get_mut(name).ok_or_else(|| missing("role", name))?;
        set(&mut role.description, patch.description.as_ref());
        set(&mut role.disabled, patch.disabled.as_ref());
        set(&mut role.can_impersonate, patch.can_impersonate.as_ref());
        Ok(())
    }

    fn delete_role(&mut self, name: &RoleName) -> Result<()> {
        self.roles.remove(name).ok_or_else(|| missing("role", name))?;
        self.permissions.retain(|key, _| key.role != *name);
        for key in self.api_keys.values_mut() {
            key.default_role.take_if(|role| role == name);
        }
        Ok(())
    }

    fn insert_permission(&mut self, permission: &RolePermission) -> Result<()> {
        let key = &permission.key;
        require_name("permission's type", key.type_name.as_str())?;
        require_name("permission's field", key.field_name.as_str())?;
        if !self.roles.contains_key(&key.role) {
            return Err(missing("role", &key.role));
        }
        if self.permissions.contains_key(key) {
            return Err(taken("permission", shown(key)));
        }
        self.permissions.insert(key.clone(), permission.clone());
        Ok(())
    }

    fn update_permission(&mut self, key: &PermissionKey, patch: &RolePermissionPatch) -> Result<()> {
        let permission = self
            .permissions
            .get_mut(key)
            .ok_or_else(|| missing("permission", shown(key)))?;
        set(&mut permission.hidden, patch.hidden.as_ref());
        set(&mut permission.disabled, patch.disabled.as_ref());
        set(&mut permission.filter, patch.filter.as_ref());
        set(&mut permission.data, patch.data.as_ref());
        Ok(())
    }

    fn insert_api_key(&mut self, key: &ApiKey) -> Result<()> {
        require_name("API key", key.name.as_str())?;
        if self.api_keys.contains_key(&key.name) {
            return Err(taken("API key", &key.name));
        }
        self.require_free(&key.key)?;
        self.require_role(key.default_role.as_ref())?;
        self.api_keys.insert(key.name.clone(), key.clone());
        Ok(())
    }

    fn update_api_key(&mut self, name: &ApiKeyName, patch: &ApiKeyPatch) -> Result<()> {
        let present = self.api_keys.get(name).ok_or_else(|| missing("API key", name))?;
        if let Some(hash) = patch.key.as_ref().filter(|hash| **hash != present.key) {
            self.require_free(hash)?;
        }
        self.require_role(patch.default_role.as_ref().and_then(Option::as_ref))?;
        let key = self
            .api_keys
            .get_mut(name)
            .ok_or_else(|| missing("API key", name))?;
        set(&mut key.key, patch.key.as_ref());
        set(&mut key.description, patch.description.as_ref());
        set(&mut key.default_role, patch.default_role.as_ref());
        set(&mut key.disabled, patch.disabled.as_ref());
        set(&mut key.is_temporal, patch.is_temporal.as_ref());
        set(&mut key.expires_at, patch.expires_at.as_ref());
        set(&mut key.headers, patch.headers.as_ref());
        set(&mut key.claims, patch.claims.as_ref());
        Ok(())
    }

    /// The refusal names the other key, not its text.
    fn require_free(&self, hash: &ApiKeyHash) -> Result<()> {
        match self.api_key(hash) {
            Some(other) => Err(taken("API key with the key of", &other.name)),
            None => Ok(()),
        }
    }

    fn require_role(&self, role: Option<&RoleName>) -> Result<()> {
        match role {
            Some(role) if !self.roles.contains_key(role) => Err(missing("role", role)),
            _ => Ok(()),
        }
    }
}

fn set<T: Clone>(column: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        *column = value.clone();
    }
}

fn shown(key: &PermissionKey) -> String {
    format!("{} on {}.{}", key.role, key.type_name, key.field_name)
}

/// Permissions as a list: their keys are no text, as JSON wants the keys of an object.
mod permission_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{PermissionKey, RolePermission};

    pub(super) fn serialize<S: Serializer>(
        permissions: &BTreeMap<PermissionKey, RolePermission>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(permissions.values())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<PermissionKey, RolePermission>, D::Error> {
        let permissions = Vec::<RolePermission>::deserialize(deserializer)?;
        Ok(permissions
            .into_iter()
            .map(|permission| (permission.key.clone(), permission))
            .collect())
    }
}
