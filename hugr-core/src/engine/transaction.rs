//! The mutations of a request: all in one transaction, in order.
//!
//! A transaction of DuckDB writes to one attached database, and the core store has transactions of its own. A request that
//! would write to two places is refused before anything runs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::cached;
use super::execute::{Execution, Root};
use crate::db::{AttachedFailure, Session};
use crate::error::{Error, ErrorCode, Result};
use crate::exec::{SingleInsert, Work, WorkKind, needs_transaction, run_mutation, run_read, run_works};
use crate::name::SourceName;
use crate::plan::{Mutation, MutationAnswer, Read, RootKind};
use crate::sql::RuntimeRows;
use crate::sql::dialect::Backend;

/// How often a transaction is begun whose rows others change at the same time.
const MAX_ATTEMPTS: usize = 10;

impl Execution<'_> {
    /// Runs `roots`, some of which change tables of a data source, and returns their answers.
    pub(super) async fn run_transaction(&self, roots: Vec<Root>) -> Result<Vec<Bytes>> {
        one_place(&roots)?;
        let mut runtime = RuntimeRows::new();
        let mut works = Vec::with_capacity(roots.len());
        let mut tags = Vec::new();
        let mut changed = None;
        for root in roots {
            let path = root.path.clone();
            let kind = match root.kind {
                RootKind::Mutate(mutation) => {
                    tags.extend(mutation.dropped_tags.iter().cloned());
                    changed.get_or_insert_with(|| (mutation.source.clone(), mutation.backend));
                    self.attach(&mutation.attached).await?;
                    for read in reads_of(&mutation) {
                        self.attach(&read.attached).await?;
                        runtime.extend(self.runtime_rows(read).await?);
                    }
                    WorkKind::Mutate(Box::new(mutation))
                }
                RootKind::Read(read) => {
                    self.attach(&read.attached).await?;
                    runtime.extend(self.runtime_rows(&read).await?);
                    WorkKind::Read(Box::new(read))
                }
                _ => WorkKind::Known(self.run_located(root).await?.text),
            };
            works.push(Work { kind, path });
        }
        let started = Instant::now();
        let (source, backend) = changed.ok_or_else(|| Error::internal("a transaction changes nothing"))?;
        let outcome = match backend {
            Backend::DuckDb => self.change_in_duckdb(works, runtime).await,
            Backend::Postgres(_) => self.run_in_source(&source, works, runtime).await,
        };
        let code = outcome
            .as_ref()
            .map_or_else(|error| error.code().as_str(), |_| "OK");
        let source = source.to_string();
        metrics::counter!("hugr_mutations_total", "source" => source.clone(), "outcome" => code).increment(1);
        metrics::histogram!("hugr_mutation_seconds", "source" => source).record(started.elapsed());
        let answers = outcome?;
        self.drop_answers(&tags).await;
        Ok(answers)
    }

    /// The source runs everything itself, on one of its own connections.
    async fn run_in_source(
        &self,
        source: &SourceName,
        works: Vec<Work>,
        runtime: RuntimeRows,
    ) -> Result<Vec<Bytes>> {
        let mut sources = BTreeSet::from([source.clone()]);
        for work in &works {
            match &work.kind {
                WorkKind::Mutate(mutation) => {
                    for read in reads_of(mutation) {
                        read.step.add_native_sources(&mut sources);
                    }
                }
                WorkKind::Read(read) => read.step.add_native_sources(&mut sources),
                WorkKind::Known(_) => {}
            }
        }
        let databases = self.databases(sources, runtime)?;
        run_works(&databases, source, &works).await
    }

    async fn change_in_duckdb(&self, works: Vec<Work>, runtime: RuntimeRows) -> Result<Vec<Bytes>> {
        if let [
            Work {
                kind: WorkKind::Mutate(mutation),
                path,
            },
        ] = works.as_slice()
            && let Some((insert, row)) = SingleInsert::of(mutation)
        {
            let answer = self.join_in(&self.engine.inserts, insert, row).await;
            return Ok(vec![answer.map_err(|error| error.with_path(path.clone()))?]);
        }
        self.run_in_duckdb_transaction(works, runtime).await
    }

    async fn run_in_duckdb_transaction(&self, works: Vec<Work>, runtime: RuntimeRows) -> Result<Vec<Bytes>> {
        let time_zone = Arc::clone(self.time_zone());
        let max_bytes = self.engine.config.max_response_bytes;
        // The job holds what it writes to: attachments outlive a swap of the schema.
        let served = Arc::clone(self.served);
        let job = move |session: &mut Session| {
            session.set_time_zone(&time_zone)?;
            let mut run = |order| retrying(|| run_together(session, &works, order, (&runtime, max_bytes)));
            let answers = match run(Order::InGroups) {
                // An error without a place is that of a group: each is run on its own to tell which it is.
                Err(error) if error.path().is_empty() => run(Order::OneByOne),
                outcome => outcome,
            };
            drop(served);
            answers
        };
        self.engine.database.run(job).await
    }

    /// A cache that does not answer never fails what has been done.
    async fn drop_answers(&self, tags: &[String]) {
        if tags.is_empty() {
            return;
        }
        let outcome = cached::drop_everywhere(self.engine, tags).await;
        if !outcome.is_success {
            let reason = outcome.message;
            tracing::warn!(reason, "kept answers are not dropped everywhere after a mutation");
        }
    }
}

/// Runs `work` again while others change the same rows at the same time.
pub(super) fn retrying<T>(mut work: impl FnMut() -> Result<T>) -> Result<T> {
    let mut outcome = work();
    for _ in 1..MAX_ATTEMPTS {
        match &outcome {
            Err(error) if is_conflict(error) => outcome = work(),
            _ => break,
        }
    }
    outcome
}

fn run_together(
    session: &mut Session,
    works: &[Work],
    order: Order,
    context: (&RuntimeRows, usize),
) -> Result<Vec<Bytes>> {
    if needs_transaction(works) {
        session.transaction(|session| run_in_order(session, works, order, context))
    } else {
        run_in_order(session, works, order, context)
    }
}

/// How the works of a request are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Inserts that follow each other and differ in their row alone are one statement.
    InGroups,
    OneByOne,
}

fn run_in_order(
    session: &mut Session,
    mut works: &[Work],
    order: Order,
    (runtime, max_bytes): (&RuntimeRows, usize),
) -> Result<Vec<Bytes>> {
    let mut answers = Vec::with_capacity(works.len());
    while let Some((Work { kind, path }, rest)) = works.split_first() {
        if order == Order::InGroups
            && let Some((insert, rows)) = SingleInsert::leading(works)
        {
            let texts = insert.run(session, &rows, max_bytes)?;
            answers.extend(texts.into_iter().map(Bytes::from));
            works = works.get(rows.len()..).unwrap_or_default();
            continue;
        }
        works = rest;
        let answer = match kind {
            WorkKind::Mutate(mutation) => {
                run_mutation(session, mutation, runtime, max_bytes).map(Bytes::from)
            }
            WorkKind::Read(read) => run_read(session, read, runtime, max_bytes).map(Bytes::from),
            WorkKind::Known(answer) => Ok(answer.clone()),
        };
        answers.push(answer.map_err(|error| error.with_path(path.clone()))?);
    }
    Ok(answers)
}

/// Returns whether a database rolled the transaction back because another one came first.
fn is_conflict(error: &Error) -> bool {
    AttachedFailure::cause_of(error) == Some(AttachedFailure::Conflict)
}

/// Returns the readings that answer a mutation.
fn reads_of(mutation: &Mutation) -> Vec<&Read> {
    match &mutation.answer {
        MutationAnswer::Row(written) => vec![&written.read],
        MutationAnswer::Returned(_) => Vec::new(),
        MutationAnswer::Result { rows, .. } => rows.iter().map(|(_, written)| &written.read).collect(),
    }
}

/// Checks that all changes go to one place.
fn one_place(roots: &[Root]) -> Result<()> {
    let mut first: Option<&Mutation> = None;
    for root in roots {
        let other = match &root.kind {
            RootKind::Mutate(mutation) => match first {
                Some(first) if first.database != mutation.database => {
                    format!("data source `{}`", mutation.source)
                }
                Some(_) => continue,
                None => {
                    first = Some(mutation);
                    continue;
                }
            },
            RootKind::Write(_) | RootKind::Call(_) => "module `core`".to_owned(),
            RootKind::Typename(_) | RootKind::Introspection(_) | RootKind::Read(_) | RootKind::Jq(_) => {
                continue;
            }
        };
        return Err(two_places(roots, &other).with_path(root.path.clone()));
    }
    Ok(())
}

fn two_places(roots: &[Root], other: &str) -> Error {
    let source = roots.iter().find_map(|root| match &root.kind {
        RootKind::Mutate(mutation) => Some(mutation.source.to_string()),
        _ => None,
    });
    Error::new(
        ErrorCode::BadRequest,
        format!(
            "a request changes one place, in one transaction: this one would change data source `{}` and {other}; send \
             two requests",
            source.unwrap_or_default()
        ),
    )
}
