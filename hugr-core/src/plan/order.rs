//! Sorting and paging: `order_by`, `limit`, `offset`, `distinct_on` and their per-parent twins.

use serde_json::Value as Json;

use super::columns::Row;
use super::object::Objects;
use super::sortable::{leaf_paths, not_sortable, sortable};
use crate::catalog::model::DataObject;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::sql::ast::{Direction, Expr, NullsOrder, OrderItem};
use crate::sql::dialect::Backend;

/// Returns the number in argument `name`; absent and null are `None`.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when it is negative.
pub(super) fn count(arguments: &Arguments, name: &str) -> Result<Option<u64>> {
    let Some(value) = arguments.get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    match value.as_u64() {
        Some(count) => Ok(Some(count)),
        None => Err(Error::new(
            ErrorCode::GraphqlValidation,
            format!("argument `{name}` must not be negative, it is {value}"),
        )),
    }
}

/// Returns the sort keys in argument `name`, which addresses fields by their place in `selection`.
pub(super) fn sort_keys(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    selected: &Selected,
    name: &str,
) -> Result<Vec<OrderItem>> {
    let row = Row { object, alias };
    let mut keys = items(selected, name, |path| {
        sortable(objects, row, &selected.selection, path)
    })?;
    if objects.backend != Backend::DuckDb {
        let paths = list(&selected.arguments, name).iter();
        for (key, path) in keys.iter_mut().zip(paths) {
            let path = path.get("field").and_then(Json::as_str).unwrap_or_default();
            nulls_last(key, is_never_null(object, &selected.selection, path));
        }
    }
    Ok(keys)
}

/// NULLs come last in both directions, as in DuckDB. Where there are none, nothing is said of them: an index that does not
/// put them there still serves.
fn nulls_last(key: &mut OrderItem, is_never_null: bool) {
    if key.direction == Direction::Descending && key.nulls.is_none() && !is_never_null {
        key.nulls = Some(NullsOrder::Last);
    }
}

fn is_never_null(object: &DataObject, selection: &[Selected], path: &str) -> bool {
    let selected = selection.iter().find(|selected| selected.key == path);
    let field = selected.and_then(|selected| object.fields.get(&selected.name));
    field.is_some_and(|field| field.ty.is_required)
}

/// Returns the sort keys of groups in argument `name`; `value` finds what a path addresses.
pub(super) fn sort_items(
    objects: &Objects<'_>,
    selected: &Selected,
    name: &str,
    value: impl Fn(&str) -> Option<Expr>,
) -> Result<Vec<OrderItem>> {
    let mut keys = items(selected, name, |path| {
        value(path).ok_or_else(|| not_sortable(path, &leaf_paths(objects, &selected.selection)))
    })?;
    if objects.backend != Backend::DuckDb {
        for key in &mut keys {
            nulls_last(key, false);
        }
    }
    Ok(keys)
}

fn items(selected: &Selected, name: &str, value: impl Fn(&str) -> Result<Expr>) -> Result<Vec<OrderItem>> {
    let mut keys = Vec::new();
    for item in list(&selected.arguments, name) {
        let member = |member: &str| item.get(member).and_then(Json::as_str);
        keys.push(OrderItem {
            expr: value(member("field").unwrap_or_default())?,
            direction: match member("direction") {
                Some("DESC") => Direction::Descending,
                _ => Direction::Ascending,
            },
            nulls: match member("nulls") {
                Some("FIRST") => Some(NullsOrder::First),
                Some("LAST") => Some(NullsOrder::Last),
                _ => None,
            },
        });
    }
    Ok(keys)
}

/// Returns the values that `distinct_on` names.
pub(super) fn distinct_keys(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    selected: &Selected,
) -> Result<Vec<Expr>> {
    list(&selected.arguments, "distinct_on")
        .iter()
        .filter_map(Json::as_str)
        .map(|path| sortable(objects, Row { object, alias }, &selected.selection, path))
        .collect()
}

fn list<'a>(arguments: &'a Arguments, name: &str) -> &'a [Json] {
    match arguments.get(name) {
        None | Some(Json::Null) => &[],
        Some(Json::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
    }
}
