//! The statements of one read, on one connection.
//!
//! What prepares the session (its time zone, the transaction) is sent together with the first statement, the end of the
//! transaction without waiting for it: the connection's next user comes after it anyway.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, pin_mut};
use tokio::sync::mpsc;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, RowStream};

use super::bind::Bound;
use super::connection::set_time_zone;
use super::decode::BatchBuilder;
use super::error::{is_lost, is_stale, naming_extension, query_error};
use super::manager::Lent;
use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;
use crate::source::native::{NativeRead, ReadTerms};
use crate::sql::Statement;

const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
const BEGIN_CHANGE: &str = "BEGIN";
/// Rows of a part: few enough to stay in a processor's cache until they are written.
const PART_ROWS: usize = 4_096;
/// How long a connection may take to stop what it does before it is closed instead.
const CANCEL_DEADLINE: Duration = Duration::from_secs(2);

/// Whose the session of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionKind<'a> {
    /// Ours, for as long as the connection is open.
    Own,
    /// A pooler's, which may give each transaction another one: each begins with these statements.
    Pooled { settings: &'a str },
}

/// A read on a lent connection.
pub(super) struct PostgresRead {
    source: SourceName,
    /// `None` only while it is dropped.
    connection: Option<Lent>,
    time_zone: Arc<str>,
    has_named_statements: bool,
    /// What is to be run before the first statement.
    preparation: Mutex<Vec<String>>,
    is_in_transaction: bool,
    may_change: bool,
    /// Statements that the server has not answered.
    under_way: AtomicUsize,
    may_be_repeated: AtomicBool,
}

/// Who takes the rows of a statement before it is through.
type Parts<'a> = Option<&'a mpsc::Sender<RecordBatch>>;

/// What the server answers to a statement.
struct Answered {
    /// The rows that nobody has taken yet.
    rows: RecordBatch,
    /// Rows that it has returned or changed.
    affected: u64,
}

impl std::fmt::Debug for PostgresRead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresRead").finish_non_exhaustive()
    }
}

impl PostgresRead {
    pub(super) fn new(
        source: SourceName,
        connection: Lent,
        terms: &ReadTerms,
        session: SessionKind<'_>,
    ) -> Self {
        let has_named_statements = session == SessionKind::Own;
        let mut preparation = Vec::new();
        let begin = if terms.may_change {
            BEGIN_CHANGE
        } else {
            BEGIN_SNAPSHOT
        };
        // A pooler may give each transaction another session, so that nothing may be left in one.
        let is_in_transaction = terms.is_snapshot || !has_named_statements;
        if has_named_statements {
            preparation.extend(connection.time_zone_change(&terms.time_zone));
        }
        if is_in_transaction {
            preparation.push(begin.to_owned());
        }
        if let SessionKind::Pooled { settings } = session {
            let mut local = set_time_zone("SET LOCAL", &terms.time_zone);
            local.push(';');
            local.push_str(settings);
            preparation.push(local);
        }
        Self {
            source,
            connection: Some(connection),
            time_zone: Arc::clone(&terms.time_zone),
            has_named_statements,
            preparation: Mutex::new(preparation),
            is_in_transaction,
            may_change: terms.may_change,
            under_way: AtomicUsize::new(0),
            may_be_repeated: AtomicBool::new(false),
        }
    }

    fn connection(&self) -> Result<&Lent> {
        self.connection
            .as_ref()
            .ok_or_else(|| Error::internal("a read that is over is used"))
    }

    /// Runs a statement; of its rows full parts go to `parts`, when there is somebody to take them.
    async fn tracked(&self, statement: &Statement, parts: Parts<'_>) -> Result<Answered> {
        tracing::debug!(source = %self.source, sql = %statement.sql, "native statement");
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let connection = self.connection()?;
        let outcome = connection
            .driver
            .drive(self.run(statement, parts))
            .await
            .map_err(|error| naming_extension(&self.source, error, &statement.sql));
        // Not reached when the query is dropped: then the statement still runs.
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        outcome
    }

    async fn run(&self, statement: &Statement, parts: Parts<'_>) -> Result<Answered> {
        let preparation = {
            let mut preparation = self.preparation.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *preparation)
        };
        if preparation.is_empty() {
            return self.rows(statement, parts).await;
        }
        let connection = self.connection()?;
        let prepare = async {
            // Polled in order, so they are sent in order.
            let steps = preparation.iter().map(|sql| connection.client.batch_execute(sql));
            futures::future::try_join_all(steps).await.map_err(|error| {
                connection.forget_time_zone();
                self.failed(error)
            })
        };
        let (_, rows) = futures::future::try_join(prepare, self.rows(statement, parts)).await?;
        Ok(rows)
    }

    async fn rows(&self, statement: &Statement, parts: Parts<'_>) -> Result<Answered> {
        let connection = self.connection()?;
        let failed = |error| self.failed(error);
        let params = statement.params.iter().map(Bound);
        if self.has_named_statements {
            let prepared = connection.prepared(&statement.sql).await.map_err(failed)?;
            let rows = connection
                .client
                .query_raw(&prepared, params)
                .await
                .map_err(failed)?;
            let columns = prepared.columns().iter();
            let batch = BatchBuilder::new(
                columns.map(|column| (column.name(), column.type_())),
                &self.time_zone,
            )?;
            return self.collect(rows, batch, parts).await;
        }
        // The server finds out the types of the values, as it does for prepared statements.
        let params = params.map(|value| (value, Type::UNKNOWN));
        let rows = connection
            .client
            .query_typed_raw(&statement.sql, params)
            .await
            .map_err(failed)?;
        pin_mut!(rows);
        let mut batch = match rows.try_next().await.map_err(failed)? {
            Some(first) => {
                let mut batch = self.batch_like(&first)?;
                batch.push(&first)?;
                batch
            }
            None => BatchBuilder::new(std::iter::empty(), &self.time_zone)?,
        };
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            batch.push(&row)?;
            hand_over(&mut batch, parts).await?;
        }
        Ok(Answered {
            affected: rows.rows_affected().unwrap_or(0),
            rows: batch.take()?,
        })
    }

    fn batch_like(&self, row: &Row) -> Result<BatchBuilder> {
        let columns = row.columns().iter();
        BatchBuilder::new(
            columns.map(|column| (column.name(), column.type_())),
            &self.time_zone,
        )
    }

    async fn collect(&self, rows: RowStream, mut batch: BatchBuilder, parts: Parts<'_>) -> Result<Answered> {
        pin_mut!(rows);
        while let Some(row) = rows.next().await {
            batch.push(&row.map_err(|error| self.failed(error))?)?;
            hand_over(&mut batch, parts).await?;
        }
        Ok(Answered {
            affected: rows.rows_affected().unwrap_or(0),
            rows: batch.take()?,
        })
    }

    fn failed(&self, error: tokio_postgres::Error) -> Error {
        let is_stale = is_stale(&error);
        if is_stale && let Some(connection) = &self.connection {
            connection.forget_statements();
        }
        let is_lost = is_lost(&error);
        if is_lost && let Some(connection) = &self.connection {
            connection.set_lost();
            // Whatever took one connection has most likely taken the others, too.
            if let Some(pool) = Lent::pool(connection) {
                pool.retain(|_, _| false);
            }
        }
        // A change whose answer was lost may have been made.
        if is_stale || (is_lost && (self.is_in_transaction || !self.may_change)) {
            self.may_be_repeated.store(true, Ordering::Relaxed);
        }
        query_error(&self.source, error)
    }
}

#[async_trait]
impl NativeRead for PostgresRead {
    async fn query(&self, statement: &Statement) -> Result<RecordBatch> {
        self.tracked(statement, None).await.map(|answered| answered.rows)
    }

    async fn query_in_parts(&self, statement: &Statement, parts: mpsc::Sender<RecordBatch>) -> Result<()> {
        let last = self.tracked(statement, Some(&parts)).await?.rows;
        if last.num_rows() > 0 {
            give(&parts, last).await?;
        }
        Ok(())
    }

    async fn execute(&self, statement: &Statement) -> Result<u64> {
        self.tracked(statement, None)
            .await
            .map(|answered| answered.affected)
    }

    fn may_be_repeated(&self) -> bool {
        self.may_be_repeated.load(Ordering::Relaxed)
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        let has_begun = self
            .preparation
            .get_mut()
            .map_or(true, |preparation| preparation.is_empty());
        if self.is_in_transaction && has_begun {
            let connection = self.connection()?;
            if self.may_change {
                let committed = connection.client.batch_execute("COMMIT");
                let committed = connection.driver.drive(committed).await;
                committed.map_err(|error| self.failed(error))?;
            } else {
                send(connection, "COMMIT");
            }
        }
        self.is_in_transaction = false;
        Ok(())
    }
}

/// Gives the rows of a full part away, when there is somebody to take them.
async fn hand_over(batch: &mut BatchBuilder, parts: Parts<'_>) -> Result<()> {
    match parts {
        Some(parts) if batch.row_count() >= PART_ROWS => give(parts, batch.take()?).await,
        _ => Ok(()),
    }
}

async fn give(parts: &mpsc::Sender<RecordBatch>, part: RecordBatch) -> Result<()> {
    let sent = parts.send(part).await;
    sent.map_err(|_| Error::new(ErrorCode::Cancelled, "nobody wants the rows any more"))
}

/// Sends a statement whose outcome nobody needs: it is on its way after one poll.
fn send(connection: &Lent, sql: &str) {
    let _ = connection
        .driver
        .drive(connection.client.batch_execute(sql))
        .now_or_never();
}

/// Leaves nothing behind: what runs is cancelled, a transaction rolled back, and only then is the connection lent again.
impl Drop for PostgresRead {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if self.under_way.load(Ordering::Relaxed) == 0 {
            if self.is_in_transaction {
                send(&connection, "ROLLBACK");
            }
            return;
        }
        let source = self.source.clone();
        let stop = async move {
            let stopped = async {
                connection.canceller().cancel().await?;
                // Answered after everything before it, so that a late cancellation meets nobody else's statement.
                connection
                    .driver
                    .drive(connection.client.batch_execute("ROLLBACK"))
                    .await
            };
            match tokio::time::timeout(CANCEL_DEADLINE, stopped).await {
                Ok(Ok(())) => connection.forget_time_zone(),
                outcome => {
                    tracing::debug!(%source, ?outcome, "a connection is closed, because it does not stop");
                    drop(Lent::take(connection));
                }
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(stop)),
            // Without a runtime nobody uses the connection again.
            Err(_) => drop(stop),
        }
    }
}
