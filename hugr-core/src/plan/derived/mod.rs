//! Values that are derived from a column: by the arguments of its field, and by companion fields such as `_<f>_part`.
//!
//! Reading order: [`time`], [`json`], [`geometry`], [`vector`], [`measure`] (cubes).

mod geometry;
mod json;
mod measure;
mod time;
mod vector;

use super::column;
use crate::catalog::model::{BaseType, CompanionKind, DataObject, Field};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::sql::ast::Expr;

/// The argument that asks for groups without rows.
pub(super) const GAPFILL: &str = "gapfill";

/// Returns the value of `field` with its arguments applied.
pub(super) fn value(object: &DataObject, alias: &str, field: &Field, arguments: &Arguments) -> Result<Expr> {
    let column = column::value(object, alias, field)?;
    let value = with_arguments(field, column, arguments)?;
    measure::measured(value, arguments)
}

/// Applies the arguments of `field` to its value.
pub(super) fn with_arguments(field: &Field, column: Expr, arguments: &Arguments) -> Result<Expr> {
    if arguments.get(GAPFILL) == Some(&serde_json::Value::Bool(true)) {
        return Err(Error::new(
            ErrorCode::GraphqlValidation,
            format!(
                "`{GAPFILL}` of field `{}` adds groups: it is for a `key` of a bucket aggregation",
                field.name
            ),
        ));
    }
    // What a cube measures is applied to the outcome.
    let own = |(name, value): &(&String, &serde_json::Value)| {
        !value.is_null() && ![measure::ARGUMENT, GAPFILL].contains(&name.as_str())
    };
    if !arguments.iter().any(|argument| own(&argument)) {
        return Ok(column);
    }
    match &field.ty.base {
        BaseType::Scalar(Scalar::Date | Scalar::Timestamp | Scalar::DateTime) => {
            time::cut(field, column, arguments)
        }
        BaseType::Scalar(Scalar::Json) => json::shaped(field, column, arguments),
        BaseType::Scalar(Scalar::Geometry) => geometry::transformed(field, column, arguments),
        BaseType::Scalar(_) | BaseType::Enum(_) | BaseType::Struct(_) => Err(unsupported(field, arguments)),
    }
}

/// Returns the value and scalar of a companion field; `None` when `selected` is none.
pub(super) fn companion(
    object: &DataObject,
    alias: &str,
    selected: &Selected,
) -> Result<Option<(Expr, Scalar)>> {
    let Some(companion) = object.companions.get(&selected.name) else {
        return Ok(None);
    };
    let field = object
        .fields
        .get(&companion.base)
        .ok_or_else(|| Error::internal(format!("`{}` has no field `{}`", object.name, companion.base)))?;
    let value = column::value(object, alias, field)?;
    let arguments = &selected.arguments;
    Ok(Some(match companion.kind {
        CompanionKind::DatePart => (time::part(value, arguments)?, Scalar::BigInt),
        CompanionKind::Measurement => (geometry::measured(value, arguments)?, Scalar::Float),
        CompanionKind::VectorDistance => (vector::distance(field, value, arguments)?, Scalar::Float),
    }))
}

pub(super) use measure::is_measured;
pub(super) use time::bucket_width;
pub(super) use vector::{nearest_rows, nearest_rows_of_link};

fn unsupported(field: &Field, arguments: &Arguments) -> Error {
    let name = arguments.keys().next().map_or("", String::as_str);
    Error::new(
        ErrorCode::Unsupported,
        format!("argument `{name}` of field `{}` is not supported yet", field.name),
    )
}
