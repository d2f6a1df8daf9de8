//! JSON documents in the shape that the argument `struct` describes.

use serde_json::{Map, Value as Json};

use super::unsupported;
use crate::catalog::model::Field;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::sql::ast::Expr;

/// Names of types in a shape, and the SQL types that they are.
const TYPES: [(&str, &str); 12] = [
    ("string", "VARCHAR"),
    ("int", "INTEGER"),
    ("bigint", "BIGINT"),
    ("float", "DOUBLE"),
    ("bool", "BOOLEAN"),
    ("boolean", "BOOLEAN"),
    ("timestamp", "TIMESTAMPTZ"),
    ("datetime", "TIMESTAMP"),
    ("date", "DATE"),
    ("time", "TIME"),
    ("json", "JSON"),
    ("h3string", "VARCHAR"),
];

/// Applies `struct`.
pub(super) fn shaped(field: &Field, column: Expr, arguments: &Arguments) -> Result<Expr> {
    let Some(shape) = arguments.get("struct").filter(|value| !value.is_null()) else {
        return Err(unsupported(field, arguments));
    };
    let shape = match shape {
        Json::String(text) => serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?,
        other => other.clone(),
    };
    Ok(Expr::JsonShape(Box::new(column), structure(&shape)?.to_string()))
}

fn structure(shape: &Json) -> Result<Json> {
    match shape {
        Json::String(name) => TYPES
            .iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known))
            .map(|(_, sql)| Json::from(*sql))
            .ok_or_else(|| {
                let valid: Vec<_> = TYPES.iter().map(|(name, _)| *name).collect();
                invalid(&format!("unknown type `{name}`; valid are {}", valid.join(", ")))
            }),
        Json::Array(items) => match items.as_slice() {
            [item] => Ok(Json::Array(vec![structure(item)?])),
            _ => Err(invalid("a list has the shape of its items: exactly one")),
        },
        Json::Object(members) => {
            let mut shaped = Map::new();
            for (name, member) in members {
                shaped.insert(name.clone(), structure(member)?);
            }
            Ok(Json::Object(shaped))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => Err(invalid("a type is named by a text")),
    }
}

fn invalid(reason: &str) -> Error {
    Error::new(
        ErrorCode::GraphqlValidation,
        format!("argument `struct`: {reason}"),
    )
}
