//! Names of the fields that the served type of a table or view has beyond its own. PURE.

use std::collections::HashMap;

use super::model::{CallField, CallKind, Cardinality, DataObject};
use crate::name::FieldName;

/// What the names of a list's aggregations add to its own.
pub(crate) const TWIN_SUFFIXES: [&str; 2] = ["_aggregation", "_bucket_aggregation"];

/// Returns a message for each field of `object` whose name another one has; `is_object` tells whether a type is a table
/// or view. Fields declared twice are found where they are compiled: here it is about names that are derived.
pub(crate) fn clashes(object: &DataObject, is_object: impl Fn(&str) -> bool) -> Vec<String> {
    let mut owners: HashMap<String, &FieldName> = HashMap::new();
    let declared = object
        .fields
        .keys()
        .chain(object.links.keys())
        .chain(object.calls.keys());
    for name in declared {
        owners.insert(name.to_string(), name);
    }
    let lists = object
        .links
        .values()
        .filter(|link| link.cardinality == Cardinality::Many)
        .map(|link| &link.name);
    let gives_rows = |call: &&CallField| {
        matches!(call.kind, CallKind::Join { .. })
            && call.returns.is_list
            && is_object(call.returns.base_name())
    };
    let lists = lists.chain(object.calls.values().filter(gives_rows).map(|call| &call.name));
    let twins = lists.flat_map(|name| TWIN_SUFFIXES.map(|suffix| (format!("{name}{suffix}"), name)));
    let companions = object
        .companions
        .iter()
        .map(|(name, companion)| (name.to_string(), &companion.base));
    let mut messages = Vec::new();
    for (name, base) in twins.chain(companions) {
        if let Some(other) = owners.get(&name) {
            messages.push(format!(
                "`{}` gets the field `{name}` twice: the engine derives it from `{base}`, and it belongs to `{other}`",
                object.name
            ));
        } else {
            owners.insert(name, base);
        }
    }
    messages
}
