//! Ranges: `[1,5)`, `(,7]`, `['2024-01-01T00:00:00Z',)`, `empty`, or a list of both ends.

use serde_json::Value as Json;

use super::{expected, instant, integer};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, Result};

/// Returns the range in the form that databases read: bounds in double quotes, where there are some.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when the value is not of that form.
pub(super) fn parse(scalar: Scalar, value: &Json) -> Result<String> {
    let wrong = || {
        let example = match scalar {
            Scalar::TimestampRange => "a range such as `['2024-01-01T00:00:00Z','2024-02-01T00:00:00Z')`",
            _ => "a range such as `[1,5)`",
        };
        expected(scalar, example, value)
    };
    let bound = |text: &str| bound(scalar, text).map_err(|_| wrong());
    let text = match value {
        Json::String(text) => text.trim(),
        // Both ends belong to it.
        Json::Array(ends) => {
            let [lower, upper] = ends.as_slice() else {
                return Err(wrong());
            };
            return Ok(format!("[{},{}]", bound(&end(lower))?, bound(&end(upper))?));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => return Err(wrong()),
    };
    if text.eq_ignore_ascii_case("empty") {
        return Ok("empty".to_owned());
    }
    let opening = text.chars().next().filter(|first| matches!(first, '[' | '('));
    let closing = text.chars().next_back().filter(|last| matches!(last, ']' | ')'));
    let (Some(opening), Some(closing)) = (opening, closing) else {
        return Err(wrong());
    };
    let ends = text
        .get(1..text.len() - 1)
        .and_then(|inner| inner.split_once(','));
    let (lower, upper) = ends.ok_or_else(wrong)?;
    Ok(format!("{opening}{},{}{closing}", bound(lower)?, bound(upper)?))
}

fn end(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// No text is no bound.
fn bound(scalar: Scalar, text: &str) -> Result<String, Error> {
    let text = text.trim();
    let text = text
        .strip_prefix(['\'', '"'])
        .and_then(|text| text.strip_suffix(['\'', '"']))
        .unwrap_or(text);
    if text.is_empty() {
        return Ok(String::new());
    }
    if scalar == Scalar::TimestampRange {
        let moment = instant(Scalar::Timestamp, &Json::from(text))?;
        return Ok(format!("\"{}Z\"", moment.format("%Y-%m-%dT%H:%M:%S%.f")));
    }
    let number = text.parse::<i64>().map(Json::from).unwrap_or(Json::Null);
    integer(&number).map(|number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ranges_are_read() {
        for (scalar, value, text) in [
            (Scalar::IntRange, json!("[1,5)"), "[1,5)"),
            (Scalar::BigIntRange, json!("( , 7 ]"), "(,7]"),
            (Scalar::IntRange, json!("[5,)"), "[5,)"),
            (Scalar::IntRange, json!([1, 3]), "[1,3]"),
            (Scalar::IntRange, json!("empty"), "empty"),
            (
                Scalar::TimestampRange,
                json!("['2024-01-01T00:00:00Z',2024-02-01)"),
                "[\"2024-01-01T00:00:00Z\",\"2024-02-01T00:00:00Z\")",
            ),
        ] {
            assert_eq!(parse(scalar, &value).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_range_is_told() {
        for value in [
            json!("1,5"),
            json!("[1"),
            json!("[a,b)"),
            json!([1]),
            json!(1),
            json!(""),
        ] {
            let error = parse(Scalar::IntRange, &value).unwrap_err();
            assert!(error.to_string().contains("[1,5)"), "{error}");
        }
    }
}
