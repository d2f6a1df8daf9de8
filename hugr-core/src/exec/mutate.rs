//! Runs the steps of a mutation and reads what it answers.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::Value as Json;

use super::encode::text::write_string;
use super::read::run_read;
use crate::catalog::model::{DataObject, FieldValue};
use crate::db::{Session, Violation};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::plan::{
    Draw, Mutation, MutationAnswer, ROWS, Require, RowSet, TableWrite, WriteStep, WrittenKeys, WrittenRows,
};
use crate::sql::ast::Expr;
use crate::sql::dialect::DuckDbDialect;
use crate::sql::{RuntimeRows, render, render_write};

/// Values of the draws so far.
type Drawn = Vec<Vec<Json>>;

/// Runs `mutation` and returns the JSON text of its answer, of which rows take up to `max_bytes`. The caller gives the
/// transaction.
///
/// # Errors
/// `CONFLICT` for rows that break a constraint, naming it; `NOT_FOUND` for linked rows that are not there; those of the
/// database, see [`Session::query`].
pub fn run_mutation(
    session: &mut Session,
    mutation: &Mutation,
    runtime: &RuntimeRows,
    max_bytes: usize,
) -> Result<Vec<u8>> {
    let mut drawn = Drawn::new();
    let mut affected = 0;
    for step in &mutation.steps {
        match step {
            WriteStep::Draw(draw) => {
                let values = run_draw(session, draw, runtime, &drawn)?;
                drawn.push(values);
            }
            WriteStep::Require(require) => run_require(session, require, runtime, &drawn)?,
            WriteStep::Write(write) => affected += run_write(session, write, runtime, &drawn)?,
        }
    }
    match &mutation.answer {
        MutationAnswer::Row(written) => read_written(session, written, (runtime, max_bytes), &drawn),
        MutationAnswer::Result {
            selection,
            last_id,
            rows,
        } => {
            let last_id = last_id.as_ref().map_or(&Json::Null, |cell| cell.value(&drawn));
            let mut shown = Vec::with_capacity(rows.len());
            for (key, written) in rows {
                shown.push((
                    key.as_str(),
                    read_written(session, written, (runtime, max_bytes), &drawn)?,
                ));
            }
            Ok(result(selection, affected, last_id, &shown))
        }
    }
}

fn run_draw(session: &mut Session, draw: &Draw, runtime: &RuntimeRows, drawn: &Drawn) -> Result<Vec<Json>> {
    let statement = render(
        &draw.select,
        &DuckDbDialect,
        &with_rows(runtime, &draw.rows, drawn),
    );
    let rows = session.query(&statement.sql, &statement.params)?;
    let values = first_column(&rows.batches)?;
    if values.len() != draw.count {
        return Err(Error::internal(
            "a draw gives another number of values than wanted",
        ));
    }
    Ok(values)
}

fn run_require(session: &mut Session, require: &Require, runtime: &RuntimeRows, drawn: &Drawn) -> Result<()> {
    let rows = with_rows(runtime, &require.rows, drawn);
    let statement = render(&require.select, &DuckDbDialect, &rows);
    let found = session.query(&statement.sql, &statement.params)?;
    let present = first_column(&found.batches)?;
    if present.first().and_then(Json::as_u64) == u64::try_from(require.rows.len()).ok() {
        Ok(())
    } else {
        Err(Error::new(ErrorCode::NotFound, require.message.clone()))
    }
}

fn run_write(
    session: &mut Session,
    write: &TableWrite,
    runtime: &RuntimeRows,
    drawn: &Drawn,
) -> Result<usize> {
    let rows = with_rows(runtime, &write.rows, drawn);
    let statement = render_write(&write.statement, &DuckDbDialect, &rows);
    tracing::debug!(source = %write.object.source, sql = %statement.sql, "statement");
    session
        .execute(&statement.sql, &statement.params)
        .map_err(|error| explained(error, &write.object))
}

/// Returns `error` in terms of the object's fields when a row breaks a constraint.
fn explained(error: Error, object: &DataObject) -> Error {
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
    let told = Violation {
        columns: named
            .chain(violation.mentioned.iter().filter_map(field_of))
            .collect(),
        ..violation.clone()
    };
    Error::new(error.code(), format!("`{}`: {told}", object.name))
}

fn read_written(
    session: &mut Session,
    written: &WrittenRows,
    context: (&RuntimeRows, usize),
    drawn: &Drawn,
) -> Result<Vec<u8>> {
    let (runtime, max_bytes) = context;
    let mut read = written.read.clone();
    match &written.keys {
        WrittenKeys::One(keys) => {
            for (expr, cell, cast) in keys {
                let value = Expr::Param(cell.bound(drawn), *cast);
                read.step.select.filters.push(Expr::equals(expr.clone(), value));
            }
            run_read(session, &read, runtime, max_bytes)
        }
        WrittenKeys::Many(rows) => run_read(session, &read, &with_rows(runtime, rows, drawn), max_bytes),
    }
}

fn with_rows(runtime: &RuntimeRows, rows: &RowSet, drawn: &Drawn) -> RuntimeRows {
    let mut all = runtime.clone();
    if !rows.columns.is_empty() {
        all.insert(ROWS.to_owned(), rows.to_json(drawn));
    }
    all
}

/// Writes what a change did.
fn result(selection: &[Selected], affected: usize, last_id: &Json, rows: &[(&str, Vec<u8>)]) -> Vec<u8> {
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
