//! From the claims of a token to role and user.

use serde_json::{Map, Value};

use crate::claims::{find, text};
use crate::identity::RoleName;
use crate::settings::ClaimNames;

/// Claims whose scopes may name the role.
const SCOPE_CLAIMS: [&str; 2] = ["scopes", "scope"];

/// Returns the role that the role's claim names: its text, or the first item of its list that begins with `prefix`,
/// without it.
#[must_use]
pub fn role_claim(claims: &Map<String, Value>, names: &ClaimNames, prefix: &str) -> Option<RoleName> {
    match find(claims, &names.role)? {
        Value::Array(items) => first_with(items.iter().filter_map(Value::as_str), prefix),
        single => text(single).map(RoleName::new),
    }
}

/// Returns the role that a scope with `prefix` names; an empty prefix names none, for any scope would be a role.
#[must_use]
pub fn role_scope(claims: &Map<String, Value>, prefix: &str) -> Option<RoleName> {
    if prefix.is_empty() {
        return None;
    }
    SCOPE_CLAIMS.iter().find_map(|name| match claims.get(*name)? {
        Value::Array(items) => first_with(items.iter().filter_map(Value::as_str), prefix),
        Value::String(list) => first_with(list.split_whitespace(), prefix),
        _ => None,
    })
}

fn first_with<'a>(mut items: impl Iterator<Item = &'a str>, prefix: &str) -> Option<RoleName> {
    items
        .find_map(|item| item.strip_prefix(prefix).filter(|role| !role.is_empty()))
        .map(RoleName::new)
}

/// Returns the text of the claim at `path`; empty when there is none.
#[must_use]
pub fn user_claim(claims: &Map<String, Value>, path: &str) -> String {
    find(claims, path).and_then(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn roles(claims: &Value, path: &str, prefix: &str) -> (Option<String>, Option<String>) {
        let claims = claims.as_object().cloned().unwrap_or_default();
        let names = ClaimNames {
            role: path.to_owned(),
            ..ClaimNames::default()
        };
        let text = |role: Option<RoleName>| role.map(|role| role.as_str().to_owned());
        (
            text(role_claim(&claims, &names, prefix)),
            text(role_scope(&claims, prefix)),
        )
    }

    #[test]
    fn roles_are_texts_or_the_first_fitting_item() {
        let claims = json!({
            "one": "editor", "many": ["x", "hugr:reader", "hugr:admin"], "realm_access": {"roles": ["first", "second"]},
            "scope": "openid hugr:scoped", "none": [], "wrong": {"a": 1},
        });
        let named = |text: &str| Some(text.to_owned());
        assert_eq!(roles(&claims, "one", "hugr:"), (named("editor"), named("scoped")));
        assert_eq!(roles(&claims, "many", "hugr:").0, named("reader"));
        assert_eq!(roles(&claims, "realm_access.roles", "").0, named("first"));
        assert_eq!(roles(&claims, "none", ""), (None, None));
        assert_eq!(roles(&claims, "wrong", "").0, None);
    }
}
