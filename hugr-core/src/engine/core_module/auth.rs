//! The functions of module `core.auth`: what a caller may ask about itself.

use hugr_auth::Identity;
use serde_json::{Value as Json, json};

use super::call::text_of;
use crate::engine::execute::Execution;
use crate::error::Result;
use crate::plan::Call;

/// Returns who asks.
pub(super) fn me(identity: &Identity) -> Json {
    let original = identity.impersonated_by.as_deref();
    json!({
        "user_id": identity.user_id,
        "user_name": identity.user_name,
        "role": identity.role,
        "auth_type": identity.auth_type,
        "auth_provider": &*identity.provider,
        "impersonated_by_user_id": original.map_or("", |original| &original.user_id),
        "impersonated_by_user_name": original.map_or("", |original| &original.user_name),
        "impersonated_by_user_role": original.map_or("", |original| original.role.as_str()),
    })
}

/// Returns the permissions of the role of who asks.
///
/// # Errors
/// `FORBIDDEN` when the role was taken away meanwhile.
pub(super) fn my_permissions(execution: &Execution<'_>) -> Result<Json> {
    let access = &execution.engine.access;
    let role = access.role(&execution.authorized.identity().role)?;
    let entries = access.permissions(&role.name).into_iter().map(|permission| {
        json!({
            "object": permission.key.type_name,
            "field": permission.key.field_name,
            "hidden": permission.hidden,
            "disabled": permission.disabled,
            "filter": as_text(permission.filter.as_ref()),
            "data": as_text(permission.data.as_ref()),
        })
    });
    Ok(json!({
        "role_name": role.name,
        "disabled": role.disabled,
        "permissions": entries.collect::<Json>(),
    }))
}

/// Returns for each of several fields whether who asks may use it.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when an argument is missing.
pub(super) fn check_access(execution: &Execution<'_>, call: &Call) -> Result<Json> {
    let type_name = text_of(call, "type_name")?;
    let fields = text_of(call, "fields")?.split(',').map(str::trim);
    let entries = fields.filter(|field| !field.is_empty()).map(|field| {
        let access = execution.authorized.rights().access(type_name, field);
        json!({ "field": field, "enabled": access.is_enabled, "visible": access.is_visible })
    });
    Ok(entries.collect())
}

/// Returns what holds for who asks on a field.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when an argument is missing.
pub(super) fn check_access_info(execution: &Execution<'_>, call: &Call) -> Result<Json> {
    let access = execution
        .authorized
        .rights()
        .access(text_of(call, "type_name")?, text_of(call, "field")?);
    Ok(json!({
        "enabled": access.is_enabled,
        "visible": access.is_visible,
        "filter": as_text(access.filter.as_ref()),
        "data": as_text(access.data.as_ref()),
    }))
}

/// Clients know these values as the text of sorted JSON, empty for none.
fn as_text(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(value) => {
            let mut sorted = value.clone();
            sorted.sort_all_objects();
            sorted.to_string()
        }
    }
}
