//! What a mutation needs and answers whoever runs it: rows that are written, values that are drawn, errors, results.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::Value as Json;

use super::encode::text::write_string;
use crate::catalog::model::{Cardinality, DataObject, FieldValue, LinkPath};
use crate::db::{Violation, ViolationKind};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::FieldName;
use crate::plan::{Draw, ROWS, Read, Require, RowSet, WrittenKeys, WrittenRows};
use crate::sql::RuntimeRows;
use crate::sql::ast::Expr;

/// Values of the draws so far.
pub(super) type Drawn = Vec<Vec<Json>>;

/// Returns `error` in terms of the object's fields when a row breaks a constraint.
pub(super) fn explained(error: Error, object: &DataObject) -> Error {
    let violation = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Violation>());
    let Some(violation) = violation else {
        return error;
    };
    let field_of = |column: &String| {
        let stored_in = |value: &FieldValue| matches!(value, FieldValue::Column(name) if name == column);
        let mut fields = object.fields.values();
        fields
            .find(|field| stored_in(&field.value))
            .map(|field| field.name.to_string())
    };
    let named = violation
        .columns
        .iter()
        .map(|column| field_of(column).unwrap_or_else(|| column.clone()));
    let mut columns: Vec<String> = named.collect();
    match violation.kind {
        ViolationKind::ForeignKey => columns.extend(referring_fields(object, &violation.mentioned)),
        // Of rows of one statement DuckDB does not tell which key is the same.
        ViolationKind::Unique if columns.is_empty() && object.unique_keys.is_empty() => {
            columns.extend(object.primary_key.iter().map(FieldName::to_string));
        }
        ViolationKind::Unique | ViolationKind::NotNull | ViolationKind::Check => {
            columns.extend(violation.mentioned.iter().filter_map(field_of));
        }
    }
    let told = Violation {
        columns,
        ..violation.clone()
    };
    Error::new(error.code(), format!("`{}`: {told}", object.name))
}

/// Returns the fields of `object` by which it refers to rows with the key `referenced`; the key itself where none does.
fn referring_fields(object: &DataObject, referenced: &[String]) -> Vec<String> {
    let mut fields = Vec::new();
    for link in object.links.values() {
        if let (Cardinality::One, LinkPath::Keys(pairs)) = (link.cardinality, &link.path)
            && pairs.len() == referenced.len()
            && pairs
                .iter()
                .all(|(_, other)| referenced.iter().any(|name| name == other.as_str()))
        {
            fields.extend(pairs.iter().map(|(own, _)| own.to_string()));
        }
    }
    match fields.is_empty() {
        true => referenced.to_vec(),
        false => fields,
    }
}

/// Returns the reading of `written`, restricted to its keys, and the rows that it reads.
pub(super) fn restricted(written: &WrittenRows, runtime: &RuntimeRows, drawn: &Drawn) -> (Read, RuntimeRows) {
    let mut read = written.read.clone();
    match &written.keys {
        WrittenKeys::One(keys) => {
            for (expr, cell, cast) in keys {
                let value = Expr::Param(cell.bound(drawn), *cast);
                read.step.select.filters.push(Expr::equals(expr.clone(), value));
            }
            (read, runtime.clone())
        }
        WrittenKeys::Many(rows) => (read, with_rows(runtime, rows, drawn)),
    }
}

/// Returns `runtime` with the `rows` of a statement.
pub(super) fn with_rows(runtime: &RuntimeRows, rows: &RowSet, drawn: &Drawn) -> RuntimeRows {
    let mut all = runtime.clone();
    if !rows.columns.is_empty() {
        all.insert(ROWS.to_owned(), rows.to_json(drawn));
    }
    all
}

/// Writes what a change did.
pub(super) fn result(
    selection: &[Selected],
    affected: u64,
    last_id: &Json,
    rows: &[(&str, Vec<u8>)],
) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (index, selected) in selection.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(&mut out, &selected.key);
        out.push(b':');
        match selected.name.as_str() {
            "__typename" => write_string(&mut out, selected.parent.as_str()),
            "success" => out.extend_from_slice(b"true"),
            "message" => out.extend_from_slice(b"\"success\""),
            "affected_rows" => out.extend_from_slice(affected.to_string().as_bytes()),
            "last_id" if last_id.is_i64() => out.extend_from_slice(last_id.to_string().as_bytes()),
            _ => match rows.iter().find(|(key, _)| *key == selected.key) {
                Some((_, text)) => out.extend_from_slice(text),
                None => out.extend_from_slice(b"null"),
            },
        }
    }
    out.push(b'}');
    out
}

/// Returns the values that `draw` has given.
pub(super) fn drawn_values(draw: &Draw, batches: &[RecordBatch]) -> Result<Vec<Json>> {
    let values = first_column(batches)?;
    if values.len() == draw.count {
        return Ok(values);
    }
    Err(Error::internal(
        "a draw gives another number of values than wanted",
    ))
}

/// Checks that all rows of `require` are there; their number is what its statement gives.
pub(super) fn check_present(require: &Require, batches: &[RecordBatch]) -> Result<()> {
    let present = first_column(batches)?;
    if present.first().and_then(Json::as_u64) == u64::try_from(require.rows.len()).ok() {
        Ok(())
    } else {
        Err(Error::new(ErrorCode::NotFound, require.message.clone()))
    }
}

/// Returns the values of the first column: whole numbers, and everything else as text.
fn first_column(batches: &[RecordBatch]) -> Result<Vec<Json>> {
    let mut values = Vec::new();
    for batch in batches {
        let column = batch
            .columns()
            .first()
            .ok_or_else(|| Error::internal("a statement has no column"))?;
        add_values(column, &mut values)
            .map_err(|error| Error::internal("drawn values cannot be read").with_source(error))?;
    }
    Ok(values)
}

fn add_values(column: &ArrayRef, values: &mut Vec<Json>) -> Result<(), arrow::error::ArrowError> {
    let is_whole =
        column.data_type().is_integer() || matches!(column.data_type(), DataType::Decimal128(_, 0));
    if is_whole {
        let numbers = cast(column, &DataType::Int64)?;
        let numbers = numbers.as_primitive::<Int64Type>();
        values.extend(numbers.iter().map(Json::from));
        return Ok(());
    }
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
    for row in 0..column.len() {
        values.push(if column.is_valid(row) {
            formatter.value(row).to_string().into()
        } else {
            Json::Null
        });
    }
    Ok(())
}
