//! Calls of functions as SQL expressions.
//!
//! ```text
//! with_tax(amount: 8)   @function(sql: "([amount] * (1 + [rate]))"), rate: Float = 0.25
//!   -> (CAST($1 AS DOUBLE) * (1 + CAST($2 AS DOUBLE)))
//! ```
//!
//! Each argument is cast to the type that it is declared with: the text of a call depends on the function alone, and its
//! overloads are chosen by the schema, not by the value at hand.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::column;
use super::link::field_of;
use super::literal::bind_scalar;
use super::object::{Objects, runtime_type};
use super::server_value::server_value;
use crate::catalog::model::{
    CallField, DataObject, Function, FunctionBody, FunctionKind, Parameter, SqlCall, TypeBase,
};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::{Arguments, literal};
use crate::name::FieldName;
use crate::sql::Value;
use crate::sql::ast::{Expr, SqlType, TextPart};
use crate::sql::fragment::Piece;

/// Values of arguments that do not come from the client: columns of a row.
pub(super) type RowArguments = HashMap<FieldName, Expr>;

/// Returns how `function` is called in SQL.
///
/// # Errors
/// `INTERNAL` for a function that runs in this process.
pub(super) fn sql_call(function: &Function) -> Result<&SqlCall> {
    match &function.body {
        FunctionBody::Sql(call) => Ok(call),
        FunctionBody::Runtime(name) => Err(Error::internal(format!("`{name}` is not called in SQL"))),
    }
}

/// Returns the text of a call with its arguments filled in: first those of the row, then those of the server and the client,
/// then defaults; what has no value is NULL.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for a value that does not fit its argument, naming the argument.
pub(super) fn call_text(
    objects: &Objects<'_>,
    function: &Function,
    row: &RowArguments,
    given: &Arguments,
) -> Result<Vec<TextPart>> {
    let call = sql_call(function)?;
    let mut parts = Vec::with_capacity(call.text.pieces().len());
    for piece in call.text.pieces() {
        parts.push(match piece {
            Piece::Text(text) => TextPart::Sql(text.clone()),
            Piece::Placeholder(path) => {
                TextPart::Expr(server_value(objects.authorized, &function.source, path)?)
            }
            Piece::Name(path) => {
                let name = path.join(".");
                let parameter = function.arguments.get(name.as_str()).ok_or_else(|| {
                    Error::internal(format!("function `{}` has no argument `{name}`", function.name))
                })?;
                match argument(objects, function, parameter, (row, given))? {
                    Some(value) => TextPart::Expr(value),
                    None => TextPart::Sql(String::new()),
                }
            }
        });
    }
    Ok(parts)
}

/// Returns the function of a field that calls one, and the text of the call for the row of `row.0` under the alias `row.1`.
///
/// # Errors
/// As [`call_text`]; `UNSUPPORTED` when the function gives rows.
pub(super) fn field_call<'a>(
    objects: &Objects<'a>,
    row: (&DataObject, &str),
    call: &CallField,
    selected: &Selected,
) -> Result<(&'a Function, Vec<TextPart>)> {
    let (object, alias) = row;
    let function = objects
        .catalog
        .function(FunctionKind::Query, &call.module, &call.function)
        .ok_or_else(|| Error::internal(format!("the catalog has no function `{}`", call.function)))?;
    let gives_rows = match &function.body {
        FunctionBody::Sql(sql) => sql.is_table,
        FunctionBody::Runtime(_) => true,
    };
    if gives_rows {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "field `{}` of `{}` calls a function that gives rows, which is not supported yet",
                call.name, object.name
            ),
        ));
    }
    if function.source != object.source {
        objects.needs_duckdb(|| format!("it calls a function of data source `{}`", function.source));
    }
    let mut from_row = RowArguments::with_capacity(call.row_arguments.len());
    for (name, path) in &call.row_arguments {
        let value = row_path(name, (path, row_type(function, name)), |field| {
            column::value(object, alias, field_of(object, field)?)
        })?;
        from_row.insert(name.clone(), value);
    }
    let given = defaults_filled(call, &selected.arguments);
    let text = call_text(objects, function, &from_row, &given)?;
    Ok((function, text))
}

/// Returns the type of the argument `name`; `None` for lists and for what is no scalar.
pub(super) fn row_type(function: &Function, name: &FieldName) -> Option<SqlType> {
    let parameter = function.arguments.get(name)?;
    let scalar = parameter.ty.scalar().filter(|_| !parameter.ty.is_list)?;
    Some(runtime_type(scalar))
}

/// Returns the value that the row gives the argument `name`: a field, or a member of a struct, of the type `path.1`.
pub(super) fn row_path(
    name: &FieldName,
    path: (&[FieldName], Option<SqlType>),
    field: impl FnOnce(&FieldName) -> Result<Expr>,
) -> Result<Expr> {
    let (path, ty) = path;
    let Some((first, members)) = path.split_first() else {
        return Err(Error::internal(format!("argument `{name}` has no field")));
    };
    let members = members.iter().enumerate();
    Ok(members.fold(field(first)?, |value, (index, member)| {
        let is_last = index + 2 == path.len();
        Expr::Member(Box::new(value), member.to_string(), ty.filter(|_| is_last))
    }))
}

/// Returns `arguments` with the defaults of the field that makes the call.
pub(super) fn defaults_filled(call: &CallField, arguments: &Arguments) -> Arguments {
    let mut given = arguments.clone();
    for parameter in call.arguments.values() {
        if let Some(default) = parameter.default.as_deref().and_then(literal)
            && !given.contains_key(parameter.name.as_str())
        {
            given.insert(parameter.name.to_string(), default);
        }
    }
    given
}

/// Returns the value of an argument; `None` when it is left out of the call.
fn argument(
    objects: &Objects<'_>,
    function: &Function,
    parameter: &Parameter,
    values: (&RowArguments, &Arguments),
) -> Result<Option<Expr>> {
    let (row, given) = values;
    if let Some(value) = row.get(&parameter.name) {
        return Ok(Some(value.clone()));
    }
    if let Some(fragment) = &parameter.server_value {
        let [Piece::Placeholder(path)] = fragment.pieces() else {
            return Err(Error::internal(format!(
                "argument `{}` has no server value",
                parameter.name
            )));
        };
        return server_value(objects.authorized, &function.source, path).map(Some);
    }
    let default = || parameter.default.as_deref().and_then(literal);
    let value = given.get(parameter.name.as_str()).cloned().or_else(default);
    match value.filter(|value| !value.is_null()) {
        Some(value) => bound(parameter, &value).map(Some).map_err(|error| {
            Error::new(
                error.code(),
                format!("argument `{}`: {}", parameter.name, error.public_message()),
            )
        }),
        // Only the argument of a function with no other can be left out, as there is no comma to go with it.
        None if sql_call(function)?.skips_null_argument && function.arguments.len() == 1 => Ok(None),
        None => Ok(Some(null(parameter))),
    }
}

/// NULL keeps the type: the text of the call stays that of a call with a value.
fn null(parameter: &Parameter) -> Expr {
    match parameter.ty.base {
        TypeBase::Scalar(Scalar::Geometry) => Expr::Null,
        _ if parameter.ty.is_list => Expr::Null,
        TypeBase::Scalar(scalar) => Expr::Param(Value::Null, Some(runtime_type(scalar))),
        TypeBase::Named(_) => Expr::Param(Value::Null, Some(SqlType::Text)),
    }
}

fn bound(parameter: &Parameter, value: &Json) -> Result<Expr> {
    if parameter.ty.is_list {
        return list(parameter, value);
    }
    match &parameter.ty.base {
        TypeBase::Scalar(Scalar::Json) => Ok(json(value)),
        TypeBase::Scalar(scalar) => Ok(match bind_scalar(*scalar, value)? {
            Expr::Param(value, None) => Expr::Param(value, Some(runtime_type(*scalar))),
            typed => typed,
        }),
        // Inputs are documents, enums are text.
        TypeBase::Named(_) if value.is_object() => Ok(json(value)),
        TypeBase::Named(_) => bind_scalar(Scalar::String, value),
    }
}

/// Lists are one parameter each; lists of inputs and of documents are documents.
fn list(parameter: &Parameter, value: &Json) -> Result<Expr> {
    let single = [value.clone()];
    let items = value.as_array().map_or(&single[..], Vec::as_slice);
    let ty = match &parameter.ty.base {
        TypeBase::Scalar(Scalar::Json) => return Ok(json(value)),
        TypeBase::Named(_) if items.iter().any(Json::is_object) => return Ok(json(value)),
        TypeBase::Scalar(Scalar::Geometry) => {
            return Err(Error::new(
                ErrorCode::Unsupported,
                "lists of geometries are not supported yet",
            ));
        }
        TypeBase::Scalar(scalar) => {
            // Each item is read like a value of its own, so that it is told when it is none.
            let mut texts = Vec::with_capacity(items.len());
            for item in items {
                texts.push(match (item, bind_scalar(*scalar, item)) {
                    (Json::Null, _) => Json::Null,
                    (_, Ok(Expr::Param(value, _))) => value.to_json(),
                    (_, Err(error)) => return Err(error),
                    (other, Ok(_)) => other.clone(),
                });
            }
            let items = Value::from(Json::Array(texts).to_string());
            return Ok(Expr::List(items, runtime_type(*scalar)));
        }
        TypeBase::Named(_) => SqlType::Text,
    };
    Ok(Expr::List(
        Value::from(Json::from(items.to_vec()).to_string()),
        ty,
    ))
}

/// Returns a document; a string that holds one is taken for it.
fn json(value: &Json) -> Expr {
    let text = match value {
        Json::String(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => text.clone(),
        other => other.to_string(),
    };
    Expr::Param(Value::from(text), Some(SqlType::Json))
}
