//! Times cut off to a unit or a multiple of a duration, and parts of times.

use serde_json::Value as Json;

use super::unsupported;
use crate::catalog::model::{BaseType, Field};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::plan::literal::bind_scalar;
use crate::sql::Value;
use crate::sql::ast::{DatePart, Expr, SqlType, TimeUnit};

/// Applies `bucket` or `bucket_interval`; `bucket` wins.
pub(super) fn cut(field: &Field, column: Expr, arguments: &Arguments) -> Result<Expr> {
    let given = |name: &str| arguments.get(name).filter(|value| !value.is_null());
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
        None => Err(unsupported(field, arguments)),
    }
}

/// Returns the distance of the times that [`cut`] makes; `None` when it cuts nothing off.
pub(in crate::plan) fn bucket_width(arguments: &Arguments) -> Result<Option<Expr>> {
    let given = |name: &str| arguments.get(name).filter(|value| !value.is_null());
    if let Some(unit) = given("bucket").and_then(Json::as_str) {
        let width = match time_unit(unit)? {
            TimeUnit::Minute => "1 minute",
            TimeUnit::Hour => "1 hour",
            TimeUnit::Day => "1 day",
            TimeUnit::Week => "7 days",
            TimeUnit::Month => "1 month",
            TimeUnit::Quarter => "3 months",
            TimeUnit::Year => "1 year",
        };
        return Ok(Some(Expr::Param(Value::from(width), Some(SqlType::Interval))));
    }
    given("bucket_interval")
        .map(|width| bind_scalar(Scalar::Interval, width))
        .transpose()
}

/// Returns the part that `extract` names, divided by `extract_divide`.
pub(super) fn part(value: Expr, arguments: &Arguments) -> Result<Expr> {
    let part = date_part(
        arguments
            .get("extract")
            .and_then(Json::as_str)
            .unwrap_or_default(),
    )?;
    let value = Expr::DatePart(part, Box::new(value));
    let divisor = arguments
        .get("extract_divide")
        .and_then(Json::as_i64)
        .filter(|divisor| *divisor != 0);
    Ok(match divisor {
        Some(divisor) => Expr::IntegerDivide(Box::new(value), divisor),
        None => value,
    })
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
