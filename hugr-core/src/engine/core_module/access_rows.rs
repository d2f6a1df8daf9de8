//! The tables of module `core` that say who may do what.

use serde_json::{Value as Json, json};

use crate::plan::{Read, Step};
use crate::sql::dialect::DuckDbDialect;
use crate::sql::{RuntimeRows, render};
use crate::store::{AccessState, ApiKeyHash};

/// Returns the rows of `roles`.
pub(super) fn roles(access: &AccessState) -> Json {
    let rows = access.roles.values().map(|role| {
        json!({
            "name": role.name,
            "description": role.description,
            "disabled": role.disabled,
            "can_impersonate": role.can_impersonate,
        })
    });
    rows.collect()
}

/// Returns the rows of `role_permissions`.
pub(super) fn role_permissions(access: &AccessState) -> Json {
    let rows = access.permissions.values().map(|permission| {
        json!({
            "role": permission.key.role,
            "type_name": permission.key.type_name,
            "field_name": permission.key.field_name,
            "hidden": permission.hidden,
            "disabled": permission.disabled,
            "filter": permission.filter,
            "data": permission.data,
        })
    });
    rows.collect()
}

/// Returns the rows of `api_keys`: with digests, save for the keys that the reading itself names.
pub(super) fn api_keys(access: &AccessState, read: &Read) -> Json {
    let mut named = Vec::new();
    add_named_texts(&read.step, &mut named);
    let rows = access.api_keys.values().map(|key| {
        let known = named.iter().find(|text| ApiKeyHash::of(text) == key.key);
        json!({
            "name": key.name,
            "description": key.description,
            "key": known.map_or_else(|| key.key.as_str(), String::as_str),
            "default_role": key.default_role,
            "disabled": key.disabled,
            "is_temporal": key.is_temporal,
            "expires_at": key.expires_at.map(|instant| instant.to_rfc3339()),
            "headers": key.headers,
            "claims": key.claims,
        })
    });
    rows.collect()
}

/// Adds the texts that are bound in the statements of `step`: a caller who names a key knows it.
fn add_named_texts(step: &Step, texts: &mut Vec<String>) {
    let statement = render(&step.select, &DuckDbDialect, &RuntimeRows::new());
    for param in &statement.params {
        add_texts(&param.to_json(), texts);
    }
    for child in &step.children {
        add_named_texts(&child.step, texts);
    }
}

/// Lists are bound as the text of a JSON array.
fn add_texts(value: &Json, texts: &mut Vec<String>) {
    match value {
        Json::String(text) => {
            if let Ok(Json::Array(items)) = serde_json::from_str(text) {
                items.iter().for_each(|item| add_texts(item, texts));
            }
            texts.push(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|item| add_texts(item, texts)),
        _ => {}
    }
}

/// Puts `key` into an answer in place of its digest.
pub(super) fn reveal(answer: &mut Json, key: &str) {
    let digest = ApiKeyHash::of(key);
    match answer {
        Json::String(text) if text == digest.as_str() => key.clone_into(text),
        Json::Array(items) => items.iter_mut().for_each(|item| reveal(item, key)),
        Json::Object(members) => members.values_mut().for_each(|member| reveal(member, key)),
        _ => {}
    }
}
