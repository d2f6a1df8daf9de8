//! The values that paths of response names address, for sorting and `distinct_on` (spec §1.5).

use super::aggregate;
use super::call::field_call;
use super::columns::Row;
use super::derived;
use super::follow::{Followed, follow, follow_member, holds_joins};
use super::link::Twin;
use super::object::{DeletedRows, Objects};
use super::structure::selected_member;
use crate::catalog::model::{BaseType, CallKind, Cardinality, Field, TypeBase};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::TypeName;
use crate::sql::ast::{Aggregate, AggregateFunction, Expr, ResultColumn, Select};

/// Most valid paths that an error names.
const MAX_NAMED_PATHS: usize = 20;

/// Returns the scalar at `path`, whose steps are names in the response to `selection` on `row`.
///
/// # Errors
/// `GRAPHQL_VALIDATION`, naming the valid paths, when there is none.
pub(super) fn sortable(
    objects: &Objects<'_>,
    row: Row<'_>,
    selection: &[Selected],
    path: &str,
) -> Result<Expr> {
    match value_at(objects, row, selection, path)? {
        Some(value) => Ok(value),
        None => {
            let mut valid = Vec::new();
            add_paths(objects, Some(row), selection, "", &mut valid);
            Err(not_sortable(path, &valid))
        }
    }
}

/// Returns the error for a path that addresses nothing that can be sorted by.
pub(super) fn not_sortable(path: &str, valid: &[String]) -> Error {
    Error::new(
        ErrorCode::GraphqlValidation,
        format!(
            "field `{path}` not found in the selection or not sortable; sortable are {}",
            named(valid)
        ),
    )
}

/// Returns the error for a path in the argument `argument` that addresses no value.
pub(super) fn not_found(argument: &str, path: &str, valid: &[String]) -> Error {
    Error::new(
        ErrorCode::GraphqlValidation,
        format!(
            "argument `{argument}`: field `{path}` not found in the selection; it has {}",
            named(valid)
        ),
    )
}

fn named(valid: &[String]) -> String {
    let more = if valid.len() > MAX_NAMED_PATHS {
        ", …"
    } else {
        ""
    };
    let named: Vec<_> = valid.iter().take(MAX_NAMED_PATHS).map(String::as_str).collect();
    format!("{}{more}", named.join(", "))
}

/// Returns the paths of all scalars in `selection`, whatever they are of.
pub(super) fn leaf_paths(objects: &Objects<'_>, selection: &[Selected]) -> Vec<String> {
    let mut paths = Vec::new();
    add_paths(objects, None, selection, "", &mut paths);
    paths
}

fn value_at(objects: &Objects<'_>, row: Row<'_>, selection: &[Selected], path: &str) -> Result<Option<Expr>> {
    let (key, rest) = split(path);
    let Some(selected) = selection.iter().find(|selected| selected.key == key) else {
        return Ok(None);
    };
    if let Some(field) = row.object.fields.get(&selected.name) {
        let value = derived::value(row.object, row.alias, field, &selected.arguments)?;
        return Ok(column(objects, field, value, selected, rest));
    }
    if let Some((value, _)) = derived::companion(row.object, row.alias, selected)? {
        return Ok(Some(value).filter(|_| rest.is_none()));
    }
    if row
        .object
        .calls
        .get(&selected.name)
        .is_some_and(|call| call.kind == CallKind::Value)
    {
        return called(objects, row, selected, rest);
    }
    let Some(rest) = rest else { return Ok(None) };
    if holds_joins(selected) {
        let (key, rest) = split(rest);
        let member = selected.selection.iter().find(|member| member.key == key);
        return match (member, rest) {
            (Some(member), Some(rest)) => {
                let followed = follow_member(objects, row.object, selected, member)?;
                followed_value(objects, row, followed, member, rest)
            }
            _ => Ok(None),
        };
    }
    match follow(objects, row.object, selected)? {
        Some(followed) => followed_value(objects, row, followed, selected, rest),
        None => Ok(None),
    }
}

/// Returns a value of what a navigation field leads to: of the one row, of a joined row, or of the rows' aggregates.
fn followed_value(
    objects: &Objects<'_>,
    row: Row<'_>,
    followed: Followed<'_>,
    selected: &Selected,
    path: &str,
) -> Result<Option<Expr>> {
    match (followed.twin, followed.cardinality) {
        (Twin::Rows, _) if objects.unnested(row.alias, &selected.key).is_some() => {
            let alias = objects.unnested(row.alias, &selected.key).unwrap_or_default();
            let joined = Row {
                object: &followed.target,
                alias: &alias,
            };
            value_at(objects, joined, &selected.selection, path)
        }
        (Twin::Rows, Cardinality::One) => {
            let conditions = followed.rows.of_parent(row)?;
            let Followed { target, rows, .. } = followed;
            let related = Row {
                object: &target,
                alias: &rows.alias,
            };
            let Some(value) = value_at(objects, related, &selected.selection, path)? else {
                return Ok(None);
            };
            let mut filters = rows.filters;
            filters.extend(conditions);
            filters.extend(objects.conditions(&target, &rows.alias, DeletedRows::Hidden)?);
            let (parent, field) = (selected.parent.as_str(), selected.name.as_str());
            filters.extend(objects.field_conditions(parent, field, (&target, &rows.alias))?);
            let select = Select {
                from: Some(rows.from),
                joins: rows.joins,
                filters,
                ..Select::default()
            };
            Ok(Some(any_of(select, value)))
        }
        (Twin::Aggregation, _) => aggregate::link_value(objects, row, followed, selected, path),
        (Twin::Rows | Twin::Buckets, _) => Ok(None),
    }
}

/// Returns `value` of the one row of `select`; of some row when the link's key is not unique after all.
fn any_of(select: Select, value: Expr) -> Expr {
    // Databases refuse a correlated query that could return several rows, and DuckDB one with a limit.
    let any = Aggregate {
        function: AggregateFunction::Any,
        argument: Some(value),
        is_distinct: false,
        order_by: Vec::new(),
        filter: None,
    };
    Expr::Scalar(Box::new(Select {
        columns: vec![ResultColumn {
            expr: Expr::Aggregate(Box::new(any)),
            alias: "value".to_owned(),
        }],
        ..select
    }))
}

/// Returns the value of a field that calls a function, or of a member of it.
fn called(
    objects: &Objects<'_>,
    row: Row<'_>,
    selected: &Selected,
    rest: Option<&str>,
) -> Result<Option<Expr>> {
    let Some(call) = row.object.calls.get(&selected.name) else {
        return Ok(None);
    };
    let (function, text) = field_call(objects, (row.object, row.alias), call, selected)?;
    if function.returns.is_list {
        return Ok(None);
    }
    let value = Expr::Text(text);
    Ok(match (&function.returns.base, rest) {
        (TypeBase::Scalar(_), None) => Some(value),
        (TypeBase::Named(name), Some(rest)) => member(objects, name, &value, &selected.selection, rest),
        (TypeBase::Scalar(_), Some(_)) | (TypeBase::Named(_), None) => None,
    })
}

fn column(
    objects: &Objects<'_>,
    field: &Field,
    value: Expr,
    selected: &Selected,
    rest: Option<&str>,
) -> Option<Expr> {
    if field.ty.is_list {
        return None;
    }
    match (&field.ty.base, rest) {
        (BaseType::Scalar(_) | BaseType::Enum(_), None) => Some(value),
        (BaseType::Struct(ty), Some(rest)) => member(objects, ty, &value, &selected.selection, rest),
        (BaseType::Scalar(_) | BaseType::Enum(_), Some(_)) | (BaseType::Struct(_), None) => None,
    }
}

fn member(
    objects: &Objects<'_>,
    ty: &TypeName,
    value: &Expr,
    selection: &[Selected],
    path: &str,
) -> Option<Expr> {
    let (key, rest) = split(path);
    let selected = selection.iter().find(|selected| selected.key == key)?;
    let ty = objects.catalog.struct_type(ty.as_str())?;
    let field = ty.fields.get(&selected.name)?;
    let value = selected_member(ty, value, field, selected).ok()?;
    column(objects, field, value, selected, rest)
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('.')
        .map_or((path, None), |(key, rest)| (key, Some(rest)))
}

/// Adds the paths of the scalars in `selection`, without those in lists of `row`, when it is known.
fn add_paths(
    objects: &Objects<'_>,
    row: Option<Row<'_>>,
    selection: &[Selected],
    prefix: &str,
    paths: &mut Vec<String>,
) {
    for selected in selection {
        if selected.name.as_str() == "__typename" {
            continue;
        }
        let path = format!("{prefix}{}", selected.key);
        let is_list = row
            .and_then(|row| row.object.fields.get(&selected.name))
            .is_some_and(|field| field.ty.is_list);
        if selected.selection.is_empty() {
            if !is_list {
                paths.push(path);
            }
            continue;
        }
        let followed = row.and_then(|row| follow(objects, row.object, selected).ok().flatten());
        let prefix = format!("{path}.");
        match followed {
            Some(followed) if followed.twin == Twin::Rows => {
                let is_joined = row.is_some_and(|row| objects.unnested(row.alias, &selected.key).is_some());
                if is_joined || followed.cardinality == Cardinality::One {
                    let related = Row {
                        object: &followed.target,
                        alias: &followed.rows.alias,
                    };
                    add_paths(objects, Some(related), &selected.selection, &prefix, paths);
                }
            }
            Some(followed) if followed.twin == Twin::Buckets => {}
            _ => add_paths(objects, None, &selected.selection, &prefix, paths),
        }
    }
}
