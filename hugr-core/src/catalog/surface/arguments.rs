//! Argument profiles of list fields (spec: argument profiles).

use std::fmt::Write;

use crate::catalog::model::DataObject;
use crate::catalog::type_names;

/// Per-parent paging, and whether parents without a match are dropped.
const NESTED: &str =
    ", inner: Boolean = false, nested_order_by: [OrderByField], nested_limit: Int, nested_offset: Int";

/// How a list field pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paging {
    Paged,
    Whole,
}

/// Returns the arguments of the root fields that read, aggregate and bucket `object`.
pub(super) fn root_list(object: &DataObject) -> String {
    let mut text = parameters(object);
    push_selection(&mut text, object, Paging::Paged);
    push_search(&mut text, object);
    text
}

/// Returns the arguments of a to-many link to `object`: the root list's, which cover the children of all parents
/// together, and the `nested_*` ones, which work per parent. Aggregations of aggregations take the same.
pub(super) fn to_many(object: &DataObject) -> String {
    let mut text = parameters(object);
    push_selection(&mut text, object, Paging::Paged);
    text.push_str(NESTED);
    text
}

/// Returns the arguments of a to-many link to `object` inside an aggregation.
pub(super) fn aggregated(object: &DataObject) -> String {
    let mut text = parameters(object);
    push_selection(&mut text, object, Paging::Whole);
    text.push_str(NESTED);
    text
}

/// Returns `arguments`, those of a list, with what its groups can be chosen by.
pub(super) fn with_groups(arguments: &str) -> String {
    format!("{arguments}, having: [GroupCondition!]")
}

/// Returns the arguments of a to-one link to `object`.
pub(super) fn to_one(object: &DataObject) -> String {
    let mut text = parameters(object);
    text.push_str("inner: Boolean");
    text
}

/// Returns the arguments of a root field that reads one row of `object` by `key`, which is SDL.
pub(super) fn look_up(object: &DataObject, key: &str) -> String {
    format!("{}{key}", parameters(object))
}

/// Returns the arguments of the members of `_join`.
pub(super) fn joined(object: &DataObject) -> String {
    shared(&parameters(object), "fields: [String!]!", object, Paging::Paged)
}

/// Returns the arguments of the members of `_join_aggregation`.
pub(super) fn joined_aggregation(object: &DataObject) -> String {
    shared(&parameters(object), "fields: [String!]!", object, Paging::Whole)
}

/// Returns the arguments of the members of `_spatial`.
pub(super) fn spatial(object: &DataObject) -> String {
    shared("", "field: String!", object, Paging::Paged)
}

/// Returns the arguments of the members of `_spatial_aggregation`.
pub(super) fn spatial_aggregation(object: &DataObject) -> String {
    shared("", "field: String!", object, Paging::Whole)
}

/// Returns the arguments of the members of `_h3_data_query`.
pub(super) fn h3(object: &DataObject) -> String {
    format!(
        "{}, transform_from: Int, buffer: Float, divide_values: Boolean, simplify: Boolean = true",
        spatial(object)
    )
}

fn shared(parameters: &str, by: &str, object: &DataObject, paging: Paging) -> String {
    let mut text = format!("{parameters}{by}, ");
    push_selection(&mut text, object, paging);
    text.push_str(NESTED);
    push_search(&mut text, object);
    text
}

/// Returns the argument with the parameters of `object` and the comma after it; nothing when it has none to give.
fn parameters(object: &DataObject) -> String {
    match &object.parameters {
        Some(parameters) if parameters.is_served() => {
            let mark = if parameters.is_required { "!" } else { "" };
            format!("args: {}{mark}, ", parameters.input)
        }
        _ => String::new(),
    }
}

fn push_selection(text: &mut String, object: &DataObject, paging: Paging) {
    let filter = type_names::filter(object.name.as_str());
    // Writing to a String cannot fail.
    let _ = write!(text, "filter: {filter}, order_by: [OrderByField]");
    if paging == Paging::Paged {
        text.push_str(", limit: Int = 2000, offset: Int = 0");
    }
    text.push_str(", distinct_on: [String]");
}

fn push_search(text: &mut String, object: &DataObject) {
    if object.has_vectors() {
        text.push_str(", similarity: VectorSearchInput");
    }
    if object.embeddings.is_some() {
        text.push_str(", semantic: SemanticSearchInput");
    }
}
