//! Rows that the process provides to a statement, as the text of a JSON array.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::model::Cell;
use crate::sql::Value;
use crate::sql::ast::{BLOCK_SEPARATOR, SqlType};
use crate::sql::dialect::Backend;

/// Rows of one array where rows are several: DuckDB copies the text of an array for every 2,048 rows that come of it.
const BLOCK_LENGTH: usize = 1_000;

/// Rows that the process provides to a statement.
#[derive(Clone, Debug, Default)]
pub struct RowSet {
    /// Columns with their types.
    pub columns: Vec<(String, SqlType)>,
    count: usize,
    /// Rows of one array.
    block_length: usize,
    /// What stands before the value of each column.
    before: Vec<String>,
    /// The text so far: one part where no value is drawn.
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Drawn { draw: usize, index: usize },
}

/// A value of a row that is planned.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RowValue<'d> {
    /// It is known.
    Known(Cow<'d, Json>),
    /// A draw gives it.
    Drawn {
        /// Number of the draw among those of the mutation.
        draw: usize,
        /// Which of its values.
        index: usize,
    },
}

impl RowValue<'_> {
    /// The value that is not there.
    pub(super) const NULL: Self = Self::Known(Cow::Owned(Json::Null));

    /// Returns the value on its own.
    pub(super) fn to_cell(&self) -> Cell {
        match self {
            Self::Known(value) => Cell::Value(Json::clone(value)),
            Self::Drawn { draw, index } => Cell::Drawn {
                draw: *draw,
                index: *index,
            },
        }
    }
}

impl RowSet {
    /// Returns no rows with `columns`, for statements of `backend`.
    pub(super) fn new(columns: Vec<(String, SqlType)>, backend: Backend) -> Self {
        let names = columns.iter().enumerate();
        let before = names.map(|(index, (name, _))| {
            let opening = if index == 0 { '{' } else { ',' };
            format!("{opening}{}:", Json::from(name.as_str()))
        });
        Self {
            before: before.collect(),
            block_length: match backend {
                Backend::DuckDb => BLOCK_LENGTH,
                Backend::Postgres(_) => usize::MAX,
            },
            columns,
            ..Self::default()
        }
    }

    /// Adds a row with the `values` of all columns.
    pub(super) fn push<'v, 'd: 'v>(&mut self, values: impl Iterator<Item = &'v RowValue<'d>>) {
        let mut text = match self.parts.pop() {
            Some(Part::Text(text)) => text,
            Some(drawn @ Part::Drawn { .. }) => {
                self.parts.push(drawn);
                String::new()
            }
            None => String::new(),
        };
        if self.count > 0 && self.count.is_multiple_of(self.block_length) {
            text.extend([']', BLOCK_SEPARATOR, '[']);
        } else if self.count > 0 {
            text.push(',');
        }
        for (before, value) in self.before.iter().zip(values) {
            text.push_str(before);
            match value {
                RowValue::Known(value) => push_json(&mut text, value),
                RowValue::Drawn { draw, index } => {
                    let (draw, index) = (*draw, *index);
                    self.parts.push(Part::Text(std::mem::take(&mut text)));
                    self.parts.push(Part::Drawn { draw, index });
                }
            }
        }
        text.push('}');
        self.parts.push(Part::Text(text));
        self.count += 1;
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the text of the one row; `None` when there are others, or a value is still to be drawn.
    #[must_use]
    pub fn only_row(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] if self.count == 1 => Some(text),
            _ => None,
        }
    }

    /// Returns the rows as the text of JSON arrays of objects; `drawn` has the values of all draws before.
    #[must_use]
    pub fn to_json(&self, drawn: &[Vec<Json>]) -> Value {
        let length: usize = self.parts.iter().map(Part::length).sum();
        let mut text = String::with_capacity(length + 2);
        text.push('[');
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Drawn { draw, index } => {
                    let value = drawn.get(*draw).and_then(|values| values.get(*index));
                    push_json(&mut text, value.unwrap_or(&Json::Null));
                }
            }
        }
        text.push(']');
        Value::Text(text)
    }
}

impl Part {
    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            // Most are keys.
            Self::Drawn { .. } => 12,
        }
    }
}

/// Most values are short and need no escapes, so that they are not formatted by way of a serializer.
fn push_json(out: &mut String, value: &Json) {
    match value {
        Json::String(text)
            if !text
                .bytes()
                .any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\')) =>
        {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }
        Json::Number(number) => match number.as_i64() {
            Some(integer) => out.push_str(itoa::Buffer::new().format(integer)),
            None => out.push_str(&number.to_string()),
        },
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        other @ (Json::String(_) | Json::Array(_) | Json::Object(_)) => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_the_text_of_an_array() {
        let columns = ["id", "a \"b\"", "c"].map(|name| (name.to_owned(), SqlType::Text));
        let mut rows = RowSet::new(columns.to_vec(), Backend::DuckDb);
        assert_eq!(rows.to_json(&[]), Value::from("[]"));
        for (index, value) in [json!("x\n\"y\""), json!({ "k": [1.5, null] })]
            .into_iter()
            .enumerate()
        {
            let row = [
                RowValue::Drawn { draw: 0, index },
                RowValue::Known(Cow::Owned(value)),
                RowValue::Known(Cow::Owned(json!(true))),
            ];
            rows.push(row.iter());
        }
        let drawn = [vec![json!(7), json!("eight")]];
        let expected = json!([
            { "id": 7, "a \"b\"": "x\n\"y\"", "c": true },
            { "id": "eight", "a \"b\"": { "k": [1.5, null] }, "c": true },
        ]);
        let Value::Text(text) = rows.to_json(&drawn) else {
            panic!("rows are text");
        };
        assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), expected);
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn many_rows_are_several_arrays() {
        let mut rows = RowSet::new(vec![("id".to_owned(), SqlType::BigInt)], Backend::DuckDb);
        for id in 0..BLOCK_LENGTH + 1 {
            rows.push([RowValue::Known(Cow::Owned(id.into()))].iter());
        }
        let Value::Text(text) = rows.to_json(&[]) else {
            panic!("rows are text");
        };
        let blocks: Vec<Vec<Json>> = text
            .split(BLOCK_SEPARATOR)
            .map(|block| serde_json::from_str(block).unwrap())
            .collect();
        assert_eq!(blocks.iter().map(Vec::len).collect::<Vec<_>>(), [BLOCK_LENGTH, 1]);
    }
}
