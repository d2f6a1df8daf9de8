//! `[$auth.name]` in filters and presets: what is known of the caller.

use hugr_auth::Identity;
use serde_json::{Map, Value as Json};

/// Returns what `[$auth.name]` stands for; `None` when that is not known of `identity`.
///
/// The names: `user_id`, `user_id_int` (0 for an id that is no number), `user_name`, `role`, `auth_type`, `provider`,
/// `impersonated_by_role`, `impersonated_by_user_id`, `impersonated_by_user_name`; else a claim.
#[must_use]
pub fn identity_value(identity: &Identity, name: &str) -> Option<Json> {
    let text = |value: &str| Some(Json::from(value)).filter(|_| !value.is_empty());
    let original = identity.impersonated_by.as_deref();
    match name {
        "user_id" => text(&identity.user_id),
        "user_id_int" if identity.user_id.is_empty() => None,
        "user_id_int" => Some(identity.user_id.parse::<i64>().unwrap_or_default().into()),
        "user_name" => text(&identity.user_name),
        "role" => text(identity.role.as_str()),
        "auth_type" => text(identity.auth_type),
        "provider" => text(&identity.provider),
        "impersonated_by_role" => text(original?.role.as_str()),
        "impersonated_by_user_id" => text(&original?.user_id),
        "impersonated_by_user_name" => text(&original?.user_name),
        claim => identity.claims.get(claim).cloned(),
    }
}

/// Returns the name in a text that is a placeholder as a whole.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    text.strip_prefix("[$auth.")?.strip_suffix(']')
}

/// Returns `value` with its placeholders filled in.
///
/// # Errors
/// The name of the first one that is not known of `identity`.
pub(super) fn filled(value: &Json, identity: &Identity) -> Result<Json, String> {
    Ok(match value {
        Json::String(text) => match placeholder(text) {
            Some(name) => identity_value(identity, name).ok_or_else(|| name.to_owned())?,
            None => value.clone(),
        },
        Json::Array(items) => {
            let items: Result<_, _> = items.iter().map(|item| filled(item, identity)).collect();
            Json::Array(items?)
        }
        Json::Object(members) => Json::Object(filled_members(members, identity)?),
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    })
}

/// Like [`filled`], for the members of an object.
///
/// # Errors
/// The name of the first placeholder that is not known of `identity`.
pub(super) fn filled_members(
    members: &Map<String, Json>,
    identity: &Identity,
) -> Result<Map<String, Json>, String> {
    members
        .iter()
        .map(|(name, member)| Ok((name.clone(), filled(member, identity)?)))
        .collect()
}
