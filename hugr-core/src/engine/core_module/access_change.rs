//! The data of mutations on roles, permissions and API keys as changes of the core store.

use chrono::{DateTime, NaiveDateTime, Utc};
use hugr_auth::RoleName;
use serde_json::Value as Json;

use super::change::{Data, boolean, missing, nested, read_only, required, text};
use crate::error::{Error, ErrorCode, Result};
use crate::name::{ApiKeyName, FieldName, TypeName};
use crate::store::{
    AccessChange, ApiKey, ApiKeyHash, ApiKeyPatch, Change, PermissionKey, Role, RolePatch, RolePermission,
    RolePermissionPatch,
};

/// Adds the changes that insert a row of `table`, with the rows nested in it.
pub(super) fn insert(table: &str, data: &Data, changes: &mut Vec<Change>) -> Result<()> {
    match table {
        "roles" => insert_role(data, changes),
        "role_permissions" => insert_permission(data, None, changes),
        "api_keys" => insert_api_key(data, None, changes),
        other => Err(read_only(other)),
    }
}

/// Returns the change that gives the row of `table` with `key` the values of `data`.
pub(super) fn update(table: &str, key: &Data, data: &Data) -> Result<Change> {
    let change = match table {
        "roles" => AccessChange::UpdateRole {
            name: role(key, "name")?,
            patch: RolePatch {
                description: text(data, "description"),
                disabled: boolean(data, "disabled"),
                can_impersonate: boolean(data, "can_impersonate"),
            },
        },
        "role_permissions" => AccessChange::UpdatePermission {
            key: permission_key(key, role(key, "role")?)?,
            patch: RolePermissionPatch {
                hidden: boolean(data, "hidden"),
                disabled: boolean(data, "disabled"),
                filter: nullable_json(data, "filter"),
                data: nullable_json(data, "data"),
            },
        },
        "api_keys" => AccessChange::UpdateApiKey {
            name: ApiKeyName::from(required(key, "name")?),
            patch: api_key_patch(data)?,
        },
        other => return Err(read_only(other)),
    };
    Ok(Change::Access(change))
}

/// Returns the change that removes the row of `table` with `key`.
pub(super) fn delete(table: &str, key: &Data) -> Result<Change> {
    let change = match table {
        "roles" => AccessChange::DeleteRole(role(key, "name")?),
        "role_permissions" => AccessChange::DeletePermission(permission_key(key, role(key, "role")?)?),
        "api_keys" => AccessChange::DeleteApiKey(ApiKeyName::from(required(key, "name")?)),
        other => return Err(read_only(other)),
    };
    Ok(Change::Access(change))
}

fn insert_role(data: &Data, changes: &mut Vec<Change>) -> Result<()> {
    let name = role(data, "name")?;
    changes.push(Change::Access(AccessChange::InsertRole(Role {
        description: text(data, "description").unwrap_or_default(),
        disabled: boolean(data, "disabled").unwrap_or(false),
        can_impersonate: boolean(data, "can_impersonate").unwrap_or(false),
        ..Role::new(name.as_str())
    })));
    for permission in nested(data, "permissions") {
        insert_permission(permission, Some(&name), changes)?;
    }
    for key in nested(data, "api_keys") {
        insert_api_key(key, Some(&name), changes)?;
    }
    Ok(())
}

/// `parent` is the role in which the permission is nested.
fn insert_permission(data: &Data, parent: Option<&RoleName>, changes: &mut Vec<Change>) -> Result<()> {
    let role = match parent {
        Some(parent) => parent.clone(),
        None => match inserted_along(data, "role_info", changes)? {
            Some(role) => role,
            None => role(data, "role")?,
        },
    };
    changes.push(Change::Access(AccessChange::InsertPermission(RolePermission {
        key: permission_key(data, role)?,
        hidden: boolean(data, "hidden").unwrap_or(false),
        disabled: boolean(data, "disabled").unwrap_or(false),
        filter: nullable_json(data, "filter").flatten(),
        data: nullable_json(data, "data").flatten(),
    })));
    Ok(())
}

/// `parent` is the role in which the key is nested.
fn insert_api_key(data: &Data, parent: Option<&RoleName>, changes: &mut Vec<Change>) -> Result<()> {
    let default_role = match parent {
        Some(parent) => Some(parent.clone()),
        None => match inserted_along(data, "core_roles", changes)? {
            Some(role) => Some(role),
            None => text(data, "default_role").map(RoleName::new),
        },
    };
    let name = ApiKeyName::from(required(data, "name")?);
    changes.push(Change::Access(AccessChange::InsertApiKey(ApiKey {
        name,
        key: ApiKeyHash::of(given_key(data)?.ok_or_else(|| missing("key"))?),
        description: text(data, "description").unwrap_or_default(),
        default_role,
        disabled: boolean(data, "disabled").unwrap_or(false),
        is_temporal: boolean(data, "is_temporal").unwrap_or(false),
        expires_at: instant(data, "expires_at")?.flatten(),
        headers: nullable_json(data, "headers").flatten(),
        claims: nullable_json(data, "claims").flatten(),
    })));
    Ok(())
}

/// Inserts the role that is nested in a row that belongs to it, and returns its name.
fn inserted_along(data: &Data, member: &str, changes: &mut Vec<Change>) -> Result<Option<RoleName>> {
    let Some(nested_role) = nested(data, member).next() else {
        return Ok(None);
    };
    insert_role(nested_role, changes)?;
    role(nested_role, "name").map(Some)
}

fn api_key_patch(data: &Data) -> Result<ApiKeyPatch> {
    Ok(ApiKeyPatch {
        key: given_key(data)?.map(ApiKeyHash::of),
        description: text(data, "description"),
        default_role: data
            .get("default_role")
            .map(|role| role.as_str().map(RoleName::new)),
        disabled: boolean(data, "disabled"),
        is_temporal: boolean(data, "is_temporal"),
        expires_at: instant(data, "expires_at")?,
        headers: nullable_json(data, "headers"),
        claims: nullable_json(data, "claims"),
    })
}

fn given_key(data: &Data) -> Result<Option<&str>> {
    match data.get("key").and_then(Json::as_str) {
        Some("") => Err(Error::new(
            ErrorCode::BadRequest,
            "the key of an API key must not be empty",
        )),
        key => Ok(key),
    }
}

fn permission_key(data: &Data, role: RoleName) -> Result<PermissionKey> {
    Ok(PermissionKey {
        role,
        type_name: TypeName::from(required(data, "type_name")?),
        field_name: FieldName::from(required(data, "field_name")?),
    })
}

fn role(data: &Data, member: &str) -> Result<RoleName> {
    required(data, member).map(RoleName::new)
}

/// An explicit null clears the column.
fn nullable_json(data: &Data, member: &str) -> Option<Option<Json>> {
    data.get(member)
        .map(|value| Some(value).filter(|value| !value.is_null()).cloned())
}

/// A time without an offset is one of UTC.
fn instant(data: &Data, member: &str) -> Result<Option<Option<DateTime<Utc>>>> {
    let Some(value) = data.get(member) else {
        return Ok(None);
    };
    let Some(text) = value.as_str() else {
        return Ok(Some(None));
    };
    let with_offset = DateTime::parse_from_rfc3339(text).map(|instant| instant.to_utc());
    with_offset
        .or_else(|_| text.parse::<NaiveDateTime>().map(|instant| instant.and_utc()))
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(|instant| instant.and_utc())
        })
        .map(|instant| Some(Some(instant)))
        .map_err(|error| {
            let message = format!("`{member}` expects a time such as 2031-01-02T03:04:05Z");
            Error::new(ErrorCode::GraphqlValidation, message).with_source(error)
        })
}
