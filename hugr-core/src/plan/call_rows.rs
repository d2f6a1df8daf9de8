//! Rows of a table function that belong to a row (`@table_function_call_join`, spec §5.3).
//!
//! ```text
//! customers { orders_since(since: "2024-01-01") { id } }   joined by id = customer_id
//!   -> SELECT r.id, r.customer_id AS __key0 FROM (SELECT * FROM orders_since($1)) AS r WHERE r.customer_id IN (…)
//! ```
//!
//! A function that takes values of the row is called for each of the parents at hand.

use std::borrow::Cow;

use super::call::{RowArguments, call_text, defaults_filled, row_path, row_type, sql_call};
use super::column;
use super::function::table_rows;
use super::join::{Source, condition_text, key_type};
use super::link::{LinkKey, LinkRows, field_of};
use super::object::Objects;
use crate::catalog::model::{CallField, CallKind, DataObject, Function, FunctionKind, Origin, StructType};
use crate::error::{Error, Result};
use crate::gql::Selected;
use crate::sql::ast::{Expr, Join, JoinKind, Relation, RelationSource};
use crate::sql::dialect::Backend;

/// Returns the rows of `call`, a field of `owner`, and what they are.
///
/// # Errors
/// As [`call_text`].
pub(super) fn rows<'a>(
    objects: &Objects<'a>,
    owner: &DataObject,
    call: &CallField,
    selected: &Selected,
) -> Result<(Cow<'a, DataObject>, LinkRows)> {
    let function = objects
        .catalog
        .function(FunctionKind::Query, &call.module, &call.function)
        .ok_or_else(|| Error::internal(format!("the catalog has no function `{}`", call.function)))?;
    let CallKind::Join { keys, condition } = &call.kind else {
        return Err(Error::internal(format!("`{}` gives no rows", call.name)));
    };
    let target = rows_type(objects, function)?;
    let alias = objects.fresh_alias("_target");
    let given = defaults_filled(call, &selected.arguments);
    if call.row_arguments.is_empty() && condition.is_none() && !keys.is_empty() {
        let text = call_text(objects, function, &RowArguments::new(), &given)?;
        let mut link_keys = Vec::with_capacity(keys.len());
        for (parent, child) in keys {
            let field = field_of(&target, child)?;
            link_keys.push(LinkKey {
                parent: parent.clone(),
                expr: column::value(&target, &alias, field)?,
                ty: key_type(field),
            });
        }
        let rows = LinkRows {
            from: relation(objects.backend, text, &alias),
            alias,
            joins: Vec::new(),
            keys: link_keys,
            filters: Vec::new(),
            weight: None,
        };
        return Ok((target, rows));
    }
    let mut source = Source::new(objects, owner);
    let mut from_row = RowArguments::with_capacity(call.row_arguments.len());
    for (name, path) in &call.row_arguments {
        from_row.insert(
            name.clone(),
            row_path(name, (path, row_type(function, name)), |field| {
                source.field(field)
            })?,
        );
    }
    let text = call_text(objects, function, &from_row, &given)?;
    let mut on = Vec::with_capacity(keys.len() + 1);
    for (parent, child) in keys {
        let child = column::value(&target, &alias, field_of(&target, child)?)?;
        on.push(Expr::equals(source.field(parent)?, child));
    }
    if let Some(condition) = condition {
        on.push(Expr::Text(condition_text(
            &mut source,
            &target,
            &alias,
            condition,
        )?));
    }
    let (from, link_keys) = source.finish()?;
    let rows = LinkRows {
        from,
        joins: vec![Join {
            // The call takes columns of the relation before it.
            kind: match objects.backend {
                Backend::DuckDb => JoinKind::Inner,
                Backend::Postgres(_) => JoinKind::Lateral,
            },
            relation: relation(objects.backend, text, &alias),
            on: Expr::And(on),
        }],
        alias,
        keys: link_keys,
        filters: Vec::new(),
        weight: None,
    };
    Ok((target, rows))
}

fn relation(backend: Backend, text: Vec<crate::sql::ast::TextPart>, alias: &str) -> Relation {
    Relation {
        source: RelationSource::Text(table_rows(backend, text)),
        alias: alias.to_owned(),
    }
}

/// Returns what the rows of `function` are: those of a table or view, or structs, which are read like those of a table.
fn rows_type<'a>(objects: &Objects<'a>, function: &Function) -> Result<Cow<'a, DataObject>> {
    sql_call(function)?;
    let name = function.returns.base_name();
    if let Some(object) = objects.catalog.object(name) {
        return Ok(Cow::Borrowed(object));
    }
    match objects.catalog.struct_type(name) {
        Some(ty) => Ok(Cow::Owned(object_of_structs(function, ty))),
        None => Err(Error::internal(format!(
            "the rows of `{}` have no members",
            function.name
        ))),
    }
}

fn object_of_structs(function: &Function, ty: &StructType) -> DataObject {
    DataObject {
        module: function.module.clone(),
        query_name: function.name.clone(),
        origin: Origin::Call(function.name.to_string()),
        ..DataObject::of_fields(ty.name.clone(), function.source.clone(), ty.fields.clone())
    }
}
