//! Compares answers with what is expected, or makes them what is expected.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use super::Outcome;

/// In an expected answer: any value.
const ANY: &str = "<any>";
/// Most differences that are shown.
const MAX_DIFFERENCES: usize = 20;

/// What to do with an answer that is not the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Fail.
    Check,
    /// Make it the expected one.
    Update,
}

impl Mode {
    /// Returns the mode that the environment asks for: `HUGR_UPDATE=1` updates.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the environment of a test run is the harness's configuration"
    )]
    pub fn from_environment() -> Self {
        match std::env::var("HUGR_UPDATE") {
            Ok(value) if value == "1" => Self::Update,
            _ => Self::Check,
        }
    }

    /// Compares `actual` with the JSON text in `file`.
    ///
    /// # Errors
    /// With the differences, or when the file cannot be read or written.
    pub fn json(self, file: &Path, actual: &Value) -> Outcome {
        let expected = match read_if_present(file)? {
            None => None,
            Some(text) => {
                Some(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?)
            }
        };
        let found = expected.as_ref().map(|expected| differences(expected, actual));
        match (found, self) {
            (Some(found), _) if found.is_empty() => Ok(()),
            (_, Self::Update) => {
                let kept = keep_any(expected.as_ref(), actual);
                write(file, &format!("{kept:#}\n"))
            }
            (None, Self::Check) => Err(missing(file, &format!("{actual:#}"))),
            (Some(found), Self::Check) => Err(format!(
                "{}: the answer differs\n  {}\nwhole answer:\n{actual:#}",
                file.display(),
                found.join("\n  ")
            )),
        }
    }

    /// Compares `actual` with the text in `file`.
    ///
    /// # Errors
    /// With the lines that differ, or when the file cannot be read or written.
    pub fn text(self, file: &Path, actual: &str) -> Outcome {
        let expected = read_if_present(file)?;
        if expected.as_deref() == Some(actual) {
            return Ok(());
        }
        match (self, expected) {
            (Self::Update, _) => write(file, actual),
            (Self::Check, None) => Err(missing(file, actual)),
            (Self::Check, Some(expected)) => Err(format!(
                "{}: the text differs\n--- expected\n{expected}--- actual\n{actual}",
                file.display()
            )),
        }
    }
}

/// Returns where `actual` is not as `expected` says; the order of an object's keys does not matter.
fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(expected, actual, "$", &mut found);
    if found.len() > MAX_DIFFERENCES {
        let more = found.len() - MAX_DIFFERENCES;
        found.truncate(MAX_DIFFERENCES);
        found.push(format!("and {more} more"));
    }
    found
}

fn compare(expected: &Value, actual: &Value, path: &str, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::String(any), _) if any == ANY => {}
        (Value::Object(expected), Value::Object(actual)) => compare_members(expected, actual, path, found),
        (Value::Array(expected), Value::Array(actual)) => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(expected, actual, &format!("{path}[{index}]"), found);
            }
            if expected.len() != actual.len() {
                found.push(format!(
                    "{path}: expected {} items, found {}",
                    expected.len(),
                    actual.len()
                ));
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{path}: expected {expected}, found {actual}")),
    }
}

fn compare_members(
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
    path: &str,
    found: &mut Vec<String>,
) {
    for (key, expected) in expected {
        match actual.get(key) {
            Some(actual) => compare(expected, actual, &format!("{path}.{key}"), found),
            None => found.push(format!("{path}.{key}: missing, expected {expected}")),
        }
    }
    for (key, actual) in actual.iter().filter(|(key, _)| !expected.contains_key(*key)) {
        found.push(format!("{path}.{key}: not expected, found {actual}"));
    }
}

/// Returns `actual` with `"<any>"` wherever `expected` has it.
fn keep_any(expected: Option<&Value>, actual: &Value) -> Value {
    match (expected, actual) {
        (Some(Value::String(any)), _) if any == ANY => Value::from(ANY),
        (Some(Value::Object(expected)), Value::Object(actual)) => actual
            .iter()
            .map(|(key, actual)| (key.clone(), keep_any(expected.get(key), actual)))
            .collect(),
        (Some(Value::Array(expected)), Value::Array(actual)) => actual
            .iter()
            .enumerate()
            .map(|(index, actual)| keep_any(expected.get(index), actual))
            .collect(),
        _ => actual.clone(),
    }
}

/// Sorts the list at `path` below `answer`, so that its order does not matter.
pub fn sort_list(answer: &mut Value, path: &str) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    match answer {
        Value::Array(items) if path.is_empty() => items.sort_by_cached_key(ToString::to_string),
        Value::Array(items) => items.iter_mut().for_each(|item| sort_list(item, path)),
        Value::Object(members) => {
            if let Some(member) = members.get_mut(step) {
                sort_list(member, rest);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn read_if_present(file: &Path) -> Outcome<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}

fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

fn missing(file: &Path, actual: &str) -> String {
    format!(
        "{}: missing; write it by hand, or with HUGR_UPDATE=1 and read it\n{actual}",
        file.display()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{differences, keep_any, sort_list};

    #[test]
    fn keys_have_no_order_but_items_have() {
        let expected = json!({ "a": [1, 2], "b": null });
        assert!(differences(&expected, &json!({ "b": null, "a": [1, 2] })).is_empty());
        assert_eq!(
            differences(&expected, &json!({ "a": [2, 1], "c": null })),
            [
                "$.a[0]: expected 1, found 2",
                "$.a[1]: expected 2, found 1",
                "$.b: missing, expected null",
                "$.c: not expected, found null",
            ]
        );
    }

    #[test]
    fn any_matches_everything_and_survives_updates() {
        let expected = json!({ "id": "<any>", "n": 1 });
        let actual = json!({ "id": { "x": 1 }, "n": 2 });
        assert_eq!(differences(&expected, &actual), ["$.n: expected 1, found 2"]);
        assert_eq!(
            keep_any(Some(&expected), &actual),
            json!({ "id": "<any>", "n": 2 })
        );
    }

    #[test]
    fn lists_below_lists_are_sorted() {
        let mut answer = json!({ "a": [{ "b": [2, 1] }, { "b": [3, 1] }] });
        sort_list(&mut answer, "a.b");
        assert_eq!(answer, json!({ "a": [{ "b": [1, 2] }, { "b": [1, 3] }] }));
    }
}
