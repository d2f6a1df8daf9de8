//! Roles of a fixture: `access.json`.

use hugr_core::HugrEngine;
use hugr_core::engine::Replica as _;
use hugr_core::store::{AccessChange, Change, PermissionKey, Role, RolePermission};
use serde::Deserialize;

use super::Outcome;

/// A role with its permissions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleOptions {
    name: String,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    can_impersonate: bool,
    #[serde(default)]
    permissions: Vec<PermissionOptions>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionOptions {
    type_name: String,
    field_name: String,
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    disabled: bool,
    filter: Option<serde_json::Value>,
    data: Option<serde_json::Value>,
}

impl RoleOptions {
    fn changes(self) -> Vec<Change> {
        let role = Role {
            disabled: self.disabled,
            can_impersonate: self.can_impersonate,
            ..Role::new(self.name)
        };
        let permissions = self.permissions.into_iter().map(|permission| {
            AccessChange::InsertPermission(RolePermission {
                key: PermissionKey {
                    role: role.name.clone(),
                    type_name: permission.type_name.into(),
                    field_name: permission.field_name.into(),
                },
                hidden: permission.hidden,
                disabled: permission.disabled,
                filter: permission.filter,
                data: permission.data,
            })
        });
        let mut changes = vec![AccessChange::InsertRole(role.clone())];
        changes.extend(permissions);
        changes.into_iter().map(Change::Access).collect()
    }
}

/// Adds the roles that `text` lists to what the core store holds.
///
/// # Errors
/// When the text lists none, or the store refuses them.
pub async fn add_roles(engine: &HugrEngine, text: &str) -> Outcome {
    let roles: Vec<RoleOptions> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let changes: Vec<_> = roles.into_iter().flat_map(RoleOptions::changes).collect();
    let store = engine.core_store();
    let failed = |error: hugr_core::Error| error.to_string();
    store.commit(None, &changes).await.map_err(failed)?;
    engine.reconcile(store.snapshot().await.map_err(failed)?).await;
    Ok(())
}
