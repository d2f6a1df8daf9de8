//! Fields as expressions.

use serde_json::Value as Json;

use super::literal::bind_scalar;
use crate::catalog::model::{BaseType, CompanionKind, DataObject, Field, FieldValue};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::sql::ast::{DatePart, Expr, SqlType, TextPart, TimeUnit};
use crate::sql::fragment::Piece;

use super::object::runtime_type;

/// Deepest nesting of computed fields in computed fields; the compiler refuses cycles, this only guards the stack.
const MAX_NESTING: usize = 32;

/// Returns the value of `field` for the row of `object` under `alias`.
pub(super) fn value(object: &DataObject, alias: &str, field: &Field) -> Result<Expr> {
    nested_value(object, alias, field, 0)
}

/// Returns the value of `field` with its field arguments applied: time buckets.
pub(super) fn value_with_arguments(
    object: &DataObject,
    alias: &str,
    field: &Field,
    arguments: &Arguments,
) -> Result<Expr> {
    let column = value(object, alias, field)?;
    with_arguments(field, column, arguments)
}

/// Applies the arguments of a field to its value.
fn with_arguments(field: &Field, column: Expr, arguments: &Arguments) -> Result<Expr> {
    let given = |name: &str| arguments.get(name).filter(|value| !value.is_null());
    if let Some(name) = arguments
        .keys()
        .find(|name| !matches!(name.as_str(), "bucket" | "bucket_interval"))
    {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("argument `{name}` of field `{}` is not supported yet", field.name),
        ));
    }
    if let Some(unit) = given("bucket").and_then(Json::as_str) {
        let cut = Expr::DateTrunc(time_unit(unit)?, Box::new(column));
        // A day that is cut off stays a day.
        let is_date = field.ty.base == BaseType::Scalar(Scalar::Date);
        return Ok(if is_date {
            Expr::Cast(Box::new(cut), SqlType::Date)
        } else {
            cut
        });
    }
    match given("bucket_interval") {
        Some(width) => {
            let width = bind_scalar(Scalar::Interval, width)?;
            Ok(Expr::TimeBucket {
                width: Box::new(width),
                value: Box::new(column),
            })
        }
        None => Ok(column),
    }
}

/// Returns the value and scalar of a field that the engine adds to a column, such as `_<f>_part`; `None` when `selected` is
/// none.
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
    if companion.kind != CompanionKind::DatePart {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("field `{}` is not supported yet", selected.name),
        ));
    }
    let part = date_part(
        selected
            .arguments
            .get("extract")
            .and_then(Json::as_str)
            .unwrap_or_default(),
    )?;
    let value = Expr::DatePart(part, Box::new(value(object, alias, field)?));
    let divisor = selected
        .arguments
        .get("extract_divide")
        .and_then(Json::as_i64)
        .filter(|divisor| *divisor != 0);
    let value = match divisor {
        Some(divisor) => Expr::IntegerDivide(Box::new(value), divisor),
        None => value,
    };
    Ok(Some((value, Scalar::BigInt)))
}

fn time_unit(name: &str) -> Result<TimeUnit> {
    Ok(match name {
        "minute" => TimeUnit::Minute,
        "hour" => TimeUnit::Hour,
        "day" => TimeUnit::Day,
        "week" => TimeUnit::Week,
        "month" => TimeUnit::Month,
        "quarter" => TimeUnit::Quarter,
        "year" => TimeUnit::Year,
        other => {
            return Err(Error::new(
                ErrorCode::GraphqlValidation,
                format!("unknown time bucket `{other}`"),
            ));
        }
    })
}

fn date_part(name: &str) -> Result<DatePart> {
    Ok(match name {
        "epoch" => DatePart::Epoch,
        "minute" => DatePart::Minute,
        "hour" => DatePart::Hour,
        "day" => DatePart::Day,
        "doy" => DatePart::DayOfYear,
        "dow" => DatePart::DayOfWeek,
        "iso_dow" => DatePart::IsoDayOfWeek,
        "week" => DatePart::Week,
        "month" => DatePart::Month,
        "year" => DatePart::Year,
        "iso_year" => DatePart::IsoYear,
        "quarter" => DatePart::Quarter,
        other => {
            return Err(Error::new(
                ErrorCode::GraphqlValidation,
                format!("unknown part of a time `{other}`"),
            ));
        }
    })
}

/// Returns the name and type of a runtime table's column; `None` for fields that are not columns.
pub(super) fn runtime_column(field: &Field) -> Option<(String, SqlType)> {
    match (&field.value, &field.ty.base) {
        (FieldValue::Column(name), BaseType::Scalar(_)) if field.ty.is_list => {
            Some((name.clone(), SqlType::TextList))
        }
        (FieldValue::Column(name), BaseType::Scalar(scalar)) => Some((name.clone(), runtime_type(*scalar))),
        (FieldValue::Column(name), BaseType::Enum(_)) => Some((name.clone(), SqlType::Text)),
        (FieldValue::Column(_), BaseType::Struct(_))
        | (FieldValue::Expression(_) | FieldValue::Absent, _) => None,
    }
}

fn nested_value(object: &DataObject, alias: &str, field: &Field, depth: usize) -> Result<Expr> {
    let fragment = match &field.value {
        FieldValue::Column(name) => return Ok(Expr::column(alias, name)),
        FieldValue::Absent => return Ok(Expr::Null),
        FieldValue::Expression(fragment) => fragment,
    };
    if depth > MAX_NESTING {
        return Err(Error::internal(format!(
            "field `{}` of `{}` is nested too deeply",
            field.name, object.name
        )));
    }
    let mut parts = Vec::with_capacity(fragment.pieces().len());
    for piece in fragment.pieces() {
        parts.push(match piece {
            Piece::Text(text) => TextPart::Sql(text.clone()),
            Piece::Name(path) => TextPart::Expr(referenced(object, alias, field, path, depth)?),
            Piece::Placeholder(path) => {
                return Err(Error::new(
                    ErrorCode::Unsupported,
                    format!(
                        "placeholder `[${}]` in field `{}` of `{}` is not supported yet",
                        path.join("."),
                        field.name,
                        object.name
                    ),
                ));
            }
        });
    }
    Ok(Expr::Text(parts))
}

/// `[f]` is the value of field `f`; the field's own name means its column; `[f.member]` goes into a struct.
fn referenced(
    object: &DataObject,
    alias: &str,
    field: &Field,
    path: &[String],
    depth: usize,
) -> Result<Expr> {
    let Some((first, members)) = path.split_first() else {
        return Err(Error::internal("a placeholder has no name"));
    };
    let base = if first == field.name.as_str() {
        Expr::column(alias, field.options.own_column.as_deref().unwrap_or(first))
    } else {
        match object.fields.get(first.as_str()) {
            Some(other) => nested_value(object, alias, other, depth + 1)?,
            None => Expr::column(alias, first),
        }
    };
    Ok(members.iter().fold(base, |value, member| {
        Expr::Member(Box::new(value), member.clone())
    }))
}
