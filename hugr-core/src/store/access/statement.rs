//! The statements that bring roles, permissions and API keys of a core database from one state to the next. PURE.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::record::{ApiKey, PermissionKey, Role, RolePermission};
use super::state::AccessState;
use crate::sql::param::Value;
use crate::store::statement::Statement;

const INSERT_ROLE: &str =
    "INSERT INTO roles (name, description, disabled, can_impersonate) VALUES ($1, $2, $3, $4)";
const UPDATE_ROLE: &str =
    "UPDATE roles SET description = $2, disabled = $3, can_impersonate = $4 WHERE name = $1";
const DELETE_ROLE: &str = "DELETE FROM roles WHERE name = $1";
const INSERT_PERMISSION: &str = "INSERT INTO permissions (role, type_name, field_name, hidden, disabled, filter, data) \
    VALUES ($1, $2, $3, $4, $5, CAST($6 AS json), CAST($7 AS json))";
const UPDATE_PERMISSION: &str = "UPDATE permissions SET hidden = $4, disabled = $5, filter = CAST($6 AS json), \
    data = CAST($7 AS json) WHERE role = $1 AND type_name = $2 AND field_name = $3";
const DELETE_PERMISSION: &str =
    "DELETE FROM permissions WHERE role = $1 AND type_name = $2 AND field_name = $3";
const INSERT_API_KEY: &str = "INSERT INTO api_keys (name, key, description, default_role, disabled, is_temporal, \
    expires_at, headers, claims) VALUES ($1, $2, $3, $4, $5, $6, CAST($7 AS timestamp), CAST($8 AS json), \
    CAST($9 AS json))";
const UPDATE_API_KEY: &str = "UPDATE api_keys SET key = $2, description = $3, default_role = $4, disabled = $5, \
    is_temporal = $6, expires_at = CAST($7 AS timestamp), headers = CAST($8 AS json), claims = CAST($9 AS json) \
    WHERE name = $1";
const DELETE_API_KEY: &str = "DELETE FROM api_keys WHERE name = $1";

/// Pushes the deletions that lead from `old` to `new`.
pub(in crate::store) fn push_deletions(
    old: &AccessState,
    new: &AccessState,
    statements: &mut Vec<Statement>,
) {
    let mut delete = |sql, params| statements.push(Statement { sql, params });
    for name in gone(&old.api_keys, &new.api_keys) {
        delete(DELETE_API_KEY, vec![name.as_str().into()]);
    }
    for key in gone(&old.permissions, &new.permissions) {
        delete(DELETE_PERMISSION, permission_key_params(key));
    }
    for name in gone(&old.roles, &new.roles) {
        delete(DELETE_ROLE, vec![name.as_str().into()]);
    }
}

/// Pushes the insertions and updates that lead from `old` to `new`.
pub(in crate::store) fn push_changes(old: &AccessState, new: &AccessState, statements: &mut Vec<Statement>) {
    let mut write = |sql, params| statements.push(Statement { sql, params });
    for (role, is_new) in changed(&old.roles, &new.roles) {
        write(if is_new { INSERT_ROLE } else { UPDATE_ROLE }, role_params(role));
    }
    for (permission, is_new) in changed(&old.permissions, &new.permissions) {
        let sql = if is_new {
            INSERT_PERMISSION
        } else {
            UPDATE_PERMISSION
        };
        write(sql, permission_params(permission));
    }
    for (key, is_new) in changed(&old.api_keys, &new.api_keys) {
        let sql = if is_new { INSERT_API_KEY } else { UPDATE_API_KEY };
        write(sql, api_key_params(key));
    }
}

fn gone<'a, K: Ord, V>(old: &'a BTreeMap<K, V>, new: &'a BTreeMap<K, V>) -> impl Iterator<Item = &'a K> {
    old.keys().filter(|key| !new.contains_key(*key))
}

/// Returns the records of `new` that `old` lacks or has otherwise, and whether it lacks them.
fn changed<'a, K: Ord, V: PartialEq>(
    old: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a V, bool)> {
    new.iter().filter_map(|(key, record)| match old.get(key) {
        None => Some((record, true)),
        Some(before) if before != record => Some((record, false)),
        Some(_) => None,
    })
}

fn role_params(role: &Role) -> Vec<Value> {
    vec![
        role.name.as_str().into(),
        role.description.as_str().into(),
        role.disabled.into(),
        role.can_impersonate.into(),
    ]
}

fn permission_key_params(key: &PermissionKey) -> Vec<Value> {
    vec![
        key.role.as_str().into(),
        key.type_name.as_str().into(),
        key.field_name.as_str().into(),
    ]
}

fn permission_params(permission: &RolePermission) -> Vec<Value> {
    let mut params = permission_key_params(&permission.key);
    params.extend([
        permission.hidden.into(),
        permission.disabled.into(),
        json_param(permission.filter.as_ref()),
        json_param(permission.data.as_ref()),
    ]);
    params
}

fn api_key_params(key: &ApiKey) -> Vec<Value> {
    let expires_at = key
        .expires_at
        .map(|instant| instant.format("%Y-%m-%d %H:%M:%S%.6f").to_string());
    vec![
        key.name.as_str().into(),
        key.key.as_str().into(),
        key.description.as_str().into(),
        key.default_role.as_ref().map(hugr_auth::RoleName::as_str).into(),
        key.disabled.into(),
        key.is_temporal.into(),
        expires_at.into(),
        json_param(key.headers.as_ref()),
        json_param(key.claims.as_ref()),
    ]
}

fn json_param(value: Option<&Json>) -> Value {
    value.map(Json::to_string).into()
}
