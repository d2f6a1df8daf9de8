//! Which groups are wanted: conditions on what their rows have in common and on their aggregates.
//!
//! ```text
//! orders_bucket_aggregation(having: [{field: "key.status", ne: "open"}, {field: "aggregations.total.sum", gt: 100}])
//!   -> SELECT status, sum(total) FROM orders WHERE status <> $1 GROUP BY status HAVING sum(total) > $2
//! ```

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::catalog::scalar::Scalar;
use crate::error::Result;
use crate::gql::Selected;
use crate::plan::object::Objects;
use crate::plan::operator::group_conditions;
use crate::plan::sortable::{leaf_paths, not_found};
use crate::plan::tree::{OutputField, OutputValue};
use crate::sql::ast::{Expr, ResultColumn};

/// The argument with the conditions.
const ARGUMENT: &str = "having";

/// Groups, as their columns are found.
pub(super) struct Groups<'a> {
    /// What becomes of the columns.
    pub(super) output: &'a [OutputField],
    /// Scalars and values of the columns that the groups are made by.
    pub(super) keys: &'a HashMap<usize, (Scalar, Expr)>,
    /// All columns.
    pub(super) columns: &'a [ResultColumn],
    /// Scalars of the aggregates that can be compared.
    pub(super) scalars: &'a HashMap<usize, Scalar>,
    /// Whether missing groups were added, so that keys are no longer values of rows.
    pub(super) are_filled: bool,
}

/// Conditions on groups.
#[derive(Default)]
pub(super) struct WantedGroups {
    /// Those on keys: rows that do not meet them need not be grouped.
    pub(super) rows: Vec<Expr>,
    /// Those on aggregates.
    pub(super) groups: Vec<Expr>,
}

/// Returns the conditions that `selected` puts on its groups.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for paths and tests that do not exist, naming those that do.
pub(super) fn having(
    objects: &Objects<'_>,
    selected: &Selected,
    groups: &Groups<'_>,
) -> Result<WantedGroups> {
    let mut wanted = WantedGroups::default();
    let conditions = match selected.arguments.get(ARGUMENT) {
        None | Some(Json::Null) => return Ok(wanted),
        Some(Json::Array(conditions)) => conditions.as_slice(),
        Some(condition) => std::slice::from_ref(condition),
    };
    for condition in conditions.iter().filter_map(Json::as_object) {
        let mut tests = condition.clone();
        let path = tests.remove("field");
        let path = path.as_ref().and_then(Json::as_str).unwrap_or_default();
        let unknown = || not_found(ARGUMENT, path, &leaf_paths(objects, &selected.selection));
        let column = group_column(groups.output, path).ok_or_else(unknown)?;
        let shown = groups.columns.get(column).ok_or_else(unknown)?;
        if let Some((scalar, value)) = groups.keys.get(&column) {
            let value = if groups.are_filled { &shown.expr } else { value };
            wanted
                .rows
                .extend(group_conditions(*scalar, value, &tests, path)?);
            continue;
        }
        let scalar = groups.scalars.get(&column).ok_or_else(unknown)?;
        wanted
            .groups
            .extend(group_conditions(*scalar, &shown.expr, &tests, path)?);
    }
    Ok(wanted)
}

/// Returns the result column of a scalar, found by a path of names in the response.
pub(in crate::plan) fn group_column(output: &[OutputField], path: &str) -> Option<usize> {
    let (key, rest) = path
        .split_once('.')
        .map_or((path, None), |(key, rest)| (key, Some(rest)));
    let field = output.iter().find(|field| field.key == key)?;
    match (&field.value, rest) {
        (OutputValue::Column(index), None) => Some(*index),
        (OutputValue::Object { fields, .. }, Some(rest)) => group_column(fields, rest),
        _ => None,
    }
}
