//! One connection, on its own thread.

use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::SchemaRef;
use duckdb::{Connection, Statement, params_from_iter};

use super::attached::AttachedFailure;
use super::files;
use super::job::JobControl;
use super::violation::Violation;
use crate::error::{Error, ErrorCode, Result};
use crate::sql::param::Value;
use crate::sql::quote;

/// Prepared statements that a connection keeps.
const STATEMENT_CACHE_CAPACITY: usize = 256;

/// The rows of a statement.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Columns.
    pub schema: SchemaRef,
    /// Chunks in order; none of them is empty.
    pub batches: Vec<RecordBatch>,
}

impl Rows {
    /// Returns the number of rows.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Keeps the first `count` rows.
    pub fn truncate(&mut self, count: usize) {
        let mut left = count;
        for batch in &mut self.batches {
            if batch.num_rows() > left {
                *batch = batch.slice(0, left);
            }
            left -= batch.num_rows();
        }
        self.batches.retain(|batch| batch.num_rows() > 0);
    }

    /// Returns the text in the first column of the first row; `None` when there is none, or it is NULL.
    #[must_use]
    pub fn first_text(&self) -> Option<String> {
        let column = self.batches.first()?.columns().first()?.as_string_opt::<i32>()?;
        let is_there = !column.is_empty() && column.is_valid(0);
        is_there.then(|| column.value(0).to_owned())
    }
}

/// A connection to DuckDB; lives on one of a [`Database`](super::Database)'s threads.
pub struct Session {
    connection: Connection,
    /// The time zone that was set last.
    time_zone: Option<String>,
    /// The job that runs.
    job: Option<Arc<JobControl>>,
    is_in_transaction: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
        Self {
            connection,
            time_zone: None,
            job: None,
            is_in_transaction: false,
        }
    }

    /// Takes up a job.
    pub(super) fn begin(&mut self, job: Arc<JobControl>) {
        self.job = Some(job);
    }

    /// Leaves nothing of a job to the next one; a job that panicked may have left a transaction.
    pub(super) fn end(&mut self) {
        if self.is_in_transaction {
            self.roll_back();
        }
        self.job = None;
    }

    /// Makes `name` the connection's time zone, for all statements to come; does nothing when it already is.
    ///
    /// # Errors
    /// `BAD_REQUEST` when there is no such time zone.
    pub fn set_time_zone(&mut self, name: &str) -> Result<()> {
        if self.time_zone.as_deref() != Some(name) {
            self.execute_batch(&format!("SET TimeZone = {}", quote::literal(name)))?;
            self.time_zone = Some(name.to_owned());
        }
        Ok(())
    }

    /// Runs statements without parameters and without rows.
    ///
    /// # Errors
    /// As DuckDB says; see [`Session::query`].
    pub fn execute_batch(&mut self, sql: &str) -> Result<()> {
        self.check_wanted()?;
        self.connection
            .execute_batch(sql)
            .map_err(|error| database_error(&error))
    }

    /// Runs a statement with bound parameters (`$1`, `$2`, …) and returns the number of rows that it changed.
    ///
    /// # Errors
    /// See [`Session::query`].
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<usize> {
        self.check_wanted()?;
        if params.is_empty() {
            let mut statement = self
                .connection
                .prepare(sql)
                .map_err(|error| database_error(&error))?;
            return changed_rows(&mut statement, params);
        }
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .map_err(|error| database_error(&error))?;
        changed_rows(&mut statement, params)
    }

    /// Runs a statement with bound parameters (`$1`, `$2`, …) and returns its rows. The statement is prepared once per
    /// connection and text, unless it has no parameters: DuckDB plans such a statement once, with the statistics of that
    /// moment, and would answer from them after the rows have changed. One with parameters it plans each time.
    ///
    /// # Errors
    /// `INTERNAL` for SQL that does not parse or bind, `BAD_REQUEST` for values that do not fit, `CANCELLED` when
    /// interrupted, `RESOURCE_EXHAUSTED` when out of memory, `SOURCE_UNAVAILABLE` for I/O.
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Rows> {
        self.check_wanted()?;
        if params.is_empty() {
            let mut statement = self
                .connection
                .prepare(sql)
                .map_err(|error| database_error(&error))?;
            return rows(&mut statement, params);
        }
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .map_err(|error| database_error(&error))?;
        rows(&mut statement, params)
    }

    /// Runs `work` in a transaction: committed when it succeeds, rolled back when it fails. Inside another one it is part of
    /// that one.
    ///
    /// # Errors
    /// Those of `work`, and those of `COMMIT`.
    pub fn transaction<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.is_in_transaction {
            return work(self);
        }
        let outcome = self.run_to_commit(work);
        if self.is_in_transaction {
            self.roll_back();
        }
        outcome
    }

    fn run_to_commit<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.check_wanted()?;
        // An interrupted BEGIN may have begun.
        self.is_in_transaction = true;
        self.execute_prepared("BEGIN TRANSACTION")?;
        let value = work(self)?;
        self.execute_prepared("COMMIT")?;
        self.is_in_transaction = false;
        Ok(value)
    }

    /// Runs a statement that reads no table: its text is parsed once per connection.
    fn execute_prepared(&mut self, sql: &str) -> Result<()> {
        self.check_wanted()?;
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .map_err(|error| database_error(&error))
    }

    fn roll_back(&mut self) {
        let connection = &self.connection;
        let outcome = match &self.job {
            Some(job) => job.undisturbed(|| connection.execute_batch("ROLLBACK")),
            None => connection.execute_batch("ROLLBACK"),
        };
        // A failed rollback means that DuckDB has already ended the transaction.
        if let Err(rollback) = outcome {
            tracing::debug!(error = %rollback, "rollback refused");
        }
        self.is_in_transaction = false;
    }

    /// Fails when nobody wants the outcome of the job any more: an interrupt between two statements is lost in DuckDB, and
    /// work without statements has none.
    ///
    /// # Errors
    /// `CANCELLED`.
    pub fn check_wanted(&self) -> Result<()> {
        match &self.job {
            Some(job) if job.is_cancelled() => Err(interrupted()),
            _ => Ok(()),
        }
    }
}

fn changed_rows(statement: &mut Statement<'_>, params: &[Value]) -> Result<usize> {
    statement
        .execute(params_from_iter(params.iter().map(bind)))
        .map_err(|error| database_error(&error))
}

fn rows(statement: &mut Statement<'_>, params: &[Value]) -> Result<Rows> {
    // The wrapper's iterators panic when a chunk cannot be fetched; `step` says so instead.
    statement
        .execute(params_from_iter(params.iter().map(bind)))
        .map_err(|error| database_error(&error))?;
    let schema = statement.schema();
    let mut batches = Vec::new();
    while let Some(chunk) = statement.step().map_err(|error| database_error(&error))? {
        if arrow::array::Array::len(&chunk) > 0 {
            batches.push(RecordBatch::from(&chunk));
        }
    }
    Ok(Rows { schema, batches })
}

fn bind(value: &Value) -> duckdb::types::Value {
    match value {
        Value::Null => duckdb::types::Value::Null,
        Value::Bool(value) => duckdb::types::Value::Boolean(*value),
        Value::Int(value) => duckdb::types::Value::BigInt(*value),
        Value::Float(value) => duckdb::types::Value::Double(*value),
        Value::Text(value) => duckdb::types::Value::Text(value.clone()),
        // Its statements take a list as the text of a JSON array.
        Value::List(_) => duckdb::types::Value::Text(value.to_json().to_string()),
    }
}

/// Turns DuckDB's message into an error. DuckDB's C interface gives the kind of error only as the message's first words,
/// the one place where text is matched; what it quotes of the statement stays internal.
pub(super) fn database_error(error: &duckdb::Error) -> Error {
    let message = match error {
        duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    if let Some(violation) = Violation::parse(&message) {
        return Error::new(ErrorCode::Conflict, violation.to_string()).with_source(violation);
    }
    if let Some(failure) = AttachedFailure::parse(&message) {
        tracing::debug!(%message, "an attached database fails");
        return Error::new(failure.code(), failure.to_string()).with_source(failure);
    }
    if let Some(reason) = not_writable(&message) {
        return Error::new(ErrorCode::Unsupported, reason);
    }
    if let Some(reason) = files::refusal(&message) {
        return Error::new(ErrorCode::Forbidden, reason);
    }
    let kind = message.split_once(':').map_or("", |(kind, _)| kind);
    let code = match kind {
        "INTERRUPT Error" => ErrorCode::Cancelled,
        "Out of Memory Error" => ErrorCode::ResourceExhausted,
        "IO Error" | "HTTP Error" | "Connection Error" => ErrorCode::SourceUnavailable,
        "Conversion Error" | "Out of Range Error" | "Invalid Input Error" => ErrorCode::BadRequest,
        "Constraint Error" => ErrorCode::Conflict,
        "TransactionContext Error" => ErrorCode::Conflict,
        "Permission Error" => ErrorCode::Forbidden,
        "Missing Extension Error" => ErrorCode::Unsupported,
        _ => ErrorCode::Internal,
    };
    let first_line = message.lines().next().unwrap_or_default().to_owned();
    if code == ErrorCode::Cancelled {
        return interrupted();
    }
    Error::new(
        code,
        if code == ErrorCode::Internal {
            message
        } else {
            first_line
        },
    )
}

/// DuckDB's PostgreSQL extension hands over new values of rows as text, which PostgreSQL takes for few types.
fn not_writable(message: &str) -> Option<String> {
    let (before, rest) = message.split_once("\" is of type ")?;
    let (ty, _) = rest.split_once(" but expression is of type ")?;
    let (_, column) = before.rsplit_once("column \"")?;
    Some(format!(
        "column `{column}` of type {ty} cannot be updated through DuckDB's extension for PostgreSQL"
    ))
}

fn interrupted() -> Error {
    Error::new(ErrorCode::Cancelled, "the query was interrupted")
}
