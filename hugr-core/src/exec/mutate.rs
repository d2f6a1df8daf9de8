//! Runs the steps of a mutation in DuckDB and reads what it answers.

use serde_json::Value as Json;

use super::read::{Level, encode, run_read};
use super::written::{Drawn, check_present, drawn_values, explained, restricted, result, with_rows};
use crate::db::{Rows, Session};
use crate::error::Result;
use crate::plan::{Draw, Mutation, MutationAnswer, Require, TableWrite, WriteStep, WrittenRows};
use crate::sql::dialect::DuckDbDialect;
use crate::sql::{RuntimeRows, Statement, render, render_write};

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
    let mut returned = Vec::new();
    for step in &mutation.steps {
        match step {
            WriteStep::Draw(draw) => {
                let values = run_draw(session, draw, runtime, &drawn)?;
                drawn.push(values);
            }
            WriteStep::Require(require) => run_require(session, require, runtime, &drawn)?,
            WriteStep::Write(write) if write.statement.returns_rows() => {
                let rows = run_returning(session, write, runtime, &drawn)?;
                affected += rows.row_count() as u64;
                returned = rows.batches;
            }
            WriteStep::Write(write) => affected += run_write(session, write, runtime, &drawn)? as u64,
        }
    }
    match &mutation.answer {
        MutationAnswer::Row(written) => read_written(session, written, (runtime, max_bytes), &drawn),
        MutationAnswer::Returned(read) => encode(read, &Level::of_rows(returned), max_bytes),
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
    drawn_values(draw, &rows.batches)
}

fn run_require(session: &mut Session, require: &Require, runtime: &RuntimeRows, drawn: &Drawn) -> Result<()> {
    let rows = with_rows(runtime, &require.rows, drawn);
    let statement = render(&require.select, &DuckDbDialect, &rows);
    let found = session.query(&statement.sql, &statement.params)?;
    check_present(require, &found.batches)
}

fn run_write(
    session: &mut Session,
    write: &TableWrite,
    runtime: &RuntimeRows,
    drawn: &Drawn,
) -> Result<usize> {
    let statement = statement_of(write, runtime, drawn);
    session
        .execute(&statement.sql, &statement.params)
        .map_err(|error| explained(error, &write.object))
}

fn run_returning(
    session: &mut Session,
    write: &TableWrite,
    runtime: &RuntimeRows,
    drawn: &Drawn,
) -> Result<Rows> {
    let statement = statement_of(write, runtime, drawn);
    session
        .query(&statement.sql, &statement.params)
        .map_err(|error| explained(error, &write.object))
}

fn statement_of(write: &TableWrite, runtime: &RuntimeRows, drawn: &Drawn) -> Statement {
    let rows = with_rows(runtime, &write.rows, drawn);
    let statement = render_write(&write.statement, &DuckDbDialect, &rows);
    tracing::debug!(source = %write.object.source, sql = %statement.sql, "statement");
    statement
}

fn read_written(
    session: &mut Session,
    written: &WrittenRows,
    context: (&RuntimeRows, usize),
    drawn: &Drawn,
) -> Result<Vec<u8>> {
    let (read, runtime) = restricted(written, context.0, drawn);
    run_read(session, &read, &runtime, context.1)
}
