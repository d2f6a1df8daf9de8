//! JSON values of arguments become bound values of a scalar's SQL type (spec/schema.md §2.2).

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use serde_json::Value as Json;

use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::sql::Value;
use crate::sql::ast::{Expr, SqlType};

mod geometry;
mod interval;
mod range;

pub(super) use geometry::geometry_text;
pub(super) use interval::seconds as seconds_of;

/// Returns `value` as a bound value of `scalar`.
///
/// # Errors
/// `GRAPHQL_VALIDATION`, saying what `scalar` accepts, when the value is not of that kind.
pub fn bind_scalar(scalar: Scalar, value: &Json) -> Result<Expr> {
    let (value, ty) = parse_scalar(scalar, value)?;
    Ok(Expr::Param(value, ty))
}

/// Returns the bound value and the type that it must be cast to.
pub(super) fn parse_scalar(scalar: Scalar, value: &Json) -> Result<(Value, Option<SqlType>)> {
    match scalar {
        Scalar::Int | Scalar::BigInt => integer(value).map(|value| (Value::Int(value), None)),
        Scalar::Float => value
            .as_f64()
            .map(|value| (Value::Float(value), None))
            .ok_or_else(|| expected(scalar, "a number", value)),
        Scalar::Boolean => value
            .as_bool()
            .map(|value| (Value::Bool(value), None))
            .ok_or_else(|| expected(scalar, "true or false", value)),
        Scalar::String => Ok((Value::Text(text_of(value)), None)),
        Scalar::Date => instant(scalar, value).map(|moment| cast(moment.date().to_string(), SqlType::Date)),
        Scalar::Time => time(value).map(|time| cast(time.to_string(), SqlType::Time)),
        Scalar::DateTime => instant(scalar, value).map(|moment| cast(moment.to_string(), SqlType::Timestamp)),
        Scalar::Timestamp => instant(scalar, value).map(|moment| {
            cast(
                moment.and_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true),
                SqlType::TimestampTz,
            )
        }),
        Scalar::Interval => interval::parse(value)
            .map(|text| cast(text, SqlType::Interval))
            .ok_or_else(|| {
                expected(
                    scalar,
                    "an ISO 8601 duration such as `PT2H`, `1h30m`, `2 hours` or seconds",
                    value,
                )
            }),
        Scalar::Json => json(value).map(|text| cast(text, SqlType::Json)),
        Scalar::Geometry => geometry::geometry(value),
        Scalar::IntRange => range::parse(scalar, value).map(|text| cast(text, SqlType::IntRange)),
        Scalar::BigIntRange => range::parse(scalar, value).map(|text| cast(text, SqlType::BigIntRange)),
        Scalar::TimestampRange => range::parse(scalar, value).map(|text| cast(text, SqlType::TimestampRange)),
        Scalar::H3Cell => h3_cell(value)
            .map(|cell| (Value::Int(cell), None))
            .ok_or_else(|| expected(scalar, "hexadecimal digits or a number", value)),
        Scalar::Vector => vector(value),
    }
}

fn cast(text: String, ty: SqlType) -> (Value, Option<SqlType>) {
    (Value::Text(text), Some(ty))
}

/// Integers; fractions are cut off, as clients of the original expect.
fn integer(value: &Json) -> Result<i64> {
    if let Some(integer) = value.as_i64() {
        return Ok(integer);
    }
    match value.as_f64() {
        // The range check makes the conversion exact up to the fraction that is cut off.
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        Some(number) if number.abs() < 9.2e18 => Ok(number.trunc() as i64),
        _ => Err(expected(Scalar::BigInt, "an integer", value)),
    }
}

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// All time scalars share one grammar, told apart by length.
fn instant(scalar: Scalar, value: &Json) -> Result<NaiveDateTime> {
    let parsed = match value {
        Json::Number(number) => number.as_f64().and_then(|seconds| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "microseconds of any date fit, others are refused below"
            )]
            let micros = (seconds * 1e6) as i64;
            DateTime::<Utc>::from_timestamp_micros(micros).map(|moment| moment.naive_utc())
        }),
        Json::String(text) => parse_moment(text),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    };
    parsed.ok_or_else(|| {
        expected(
            scalar,
            "`YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM[:SS]`, RFC 3339 or Unix seconds",
            value,
        )
    })
}

fn parse_moment(text: &str) -> Option<NaiveDateTime> {
    let day = |date: NaiveDate| date.and_time(NaiveTime::MIN);
    match text.len() {
        4 => NaiveDate::from_ymd_opt(text.parse().ok()?, 1, 1).map(day),
        7 => NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d")
            .ok()
            .map(day),
        8 => NaiveTime::parse_from_str(text, "%H:%M:%S")
            .ok()
            .map(|time| NaiveDate::default().and_time(time)),
        10 if text.contains('.') => NaiveDate::parse_from_str(text, "%d.%m.%Y").ok().map(day),
        10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(day),
        16 => NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M").ok(),
        19 => NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M:%S").ok(),
        _ => DateTime::parse_from_rfc3339(text)
            .map(|moment| moment.naive_utc())
            .ok()
            .or_else(|| NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M:%S%.f").ok()),
    }
}

fn time(value: &Json) -> Result<NaiveTime> {
    let parsed = match value {
        Json::String(text) => ["%H:%M:%S%.f", "%H:%M"]
            .iter()
            .find_map(|format| NaiveTime::parse_from_str(text, format).ok())
            .or_else(|| parse_moment(text).map(|moment| moment.time())),
        Json::Number(_) => instant(Scalar::Time, value).ok().map(|moment| moment.time()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    };
    parsed.ok_or_else(|| expected(Scalar::Time, "`HH:MM[:SS[.fraction]]`", value))
}

/// Cells are written in hexadecimal or as numbers.
pub(super) fn h3_cell(value: &Json) -> Option<i64> {
    match value {
        Json::String(text) => i64::from_str_radix(text.trim_start_matches("0x"), 16).ok(),
        other => other.as_i64(),
    }
    .filter(|cell| *cell >= 0)
}

/// A list of numbers, or text that holds one.
fn vector(value: &Json) -> Result<(Value, Option<SqlType>)> {
    let parsed = match value {
        Json::String(text) => serde_json::from_str(text).ok(),
        other => serde_json::from_value(other.clone()).ok(),
    };
    let numbers: Vec<f64> = parsed.ok_or_else(|| expected(Scalar::Vector, "a list of numbers", value))?;
    let length = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    Ok(cast(Json::from(numbers).to_string(), SqlType::Vector(length)))
}

fn json(value: &Json) -> Result<String> {
    match value {
        Json::Object(_) => Ok(value.to_string()),
        Json::String(text) if serde_json::from_str::<Json>(text).is_ok_and(|parsed| parsed.is_object()) => {
            Ok(text.clone())
        }
        _ => Err(expected(
            Scalar::Json,
            "an object, or a string that holds one",
            value,
        )),
    }
}

fn expected(scalar: Scalar, what: &str, value: &Json) -> Error {
    let shown: String = value.to_string().chars().take(60).collect();
    Error::new(
        ErrorCode::GraphqlValidation,
        format!("{shown} is not a valid {}: expected {what}", scalar.as_str()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bound(scalar: Scalar, value: &Json) -> Json {
        parse_scalar(scalar, value).unwrap().0.to_json()
    }

    #[test]
    fn times_are_told_apart_by_length() {
        let midnight = json!("2024-01-01T00:00:00Z");
        assert_eq!(bound(Scalar::Timestamp, &json!("2024")), midnight);
        assert_eq!(bound(Scalar::Timestamp, &json!("2024-01")), midnight);
        assert_eq!(bound(Scalar::Timestamp, &json!("01.01.2024")), midnight);
        assert_eq!(bound(Scalar::Timestamp, &json!("2024-01-01 00:00")), midnight);
        assert_eq!(
            bound(Scalar::Timestamp, &json!("2024-01-01T01:00:00+01:00")),
            midnight
        );
        assert_eq!(bound(Scalar::Timestamp, &json!(1_704_067_200)), midnight);
        assert_eq!(
            bound(Scalar::DateTime, &json!("2024-01-01T10:20:30.5Z")),
            json!("2024-01-01 10:20:30.500")
        );
        assert_eq!(bound(Scalar::Date, &json!("2024-02-29")), json!("2024-02-29"));
        assert_eq!(bound(Scalar::Time, &json!("10:20:30")), json!("10:20:30"));
    }

    #[test]
    fn wrong_values_say_what_is_expected() {
        for (scalar, value) in [
            (Scalar::Int, json!("x")),
            (Scalar::Date, json!("2024-13-01")),
            (Scalar::Timestamp, json!({})),
            (Scalar::Interval, json!("soon")),
            (Scalar::Json, json!("[1]")),
            (Scalar::Geometry, json!(1)),
            (Scalar::H3Cell, json!("8x")),
            (Scalar::Vector, json!(["a"])),
        ] {
            let error = parse_scalar(scalar, &value).unwrap_err();
            assert_eq!(error.code(), ErrorCode::GraphqlValidation);
            assert!(error.to_string().contains("expected"), "{error}");
        }
    }

    #[test]
    fn cells_and_vectors() {
        let cell = json!(586_025_953_709_260_799_i64);
        assert_eq!(bound(Scalar::H3Cell, &json!("821fb7fffffffff")), cell);
        assert_eq!(bound(Scalar::H3Cell, &cell), cell);
        assert_eq!(bound(Scalar::Vector, &json!([1, 0.5])), json!("[1.0,0.5]"));
        assert_eq!(bound(Scalar::Vector, &json!("[1]")), json!("[1.0]"));
    }

    #[test]
    fn fractions_of_integers_are_cut_off() {
        assert_eq!(bound(Scalar::BigInt, &json!(3.9)), json!(3));
    }
}
