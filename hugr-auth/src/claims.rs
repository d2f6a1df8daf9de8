//! What a token or a managed key says about its bearer, beside role and user.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

/// Single values by name, for row filters like `[$auth.tenant]`: texts, numbers and booleans. Cheap to clone.
///
/// Lists, objects and nulls are left out: a filter on them must find nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims(Arc<BTreeMap<String, Value>>);

impl Claims {
    /// Returns the single values of `object`.
    #[must_use]
    pub fn from_object(object: &Map<String, Value>) -> Self {
        let scalars = object
            .iter()
            .filter(|(_, value)| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)))
            .map(|(name, value)| (name.clone(), value.clone()));
        Self(Arc::new(scalars.collect()))
    }

    /// Returns the claim called `name`: a text, a number or a boolean.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns all claims, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Returns the value at `path` of `object`: a member of that very name, else the members between the dots, inwards.
///
/// `https://hugr.example/role` is a name with dots, `realm_access.roles` a path.
#[must_use]
pub fn find<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(dot, _)| {
        let inner = object.get(&path[..dot])?.as_object()?;
        find(inner, &path[dot + 1..])
    })
}

/// Returns a text, or a number as text; `None` for anything else and for the empty text.
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn only_single_values_are_claims() {
        let claims = Claims::from_object(&object(
            &json!({"a": "x", "b": 1, "c": true, "d": null, "e": [1], "f": {}}),
        ));
        let names: Vec<_> = claims.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(claims.get("b"), Some(&json!(1)));
        assert_eq!(claims.get("d"), None);
    }

    #[test]
    fn paths_and_names_with_dots() {
        let claims =
            object(&json!({"https://x.example/role": "a", "realm": {"roles": ["b"], "x.y": {"z": "c"}}}));
        assert_eq!(find(&claims, "https://x.example/role"), Some(&json!("a")));
        assert_eq!(find(&claims, "realm.roles"), Some(&json!(["b"])));
        assert_eq!(find(&claims, "realm.x.y.z"), Some(&json!("c")));
        assert_eq!(find(&claims, "realm.none"), None);
        assert_eq!(find(&claims, "realm."), None);
    }
}
