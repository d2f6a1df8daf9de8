//! What a function's value is selected as, and how it is shown.

use serde_json::{Map, Value as Json};

use super::call::sql_call;
use super::object::{Objects, runtime_type};
use super::output::{shown_list_or_value, struct_fields};
use super::tree::{NullStruct, OutputValue, StructField};
use crate::catalog::model::{BaseType, FieldValue, Function, StructType, TypeBase};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, Result};
use crate::gql::Selected;
use crate::sql::Value;
use crate::sql::ast::{Expr, SqlType};
use crate::sql::dialect::Backend;

/// Returns what is selected for the value of `function`, given its call, and what becomes of the result column; `wanted` is
/// the selection on the value and the number of that column.
///
/// # Errors
/// `UNSUPPORTED` for rows, and for types that cannot be shown.
pub(super) fn called_value(
    objects: &Objects<'_>,
    function: &Function,
    call: Expr,
    wanted: (&[Selected], usize),
) -> Result<(Expr, OutputValue)> {
    let (selection, column) = wanted;
    let casts_json = sql_call(function)?.casts_json;
    let name = match &function.returns.base {
        TypeBase::Scalar(_) if casts_json => {
            let cast = Expr::Cast(Box::new(call), SqlType::Json);
            return Ok((cast, OutputValue::RawJson(column)));
        }
        TypeBase::Scalar(scalar) => {
            return Ok(
                match shown_list_or_value(*scalar, function.returns.is_list, call) {
                    (expr, true) => (expr, OutputValue::RawJson(column)),
                    (expr, false) => (expr, OutputValue::Column(column)),
                },
            );
        }
        TypeBase::Named(name) => name,
    };
    if selection.is_empty() {
        // An enum: objects have a selection.
        return Ok((call, OutputValue::Column(column)));
    }
    let Some(ty) = objects.catalog.struct_type(name.as_str()) else {
        return Ok((
            call,
            OutputValue::Struct {
                column,
                members: engine_members(selection),
                null: NullStruct::Null,
            },
        ));
    };
    // PostgreSQL's documents stay documents: what is selected of them is taken when they are written.
    let call = if casts_json && objects.backend == Backend::DuckDb {
        let structure = json_structure(objects, ty, selection)?;
        Expr::Call {
            function: "json_transform",
            arguments: vec![
                Expr::Cast(Box::new(call), SqlType::Json),
                Expr::Param(Value::from(structure.to_string()), None),
            ],
        }
    } else {
        call
    };
    let (members, _) = struct_fields(objects, &ty.name, selection)?;
    // No object is null, whatever part of it is selected.
    let value = OutputValue::Struct {
        column,
        members,
        null: NullStruct::Null,
    };
    Ok((call, value))
}

/// Members of a type that the engine itself declares: they are called as they are shown.
fn engine_members(selection: &[Selected]) -> Vec<StructField> {
    let member = |selected: &Selected| {
        let key = selected.key.clone();
        if selected.name.as_str() == "__typename" {
            return StructField::constant(key, selected.parent.clone());
        }
        StructField {
            key,
            member: Some(selected.name.to_string()),
            typename: None,
            is_raw_json: false,
            members: engine_members(&selected.selection),
            null: NullStruct::Null,
        }
    };
    selection.iter().map(member).collect()
}

/// Returns the selected part of `ty` as the structure that a document is read as: `{"volume": "DOUBLE", …}`.
fn json_structure(objects: &Objects<'_>, ty: &StructType, selection: &[Selected]) -> Result<Json> {
    let mut members = Map::new();
    for selected in selection {
        let Some(field) = ty.fields.get(&selected.name) else {
            continue;
        };
        let FieldValue::Column(name) = &field.value else {
            continue;
        };
        let leaf = match &field.ty.base {
            BaseType::Struct(inner) => {
                let inner = objects
                    .catalog
                    .struct_type(inner.as_str())
                    .ok_or_else(|| Error::internal(format!("the catalog has no struct `{inner}`")))?;
                json_structure(objects, inner, &selected.selection)?
            }
            BaseType::Scalar(scalar) => Json::from(json_leaf(*scalar)),
            BaseType::Enum(_) => Json::from("VARCHAR"),
        };
        let member = if field.ty.is_list {
            Json::Array(vec![leaf])
        } else {
            leaf
        };
        // The same member may be selected twice, with other parts of it.
        match (members.get_mut(name), member) {
            (Some(Json::Object(known)), Json::Object(more)) => known.extend(more),
            (_, member) => {
                members.insert(name.clone(), member);
            }
        }
    }
    Ok(Json::Object(members))
}

/// Times stay the text that they are in the document.
fn json_leaf(scalar: Scalar) -> &'static str {
    match runtime_type(scalar) {
        SqlType::Boolean => "BOOLEAN",
        SqlType::Integer => "INTEGER",
        SqlType::BigInt => "BIGINT",
        SqlType::Double => "DOUBLE",
        SqlType::Json => "JSON",
        _ => "VARCHAR",
    }
}
