//! Which kept answers a mutation drops.

use serde_json::Value as Json;

use crate::catalog::model::DataObject;
use crate::gql::Selected;

/// Returns the tags of answers that are dropped once `object` has changed: those that `@cache` names on the mutation, and
/// with `@invalidate_cache` that of everything read from the object's source.
///
/// Without either no answer is dropped: how long an answer is kept is what the queries say.
pub(super) fn dropped_tags(object: &DataObject, selected: &Selected) -> Vec<String> {
    let mut tags = Vec::new();
    for directive in &selected.directives {
        match directive.name.as_str() {
            "cache" => match directive.arguments.get("tags") {
                Some(Json::Array(items)) => {
                    tags.extend(items.iter().filter_map(Json::as_str).map(str::to_owned));
                }
                Some(Json::String(tag)) => tags.push(tag.clone()),
                _ => {}
            },
            "invalidate_cache" => tags.push(format!("source:{}", object.source)),
            _ => {}
        }
    }
    tags
}
