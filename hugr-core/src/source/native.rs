//! Databases that answer statements themselves, beside being attached to DuckDB.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::RecordBatch;
use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::error::Result;
use crate::sql::Statement;
use crate::sql::dialect::PostgresDialect;

/// A source's own connections.
///
/// # Contract
/// - [`read`](Self::read) waits for a connection no longer than the source's settings say.
/// - A read that is dropped before it is finished stops its statements in the database and leaves no transaction behind.
#[async_trait]
pub trait NativeDatabase: Send + Sync + Debug {
    /// Returns how the database is spoken to.
    fn dialect(&self) -> PostgresDialect;

    /// Returns the schemas of relations that are found without one and that others look for elsewhere, by their names.
    fn schemas(&self) -> Arc<HashMap<String, String>> {
        Arc::default()
    }

    /// Begins a read.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when the database cannot be reached, `RESOURCE_EXHAUSTED` when it or the pool has no connection
    /// left.
    async fn read(&self, terms: &ReadTerms) -> Result<Box<dyn NativeRead>>;
}

/// What a read needs to be right.
#[derive(Clone, Debug)]
pub struct ReadTerms {
    /// Whether all of its statements see one state of the data.
    pub is_snapshot: bool,
    /// Whether a statement may change data, so that a replica cannot run it.
    pub may_change: bool,
    /// Time zone of parts of instants, and in which instants are shown.
    pub time_zone: Arc<str>,
}

/// Statements on one connection.
#[async_trait]
pub trait NativeRead: Send + Sync + Debug {
    /// Runs a statement and returns all of its rows. Several may be under way at a time; they run one after the other.
    ///
    /// # Errors
    /// `BAD_REQUEST` for values that do not fit, `TIMEOUT` when the statement took too long, `SOURCE_UNAVAILABLE` when the
    /// connection was lost, `INTERNAL` for SQL that the database refuses.
    async fn query(&self, statement: &Statement) -> Result<RecordBatch>;

    /// Runs a statement and hands its rows over in parts of some thousand, as they come; whoever does not take them holds
    /// the statement up. Nothing else may be under way.
    ///
    /// # Errors
    /// Those of [`query`](Self::query).
    async fn query_in_parts(&self, statement: &Statement, parts: mpsc::Sender<RecordBatch>) -> Result<()>;

    /// Runs a statement and returns the number of rows that it changed.
    ///
    /// # Errors
    /// Those of [`query`](Self::query), and `CONFLICT` with a [`Violation`](crate::db::Violation) as its source for rows that
    /// break a constraint.
    async fn execute(&self, statement: &Statement) -> Result<u64>;

    /// Returns whether a statement failed for a reason that another connection does not have.
    fn may_be_repeated(&self) -> bool;

    /// Ends the read; one that may have changed something has done so when this returns.
    ///
    /// # Errors
    /// `CONFLICT` and the like when the database does not accept the changes.
    async fn finish(self: Box<Self>) -> Result<()>;
}
