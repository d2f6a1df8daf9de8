//! Inserts of one row, of which several are done by one statement.
//!
//! ```text
//! insert_orders(data: {id: 1}) {…}, insert_orders(data: {id: 7}) {…}
//!   -> INSERT INTO orders SELECT … FROM <rows: [{id: 1}, {id: 7}]> RETURNING …
//! ```

use std::sync::Arc;

use arrow::array::RecordBatch;

use super::encode::json::{RowStyle, encode_root};
use super::read::Level;
use super::work::{Work, WorkKind};
use super::written::explained;
use crate::catalog::model::DataObject;
use crate::db::{Rows, Session};
use crate::error::{Error, Result};
use crate::plan::{Mutation, MutationAnswer, ROWS, RootShape, Step, TableWrite, WriteStep};
use crate::sql::ast::Expr;
use crate::sql::dialect::{Backend, DuckDbDialect};
use crate::sql::write::WriteStatement;
use crate::sql::{RuntimeRows, Value, render_write};

/// Most inserts of one request that are done by one statement.
const MOST_IN_A_ROW: usize = 1_000;

/// The insert of one row without the row, which its statement tells as it is then.
#[derive(Clone, Debug)]
pub struct SingleInsert {
    object: Arc<DataObject>,
    statement: WriteStatement,
    told: Step,
}

impl PartialEq for SingleInsert {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.object, &other.object)
            && self.statement == other.statement
            && self.told == other.told
    }
}

impl SingleInsert {
    /// Takes an insert apart: what it is, and the text of its row; `None` when `mutation` is none that one statement does.
    #[must_use]
    pub fn of(mutation: &Mutation) -> Option<(Self, Arc<str>)> {
        let (write, told, row) = parts(mutation)?;
        let insert = Self {
            object: Arc::clone(&write.object),
            statement: write.statement.clone(),
            told: told.clone(),
        };
        Some((insert, Arc::from(row)))
    }

    /// Returns the insert that `works` begin with and the rows of it and those after it that differ in the row alone, at most
    /// [`MOST_IN_A_ROW`]; `None` unless there are two at least, whose order makes no difference.
    #[must_use]
    pub fn leading(works: &[Work]) -> Option<(Self, Vec<Arc<str>>)> {
        let mut mutations = works.iter().map_while(|work| match &work.kind {
            WorkKind::Mutate(mutation) => Some(mutation),
            WorkKind::Read(_) | WorkKind::Known(_) => None,
        });
        let (first, row) = Self::of(mutations.next()?).filter(|(first, _)| first.asks_nothing())?;
        let alike = mutations.map_while(|mutation| first.row_of(mutation));
        let rows: Vec<_> = std::iter::once(row).chain(alike).take(MOST_IN_A_ROW).collect();
        (rows.len() > 1).then_some((first, rows))
    }

    /// Returns the row of `mutation` when it is this insert.
    fn row_of(&self, mutation: &Mutation) -> Option<Arc<str>> {
        let (write, told, row) = parts(mutation)?;
        let is_this = Arc::ptr_eq(&self.object, &write.object)
            && self.statement == write.statement
            && self.told == *told;
        is_this.then(|| Arc::from(row))
    }

    /// Returns whether the row is all that its values come from, and no row that is there.
    fn asks_nothing(&self) -> bool {
        let WriteStatement::Insert(insert) = &self.statement else {
            return false;
        };
        insert.rows.joins.is_empty()
            && insert.rows.filters.is_empty()
            && insert.rows.columns.iter().all(|column| is_given(&column.expr))
    }

    /// Inserts `rows` and returns the JSON text of each one's answer, of at most `max_bytes`.
    ///
    /// # Errors
    /// `CONFLICT` for rows that break a constraint, naming it; those of the database, see [`Session::query`];
    /// `RESOURCE_EXHAUSTED` for a text that is too long. None of the rows is written then.
    pub fn run(&self, session: &mut Session, rows: &[Arc<str>], max_bytes: usize) -> Result<Vec<Vec<u8>>> {
        match rows {
            // A statement is a transaction by itself.
            [_] => self.insert(session, rows, max_bytes),
            _ => session.transaction(|session| self.insert(session, rows, max_bytes)),
        }
    }

    fn insert(&self, session: &mut Session, rows: &[Arc<str>], max_bytes: usize) -> Result<Vec<Vec<u8>>> {
        let text = format!("[{}]", rows.join(","));
        let runtime = RuntimeRows::from([(ROWS.to_owned(), Value::Text(text))]);
        let statement = render_write(&self.statement, &DuckDbDialect, &runtime);
        tracing::debug!(source = %self.object.source, sql = %statement.sql, "statement");
        let written = session
            .query(&statement.sql, &statement.params)
            .map_err(|error| explained(error, &self.object))?;
        if written.row_count() != rows.len() {
            return Err(Error::internal("an insert tells of another number of rows"));
        }
        single_rows(&written)
            .map(|row| {
                let level = Level::of_rows(vec![row]);
                encode_root(&self.told, &level, RowStyle::Single, max_bytes)
            })
            .collect()
    }
}

/// Returns what writes the one row of `mutation`, what is told of it, and its text; `None` when more than that is done.
fn parts(mutation: &Mutation) -> Option<(&TableWrite, &Step, &str)> {
    let ([WriteStep::Write(write)], MutationAnswer::Returned(read)) =
        (mutation.steps.as_slice(), &mutation.answer)
    else {
        return None;
    };
    let is_plain = mutation.backend == Backend::DuckDb && read.shape == RootShape::Single;
    let row = write.rows.only_row().filter(|_| is_plain)?;
    Some((write, &read.step, row))
}

/// Returns whether a value follows from the row alone. SQL text of a schema's author may ask for more.
fn is_given(expr: &Expr) -> bool {
    match expr {
        Expr::Column { .. }
        | Expr::Null
        | Expr::Bool(_)
        | Expr::Number(_)
        | Expr::Param(..)
        | Expr::List(..) => true,
        Expr::Cast(value, _) | Expr::Member(value, ..) => is_given(value),
        Expr::Call { arguments, .. } => arguments.iter().all(is_given),
        _ => false,
    }
}

/// Returns each row on its own. DuckDB tells of the rows of an insert in their order.
fn single_rows(rows: &Rows) -> impl Iterator<Item = RecordBatch> {
    let batches = rows.batches.iter();
    batches.flat_map(|batch| (0..batch.num_rows()).map(|row| batch.slice(row, 1)))
}
