//! Runs changes in the source itself: all of a request in one transaction on one of its connections.
//!
//! What is answered is read on the same connection, except where that needs DuckDB, which sees the change only after it is
//! committed.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as Json;

use super::read::Level;
use super::spread::{Databases, Sessions, Tree, encoded, run_spread};
use super::work::{Work, WorkKind, needs_transaction};
use super::written::{Drawn, check_present, drawn_values, explained, restricted, result, with_rows};
use crate::error::{Error, Result};
use crate::gql::Selected;
use crate::name::SourceName;
use crate::plan::{Draw, Mutation, MutationAnswer, Read, Require, Step, TableWrite, WriteStep, WrittenRows};
use crate::source::{NativeRead, ReadTerms};
use crate::sql::dialect::Backend;
use crate::sql::{RuntimeRows, Statement, render, render_write};

/// Runs `works`, whose changes are those of `source`, in order and returns their answers.
///
/// A transaction that lost its connection before it was committed is repeated once on another one.
///
/// # Errors
/// `CONFLICT` for rows that break a constraint, naming it; `NOT_FOUND` for linked rows that are not there; those of
/// [`NativeRead::execute`]. Nothing is changed then, unless the reading of an answer fails that has to wait for the commit.
pub async fn run_works(databases: &Databases<'_>, source: &SourceName, works: &[Work]) -> Result<Vec<Bytes>> {
    let outcome = match run_once(databases, source, works).await {
        Err((_, true)) => run_once(databases, source, works).await,
        outcome => outcome,
    };
    let answers = outcome.map_err(|(error, _)| error)?;
    let mut texts = Vec::with_capacity(answers.len());
    for (answer, work) in answers.into_iter().zip(works) {
        let text = match answer {
            Answer::Known(text) => Ok(text),
            Answer::Row(reading) => reading.after_commit(databases).await,
            Answer::Result(told) => told.after_commit(databases).await,
        };
        texts.push(text.map_err(|error| located(error, work))?);
    }
    Ok(texts)
}

/// An answer, or what is still to be read for it.
enum Answer<'w> {
    Known(Bytes),
    Row(Box<Reading>),
    Result(Told<'w>),
}

/// A reading with the rows of the process that it needs.
struct Reading {
    read: Read,
    runtime: Arc<RuntimeRows>,
}

/// What a change did.
struct Told<'w> {
    selection: &'w [Selected],
    affected: u64,
    last_id: Json,
    rows: Vec<(&'w str, Reading)>,
}

/// Runs everything up to the commit; an error says whether another connection may do better.
async fn run_once<'w>(
    databases: &Databases<'_>,
    source: &SourceName,
    works: &'w [Work],
) -> Result<Vec<Answer<'w>>, (Error, bool)> {
    let mut sessions = Sessions::new();
    for (name, database) in &databases.natives {
        let is_changed = name == source;
        let terms = ReadTerms {
            is_snapshot: !is_changed || needs_transaction(works),
            may_change: is_changed,
            time_zone: Arc::clone(&databases.time_zone),
        };
        let opened = database.read(&terms).await.map_err(|error| (error, false))?;
        sessions.insert(name.clone(), opened);
    }
    let changes = Changes {
        databases,
        source,
        sessions: &sessions,
    };
    let mut answers = Vec::with_capacity(works.len());
    for work in works {
        match changes.run(&work.kind).await {
            Ok(answer) => answers.push(answer),
            Err(error) => {
                let may_be_repeated = sessions.values().any(|session| session.may_be_repeated());
                return Err((located(error, work), may_be_repeated));
            }
        }
    }
    for session in sessions.into_values() {
        session.finish().await.map_err(|error| (error, false))?;
    }
    Ok(answers)
}

fn located(error: Error, work: &Work) -> Error {
    if error.path().is_empty() {
        error.with_path(work.path.clone())
    } else {
        error
    }
}

/// The changes of one transaction.
struct Changes<'a> {
    databases: &'a Databases<'a>,
    source: &'a SourceName,
    sessions: &'a Sessions,
}

impl Changes<'_> {
    async fn run<'w>(&self, work: &'w WorkKind) -> Result<Answer<'w>> {
        match work {
            WorkKind::Known(text) => Ok(Answer::Known(text.clone())),
            WorkKind::Read(read) => {
                let reading = Reading {
                    read: Read::clone(read),
                    runtime: Arc::clone(&self.databases.runtime),
                };
                self.answered(Answer::Row(Box::new(reading))).await
            }
            WorkKind::Mutate(mutation) => {
                let answer = self.mutate(mutation).await?;
                self.answered(answer).await
            }
        }
    }

    /// Runs the steps of `mutation` and returns what is to be read for its answer.
    async fn mutate<'w>(&self, mutation: &'w Mutation) -> Result<Answer<'w>> {
        let mut drawn = Drawn::new();
        let mut affected = 0;
        let mut returned = Vec::new();
        for step in &mutation.steps {
            match step {
                WriteStep::Draw(draw) => {
                    let values = self.draw(draw, mutation.backend, &drawn).await?;
                    drawn.push(values);
                }
                WriteStep::Require(require) => self.require(require, mutation.backend, &drawn).await?,
                WriteStep::Write(write) => {
                    let statement = self.statement_of(write, mutation.backend, &drawn);
                    let outcome = if write.statement.returns_rows() {
                        self.session()?.query(&statement).await.map(|rows| {
                            let count = rows.num_rows() as u64;
                            returned = vec![rows];
                            count
                        })
                    } else {
                        self.session()?.execute(&statement).await
                    };
                    affected += outcome.map_err(|error| explained(error, &write.object))?;
                }
            }
        }
        let reading = |written: &WrittenRows| {
            let (read, runtime) = restricted(written, &self.databases.runtime, &drawn);
            Reading {
                read,
                runtime: Arc::new(runtime),
            }
        };
        Ok(match &mutation.answer {
            MutationAnswer::Row(written) => Answer::Row(Box::new(reading(written))),
            MutationAnswer::Returned(read) => {
                let level = Level::of_rows(returned);
                Answer::Known(
                    encoded(self.databases, Arc::new(Read::clone(read)), level)
                        .await?
                        .into(),
                )
            }
            MutationAnswer::Result {
                selection,
                last_id,
                rows,
            } => Answer::Result(Told {
                selection,
                affected,
                last_id: last_id
                    .as_ref()
                    .map_or(Json::Null, |cell| cell.value(&drawn).clone()),
                rows: rows
                    .iter()
                    .map(|(key, written)| (key.as_str(), reading(written)))
                    .collect(),
            }),
        })
    }

    async fn draw(&self, draw: &Draw, backend: Backend, drawn: &Drawn) -> Result<Vec<Json>> {
        let rows = with_rows(&self.databases.runtime, &draw.rows, drawn);
        let statement = render(&draw.select, backend.dialect(), &rows);
        drawn_values(draw, &[self.session()?.query(&statement).await?])
    }

    async fn require(&self, require: &Require, backend: Backend, drawn: &Drawn) -> Result<()> {
        let rows = with_rows(&self.databases.runtime, &require.rows, drawn);
        let statement = render(&require.select, backend.dialect(), &rows);
        check_present(require, &[self.session()?.query(&statement).await?])
    }

    fn statement_of(&self, write: &TableWrite, backend: Backend, drawn: &Drawn) -> Statement {
        let rows = with_rows(&self.databases.runtime, &write.rows, drawn);
        render_write(&write.statement, backend.dialect(), &rows)
    }

    fn session(&self) -> Result<&dyn NativeRead> {
        let session = self.sessions.get(self.source).map(|session| &**session);
        session.ok_or_else(|| Error::internal(format!("data source `{}` has no connection", self.source)))
    }

    /// Reads what `answer` needs, unless DuckDB is to read what has been changed.
    async fn answered<'w>(&self, answer: Answer<'w>) -> Result<Answer<'w>> {
        let is_late = |reading: &Reading| is_read_through_duckdb(&reading.read.step, self.source);
        match answer {
            Answer::Row(reading) if !is_late(&reading) => {
                self.read(*reading).await.map(Bytes::from).map(Answer::Known)
            }
            Answer::Result(told) if !told.rows.iter().any(|(_, reading)| is_late(reading)) => {
                let mut shown = Vec::with_capacity(told.rows.len());
                for (key, reading) in told.rows {
                    shown.push((key, self.read(reading).await?));
                }
                let text = result(told.selection, told.affected, &told.last_id, &shown);
                Ok(Answer::Known(text.into()))
            }
            late => Ok(late),
        }
    }

    async fn read(&self, reading: Reading) -> Result<Vec<u8>> {
        let Reading { read, runtime } = reading;
        let tree = Tree {
            databases: self.databases,
            sessions: self.sessions,
            runtime: &runtime,
        };
        let level = tree.step(&read.step, &read.step.select).await?;
        encoded(self.databases, Arc::new(read), level).await
    }
}

impl Reading {
    async fn after_commit(self, databases: &Databases<'_>) -> Result<Bytes> {
        let databases = Databases {
            runtime: self.runtime,
            ..databases.clone()
        };
        run_spread(&databases, self.read).await.map(Bytes::from)
    }
}

impl Told<'_> {
    async fn after_commit(self, databases: &Databases<'_>) -> Result<Bytes> {
        let mut shown = Vec::with_capacity(self.rows.len());
        for (key, reading) in self.rows {
            shown.push((key, reading.after_commit(databases).await?.to_vec()));
        }
        Ok(result(self.selection, self.affected, &self.last_id, &shown).into())
    }
}

/// Returns whether DuckDB reads something of `source` in the tree.
fn is_read_through_duckdb(step: &Step, source: &SourceName) -> bool {
    let is_own = step.source == *source && step.backend == Backend::DuckDb;
    is_own
        || step
            .children
            .iter()
            .any(|child| is_read_through_duckdb(&child.step, source))
}
