//! Ranges as they are stored: `[1,5)`, `empty`.

use serde_json::Value as Json;

use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};

/// Returns the text of a range that is given as text with brackets, or as a list of both bounds, which are part of it.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for anything else.
pub(super) fn range_text(scalar: Scalar, value: &Json) -> Result<String> {
    let text = match value {
        Json::String(text) => normalized(text),
        Json::Array(bounds) => match bounds.as_slice() {
            [low, high] => Some(format!("[{},{}]", bound(low), bound(high))),
            _ => None,
        },
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => None,
    };
    let text = text.filter(|text| scalar == Scalar::TimestampRange || has_whole_bounds(text));
    text.ok_or_else(|| {
        let example = match scalar {
            Scalar::TimestampRange => "[2024-01-01T00:00:00Z,2024-02-01T00:00:00Z)",
            _ => "[1,5)",
        };
        Error::new(
            ErrorCode::GraphqlValidation,
            format!("expected a range such as `{example}`, which may be open on either side"),
        )
    })
}

fn bound(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Quotes around bounds are dropped: they are the original's way to write instants.
fn normalized(text: &str) -> Option<String> {
    let text = text.trim();
    if text == "empty" {
        return Some(text.to_owned());
    }
    let is_range = text.starts_with(['[', '(']) && text.ends_with([']', ')']);
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    (is_range && inner.matches(',').count() == 1).then(|| text.replace('\'', ""))
}

fn has_whole_bounds(text: &str) -> bool {
    text == "empty"
        || text
            .trim_matches(['[', ']', '(', ')'])
            .split(',')
            .all(|bound| bound.trim().is_empty() || bound.trim().parse::<i64>().is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ranges_are_text_or_both_bounds() {
        for (scalar, value, expected) in [
            (Scalar::IntRange, json!("[1,5)"), Some("[1,5)")),
            (Scalar::IntRange, json!("(,5]"), Some("(,5]")),
            (Scalar::IntRange, json!([1, 5]), Some("[1,5]")),
            (Scalar::BigIntRange, json!("empty"), Some("empty")),
            (
                Scalar::TimestampRange,
                json!("['2024-01-01',)"),
                Some("[2024-01-01,)"),
            ),
            (Scalar::IntRange, json!("1,5"), None),
            (Scalar::IntRange, json!("[a,5)"), None),
            (Scalar::IntRange, json!("["), None),
            (Scalar::IntRange, json!(3), None),
        ] {
            assert_eq!(range_text(scalar, &value).ok().as_deref(), expected, "{value}");
        }
    }
}
