//! One object's step: its columns, its conditions, and the steps below it.

use super::children::has_children;
use super::columns::{Columns, Row, dimensions};
use super::condition::object_filter;
use super::derived::nearest_rows;
use super::expected::defer_limit;
use super::follow::{follow, follow_member, holds_joins};
use super::object::{DeletedRows, Objects};
use super::order::{count, distinct_keys, sort_keys};
use super::tree::Step;
use crate::catalog::model::DataObject;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::sql::ast::{Expr, Select};
use crate::sql::dialect::Backend;

/// Alias of a root object.
pub(super) const ROOT_ALIAS: &str = "_objects";
/// Arguments of lists that are not supported yet.
const UNSUPPORTED_ARGUMENTS: [&str; 1] = ["semantic"];

/// Returns the step for a root field of `object`; `conditions` are added to those of its arguments.
pub(super) fn root_step(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
    conditions: impl FnOnce(&str) -> Result<Vec<Expr>>,
) -> Result<Step> {
    let mut filters = conditions(ROOT_ALIAS)?;
    filters.extend(row_conditions(objects, object, ROOT_ALIAS, selected)?);
    let mut columns = Columns::new(objects);
    let row = Row {
        object,
        alias: ROOT_ALIAS,
    };
    let output = columns.all(row, &selected.selection)?;
    let base = Select {
        from: Some(objects.relation(object, ROOT_ALIAS, &selected.arguments)?),
        filters,
        ..Select::default()
    };
    let base = nearest_rows(object, ROOT_ALIAS, selected, base)?;
    let order_by = sort_keys(objects, object, ROOT_ALIAS, selected, "order_by")?;
    let mut select = Select {
        distinct_on: distinct_keys(objects, object, ROOT_ALIAS, selected)?,
        group_by: dimensions(&columns.columns),
        columns: columns.columns,
        joins: columns.joins,
        order_by: if order_by.is_empty() {
            base.order_by
        } else {
            order_by
        },
        limit: count(&selected.arguments, "limit")?,
        offset: count(&selected.arguments, "offset")?,
        ..base
    };
    if objects.backend == Backend::DuckDb {
        defer_limit(object, ROOT_ALIAS, &mut select)?;
    }
    Ok(Step {
        source: object.source.clone(),
        backend: objects.backend,
        select,
        output,
        children: columns.children,
    })
}

/// Returns the conditions on rows of `object`: those that always hold, its `filter`, and that the children of `inner` links
/// exist.
pub(super) fn row_conditions(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    selected: &Selected,
) -> Result<Vec<Expr>> {
    refuse_directives(object, selected)?;
    if let Some(argument) = UNSUPPORTED_ARGUMENTS
        .iter()
        .find(|name| selected.arguments.contains_key(**name))
    {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "argument `{argument}` of `{}` is not supported yet",
                selected.name
            ),
        ));
    }
    let deleted = if selected.has_directive("with_deleted") {
        DeletedRows::Shown
    } else {
        DeletedRows::Hidden
    };
    let mut conditions = objects.conditions(object, alias, deleted)?;
    let (parent, field) = (selected.parent.as_str(), selected.name.as_str());
    conditions.extend(objects.field_conditions(parent, field, (object, alias))?);
    if let Some(filter) = selected
        .arguments
        .get("filter")
        .and_then(serde_json::Value::as_object)
    {
        conditions.extend(object_filter(objects, object, alias, filter)?);
    }
    let row = Row { object, alias };
    for child in &selected.selection {
        if is_inner(child)
            && let Some(followed) = follow(objects, object, child)?
        {
            conditions.push(has_children(objects, row, followed, child)?);
        }
        if holds_joins(child) {
            for member in child.selection.iter().filter(|member| is_inner(member)) {
                let followed = follow_member(objects, object, child, member)?;
                conditions.push(has_children(objects, row, followed, member)?);
            }
        }
    }
    Ok(conditions)
}

/// Refuses directives that would change the answer and cannot be followed.
fn refuse_directives(object: &DataObject, selected: &Selected) -> Result<()> {
    for directive in &selected.directives {
        let reason = match directive.name.as_str() {
            "add_h3" => "its columns cannot be selected: use the root field `h3`".to_owned(),
            "at" if names_state(&directive.arguments) => format!(
                "data source `{}` keeps no past states of `{}`",
                object.source, object.name
            ),
            _ => continue,
        };
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("directive `@{}` on `{}`: {reason}", directive.name, selected.name),
        ));
    }
    Ok(())
}

/// Returns whether the arguments of `@at` name a state; version 0 is the present one.
fn names_state(arguments: &Arguments) -> bool {
    arguments
        .iter()
        .any(|(name, value)| !(value.is_null() || name == "version" && value.as_i64() == Some(0)))
}

/// Returns whether parents without rows are dropped.
pub(super) fn is_inner(selected: &Selected) -> bool {
    selected.arguments.get("inner") == Some(&serde_json::Value::Bool(true))
}
