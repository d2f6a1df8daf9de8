//! Filters that a role's rows must pass. They fail closed: what cannot be said of the caller lets no row through.

use std::borrow::Cow;

use hugr_auth::Identity;
use serde_json::{Map, Value as Json};

use super::placeholder::filled_members;

/// Which rows a rule lets through.
#[derive(Clone, Debug, PartialEq)]
pub enum RowFilter {
    /// None.
    Nothing,
    /// Those that meet the filter, in the form of the object's filter input.
    Matching(Map<String, Json>),
}

impl RowFilter {
    /// Returns the filter of a rule for `identity`; `None` when the rule sets none: null, or an object without members.
    ///
    /// A filter that names something unknown of `identity`, and one with a part that filters leave out, such as a
    /// comparison with null, lets nothing through.
    pub(super) fn of(rule: Option<&Json>, identity: &Identity) -> Option<Self> {
        let filter = as_object(rule?);
        match filter.as_deref() {
            None => Some(Self::Nothing),
            Some(Json::Object(members)) if members.is_empty() => None,
            Some(Json::Object(members)) if !members.iter().any(|(name, value)| vanishes(name, value)) => {
                Some(filled_members(members, identity).map_or(Self::Nothing, Self::Matching))
            }
            Some(Json::Null) => None,
            Some(_) => Some(Self::Nothing),
        }
    }
}

/// A rule may hold the text of its filter.
fn as_object(rule: &Json) -> Option<Cow<'_, Json>> {
    match rule {
        Json::String(text) if text.is_empty() => Some(Cow::Owned(Json::Null)),
        Json::String(text) => serde_json::from_str(text).ok().map(Cow::Owned),
        other => Some(Cow::Borrowed(other)),
    }
}

/// Returns whether a part of a filter means nothing, so that a client's filter would go on without it.
fn vanishes(name: &str, value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Object(members) => {
            members.is_empty() || members.iter().any(|(name, value)| vanishes(name, value))
        }
        Json::Array(items) if matches!(name, "_and" | "_or") => {
            items.is_empty() || items.iter().any(|item| vanishes(name, item))
        }
        Json::Array(_) | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use hugr_auth::RoleName;
    use serde_json::json;

    use super::*;

    fn filter(rule: &Json) -> Option<RowFilter> {
        let identity = Identity {
            user_id: "7".to_owned(),
            ..Identity::anonymous(RoleName::new("clerk"))
        };
        RowFilter::of(Some(rule), &identity)
    }

    fn matching(filter: &Json) -> Option<RowFilter> {
        filter.as_object().cloned().map(RowFilter::Matching)
    }

    #[test]
    fn placeholders_are_filled_in() {
        let rule =
            json!({"_or": [{"owner": {"eq": "[$auth.user_id]"}}, {"n": {"in": ["[$auth.user_id_int]", 1]}}]});
        let filled = json!({"_or": [{"owner": {"eq": "7"}}, {"n": {"in": [7, 1]}}]});
        assert_eq!(filter(&rule), matching(&filled));
    }

    #[test]
    fn texts_that_only_hold_a_placeholder_stay() {
        let rule = json!({"name": {"eq": "x [$auth.user_id]"}});
        assert_eq!(filter(&rule), matching(&rule));
    }

    #[test]
    fn the_text_of_a_filter_is_a_filter() {
        let rule = Json::from(r#"{"id": {"eq": 1}}"#);
        assert_eq!(filter(&rule), matching(&json!({"id": {"eq": 1}})));
        assert_eq!(filter(&Json::from("id = 1")), Some(RowFilter::Nothing));
    }

    #[test]
    fn without_members_there_is_no_filter() {
        for rule in [json!({}), json!(null), json!(""), json!("{}")] {
            assert_eq!(filter(&rule), None, "{rule}");
        }
    }

    #[test]
    fn what_would_vanish_hides_everything() {
        for rule in [
            json!({"tenant": {"eq": "[$auth.tenant]"}}),
            json!({"_or": [{"id": {"eq": 1}}, {"tenant": {"eq": "[$auth.tenant]"}}]}),
            json!({"id": {"eq": null}}),
            json!({"id": {}}),
            json!({"_not": {"id": {"eq": null}}}),
            json!({"id": {"eq": 1}, "_or": []}),
            json!({"_and": [{"id": {"eq": 1}}, {}]}),
            json!({"customer": {"any_of": {"id": null}}}),
            json!([1]),
            json!(true),
        ] {
            assert_eq!(filter(&rule), Some(RowFilter::Nothing), "{rule}");
        }
    }
}
