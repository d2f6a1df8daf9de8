//! Reads trees of which some steps run in their sources themselves.
//!
//! Steps of one source share one connection and see one state of its data; what lies in DuckDB below such a step is one job.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::future::{BoxFuture, FutureExt, try_join_all};

use super::parts::{Rows, may_be_long, write_rows};
use super::read::{ChildRows, Level, Parents, encode, run_subtree};
use crate::db::{AttachedFailure, Database};
use crate::error::{Error, Result};
use crate::name::SourceName;
use crate::plan::{Access, Child, Read, Step};
use crate::source::{NativeDatabase, NativeRead, ReadTerms};
use crate::sql::ast::Select;
use crate::sql::dialect::Backend;
use crate::sql::{RuntimeRows, render};

/// Answers of more rows are written on a database thread, so that no runtime thread is held up.
const MAX_ROWS_WRITTEN_AT_ONCE: usize = 5_000;

/// Where the steps of a tree run.
#[derive(Clone, Debug)]
pub struct Databases<'a> {
    /// DuckDB.
    pub duckdb: &'a Database,
    /// The sources that run their own steps.
    pub natives: BTreeMap<SourceName, Arc<dyn NativeDatabase>>,
    /// The time zone of the answer.
    pub time_zone: Arc<str>,
    /// The rows of the process's own tables.
    pub runtime: Arc<RuntimeRows>,
    /// Most bytes of the answer.
    pub max_bytes: usize,
}

/// Runs `read` and returns its JSON text.
///
/// A read that lost its connection is repeated once on another one, unless it may have changed something.
///
/// # Errors
/// Those of the databases; see [`NativeRead::query`] and [`Session::query`](crate::db::Session::query).
pub async fn run_spread(databases: &Databases<'_>, read: Read) -> Result<Vec<u8>> {
    let read = Arc::new(read);
    let rows = match run_once(databases, &read).await {
        Err((_, Retry::OnAnotherConnection)) if read.access == Access::ReadOnly => {
            run_once(databases, &read).await
        }
        outcome => outcome,
    };
    match rows.map_err(|(error, _)| error)? {
        Rows::Few(level) => encoded(databases, read, level).await,
        Rows::Written(text) => Ok(text),
    }
}

/// Returns the JSON text of `read`, whose rows are in `level`.
pub(super) async fn encoded(databases: &Databases<'_>, read: Arc<Read>, level: Level) -> Result<Vec<u8>> {
    let rows: usize = level.batches.iter().map(RecordBatch::num_rows).sum();
    if rows <= MAX_ROWS_WRITTEN_AT_ONCE {
        return encode(&read, &level, databases.max_bytes);
    }
    let max_bytes = databases.max_bytes;
    databases
        .duckdb
        .run(move |_| encode(&read, &level, max_bytes))
        .await
}

/// Whether a failed read is worth another attempt.
enum Retry {
    No,
    OnAnotherConnection,
}

async fn run_once(databases: &Databases<'_>, read: &Arc<Read>) -> Result<Rows, (Error, Retry)> {
    let mut sessions = Sessions::new();
    for (source, database) in &databases.natives {
        let terms = ReadTerms {
            is_snapshot: steps_of(&read.step, source) > 1,
            may_change: read.access == Access::MayChange,
            time_zone: Arc::clone(&databases.time_zone),
        };
        let opened = database.read(&terms).await.map_err(|error| (error, Retry::No))?;
        sessions.insert(source.clone(), opened);
    }
    let tree = Tree {
        databases,
        sessions: &sessions,
        runtime: &databases.runtime,
    };
    match tree.rows(read).await {
        Ok(rows) => {
            for opened in sessions.into_values() {
                opened.finish().await.map_err(|error| (error, Retry::No))?;
            }
            Ok(rows)
        }
        Err(error) => {
            let may_be_repeated = sessions.values().any(|opened| opened.may_be_repeated());
            let retry = if may_be_repeated || AttachedFailure::cause_of(&error) == Some(AttachedFailure::Away)
            {
                Retry::OnAnotherConnection
            } else {
                Retry::No
            };
            Err((error, retry))
        }
    }
}

/// Returns how many steps of the tree `source` runs itself.
fn steps_of(step: &Step, source: &SourceName) -> usize {
    let own = usize::from(step.source == *source && step.backend != Backend::DuckDb);
    let below = step.children.iter().map(|child| steps_of(&child.step, source));
    own + below.sum::<usize>()
}

/// The connections of sources that run statements themselves.
pub(super) type Sessions = BTreeMap<SourceName, Box<dyn NativeRead>>;

/// Runs the steps of a tree.
pub(super) struct Tree<'a> {
    pub(super) databases: &'a Databases<'a>,
    pub(super) sessions: &'a Sessions,
    /// The rows of runtime tables.
    pub(super) runtime: &'a Arc<RuntimeRows>,
}

impl Tree<'_> {
    /// Runs all steps of `read`; a long list is written at once.
    async fn rows(&self, read: &Arc<Read>) -> Result<Rows> {
        let step = &read.step;
        if !may_be_long(read) {
            return self.step(step, &step.select).await.map(Rows::Few);
        }
        let statement = render(&step.select, step.backend.dialect(), self.runtime);
        let writer = (self.databases.duckdb, self.databases.max_bytes);
        write_rows(self.session(step)?, &statement, read, writer).await
    }

    fn session(&self, step: &Step) -> Result<&dyn NativeRead> {
        let session = self.sessions.get(&step.source);
        session
            .map(AsRef::as_ref)
            .ok_or_else(|| Error::internal(format!("data source `{}` has no connection", step.source)))
    }

    /// Runs `step` with the statement `select`, and the steps below it.
    pub(super) fn step<'s>(&'s self, step: &'s Step, select: &'s Select) -> BoxFuture<'s, Result<Level>> {
        async move {
            let batches = match step.backend {
                Backend::DuckDb if step.is_duckdb_only() => {
                    return self.subtree(step.clone(), select.clone()).await;
                }
                Backend::DuckDb => {
                    let alone = Step {
                        children: Vec::new(),
                        ..step.clone()
                    };
                    self.subtree(alone, select.clone()).await?.batches
                }
                Backend::Postgres(_) => self.native(step, select).await?,
            };
            let children = step.children.iter().map(|child| self.child(child, &batches));
            let children = try_join_all(children).await?;
            Ok(Level { batches, children })
        }
        .boxed()
    }

    async fn child(&self, child: &Child, batches: &[RecordBatch]) -> Result<ChildRows> {
        let Some(parents) = Parents::of(child, batches)? else {
            return Ok(ChildRows::none(child));
        };
        let select = child.restricted_to(&parents.values());
        let level = self.step(&child.step, &select).await?;
        parents.matched(child, level)
    }

    async fn native(&self, step: &Step, select: &Select) -> Result<Vec<RecordBatch>> {
        let statement = render(select, step.backend.dialect(), self.runtime);
        let batch = self.session(step)?.query(&statement).await?;
        Ok(if batch.num_rows() == 0 {
            Vec::new()
        } else {
            vec![batch]
        })
    }

    /// Runs a step and all below it in DuckDB.
    async fn subtree(&self, step: Step, select: Select) -> Result<Level> {
        let (runtime, time_zone) = (Arc::clone(self.runtime), Arc::clone(&self.databases.time_zone));
        self.databases
            .duckdb
            .run(move |session| {
                session.set_time_zone(&time_zone)?;
                run_subtree(session, &step, &select, &runtime)
            })
            .await
    }
}
