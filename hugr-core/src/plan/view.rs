//! Views: the text of their authors, with parameters bound.

use serde_json::{Map, Value as Json};

use super::literal::parse_scalar;
use super::object::Objects;
use super::operator::json_item_type;
use super::server_value::server_value as fill_in;
use crate::catalog::model::{DataObject, Parameter};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::sql::Value;
use crate::sql::ast::{Expr, SqlType, TextPart};
use crate::sql::fragment::{Fragment, Piece};
use crate::sql::quote;

/// Returns the text of a view with `sql`.
pub(super) fn query(
    objects: &Objects<'_>,
    object: &DataObject,
    fragment: &Fragment,
    arguments: &Arguments,
) -> Result<Vec<TextPart>> {
    let database = || Ok::<_, Error>(objects.database(object)?.map(quote::identifier));
    let mut parts = Vec::new();
    for piece in fragment.pieces() {
        parts.push(match piece {
            Piece::Text(text) => TextPart::Sql(text.clone()),
            Piece::Name(path) => {
                let full = objects.full_path(object, path)?;
                let quoted: Vec<_> = full.iter().map(|part| quote::identifier(part)).collect();
                TextPart::Sql(quoted.join("."))
            }
            Piece::Placeholder(path) if is_catalog(path) => match database()? {
                Some(database) => TextPart::Sql(database),
                None => {
                    // Qualified by the database's own name in PostgreSQL; only DuckDB knows it by another.
                    objects.needs_duckdb(|| format!("the view `{}` names `[$catalog]`", object.name));
                    TextPart::Sql(String::new())
                }
            },
            Piece::Placeholder(path) => TextPart::Expr(placeholder(objects, object, path, arguments)?),
        });
    }
    Ok(parts)
}

/// Returns the call of a view that is a table function.
pub(super) fn call(
    objects: &Objects<'_>,
    object: &DataObject,
    function: &str,
    arguments: &Arguments,
) -> Result<Vec<TextPart>> {
    let mut parts = vec![TextPart::Sql(format!("SELECT * FROM {function}("))];
    let parameters = object
        .parameters
        .iter()
        .flat_map(|parameters| parameters.fields.values());
    for (index, parameter) in parameters.enumerate() {
        let separator = if index > 0 { ", " } else { "" };
        let name = parameter
            .sql_name
            .as_ref()
            .map(|name| format!("{} := ", quote::identifier(name)));
        parts.push(TextPart::Sql(format!("{separator}{}", name.unwrap_or_default())));
        parts.push(TextPart::Expr(argument(objects, object, parameter, arguments)?));
    }
    parts.push(TextPart::Sql(")".to_owned()));
    Ok(parts)
}

fn is_catalog(path: &[String]) -> bool {
    matches!(path, [name] if name == "catalog")
}

fn placeholder(
    objects: &Objects<'_>,
    object: &DataObject,
    path: &[String],
    arguments: &Arguments,
) -> Result<Expr> {
    if path.first().is_some_and(|scope| scope == "auth") {
        return fill_in(objects.authorized, &object.source, path);
    }
    let name = path.join(".");
    let parameter = object
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.fields.get(name.as_str()));
    match parameter {
        Some(parameter) => argument(objects, object, parameter, arguments),
        None => Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "placeholder `[${name}]` in the view `{}` is not supported yet",
                object.name
            ),
        )),
    }
}

/// Returns the bound value of a parameter: what the server fills in, what the client gave, or NULL.
fn argument(
    objects: &Objects<'_>,
    object: &DataObject,
    parameter: &Parameter,
    arguments: &Arguments,
) -> Result<Expr> {
    let given = arguments
        .get("args")
        .and_then(Json::as_object)
        .and_then(|args| given(args, parameter));
    if let Some(server_value) = &parameter.server_value {
        if given.is_some() {
            return Err(Error::new(
                ErrorCode::GraphqlValidation,
                format!(
                    "argument `{}` is filled in by the server and cannot be given",
                    parameter.name
                ),
            ));
        }
        let path = server_value_path(server_value);
        return path.map_or(Ok(Expr::Null), |path| {
            fill_in(objects.authorized, &object.source, path)
        });
    }
    let Some(scalar) = parameter.ty.scalar() else {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "argument `{}` of the view `{}` is not a scalar",
                parameter.name, object.name
            ),
        ));
    };
    // Always cast: where a parameter stands in the text of a view, its type cannot be told.
    let ty = if parameter.ty.is_list {
        SqlType::TextList
    } else {
        json_item_type(scalar)
    };
    match given {
        Some(value) if parameter.ty.is_list => {
            Ok(Expr::List(Value::Text(value.to_string()), json_item_type(scalar)))
        }
        Some(value) => {
            let (value, cast) = parse_scalar(scalar, value)?;
            Ok(Expr::Param(value, Some(cast.unwrap_or(ty))))
        }
        None if parameter.ty.is_required => Err(Error::new(
            ErrorCode::GraphqlValidation,
            format!(
                "argument `{}` of the view `{}` is required",
                parameter.name, object.name
            ),
        )),
        None => Ok(Expr::Param(Value::Null, Some(ty))),
    }
}

fn given<'a>(args: &'a Map<String, Json>, parameter: &Parameter) -> Option<&'a Json> {
    args.get(parameter.name.as_str()).filter(|value| !value.is_null())
}

/// Returns the placeholder that a parameter is filled in from.
fn server_value_path(fragment: &Fragment) -> Option<&[String]> {
    fragment.pieces().iter().find_map(|piece| match piece {
        Piece::Placeholder(path) => Some(path.as_slice()),
        Piece::Text(_) | Piece::Name(_) => None,
    })
}
