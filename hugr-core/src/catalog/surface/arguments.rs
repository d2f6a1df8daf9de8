//! Argument profiles of list fields (spec: argument profiles).

use crate::catalog::type_names;

/// Returns the arguments of a root list field of the object `name`.
pub(super) fn root_list(name: &str) -> String {
    format!(
        "filter: {}, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String]",
        type_names::filter(name)
    )
}

/// Returns the arguments of a to-many link to the object `name`: the root list's, which cover the children of all
/// parents together, and the `nested_*` ones, which work per parent.
pub(super) fn to_many(name: &str) -> String {
    format!(
        "{}, inner: Boolean = false, nested_order_by: [OrderByField], nested_limit: Int, nested_offset: Int",
        root_list(name)
    )
}

/// The arguments of a to-one link.
pub(super) const TO_ONE: &str = "inner: Boolean";
