//! Runs the roots of a plan and puts the answer together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::cached::cached;
use super::explain::Explanation;
use super::extensions::{self, Extension, Timings};
use super::jq;
use super::request::Request;
use super::{EngineState, core_module, served::Served};
use crate::authz::AuthorizedOperation;
use crate::catalog::{Introspection, VisibleSchema};
use crate::db::AttachedFailure;
use crate::error::{Error, ErrorCode, Result};
use crate::exec::encode::json::check_size;
use crate::exec::encode::text::write_string;
use crate::exec::{Databases, Lookup, run_read, run_spread};
use crate::gql::Selected;
use crate::name::SourceName;
use crate::plan::{Access, Node, Plan, PlannedField, Read, RootKind};
use crate::sql::RuntimeRows;

/// What the roots of one request share.
pub(super) struct Execution<'a> {
    pub(super) engine: &'a Arc<EngineState>,
    pub(super) served: &'a Arc<Served>,
    pub(super) authorized: &'a AuthorizedOperation,
    pub(super) request: &'a Request,
    time_zone: Arc<str>,
    timings: Timings,
    /// Most roots that run at a time.
    limit: usize,
}

/// The answer to a request.
pub(super) struct Answer {
    /// The text of the object `data`, in parts.
    pub(super) data: Vec<Bytes>,
    /// The text of the object `extensions`; `None` when it is empty.
    pub(super) extensions: Option<Bytes>,
}

/// The answer of one root.
pub(super) struct Answered {
    /// Its text.
    pub(super) text: Bytes,
    /// What it tells beside.
    pub(super) extensions: Vec<Extension>,
}

impl From<Bytes> for Answered {
    fn from(text: Bytes) -> Self {
        Self {
            text,
            extensions: Vec::new(),
        }
    }
}

/// Runs `plan`.
pub(super) async fn execute(
    engine: &Arc<EngineState>,
    served: &Arc<Served>,
    request: &Request,
    authorized: &AuthorizedOperation,
    planned: (Plan, Timings),
) -> Result<Answer> {
    let (plan, timings) = planned;
    let limit = if plan.is_sequential {
        1
    } else {
        engine.config.max_parallel_fields.map_or(usize::MAX, Into::into)
    };
    let execution = Execution {
        engine,
        served,
        authorized,
        request,
        time_zone: time_zone(request, &engine.config.time_zone),
        timings,
        limit,
    };
    let explanation = explanation(engine, request, authorized, &plan)?;
    if request.validate_only {
        let mut layout = Vec::new();
        let mut roots = Vec::new();
        lay_out(plan.fields, &mut layout, &mut roots, &mut Vec::new());
        for root in &roots {
            if let RootKind::Jq(program) = &root.kind {
                jq::check(&execution, program)
                    .await
                    .map_err(|error| error.with_path(root.path.clone()))?;
            }
        }
        let nulls = roots.iter().map(|_| Bytes::from_static(b"null")).collect();
        return Ok(Answer {
            data: assemble(layout, nulls),
            extensions: extensions::encode(explanation.as_slice()),
        });
    }
    let (data, mut extensions) = execution.run_fields(plan.fields, &mut Vec::new()).await?;
    extensions.extend(explanation);
    let operation = authorized.operation();
    if operation
        .directives
        .iter()
        .any(|directive| directive.name == "stats")
    {
        extensions.push(timings.of_operation(operation.name()));
    }
    Ok(Answer {
        data,
        extensions: extensions::encode(&extensions),
    })
}

/// Returns the statements of `plan`, when the request wants them told.
fn explanation(
    engine: &EngineState,
    request: &Request,
    authorized: &AuthorizedOperation,
    plan: &Plan,
) -> Result<Option<Extension>> {
    if !request.explains {
        return Ok(None);
    }
    if !engine.config.is_explain_enabled {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "statements are not told on this server (setting EXPLAIN_ENABLED)",
        ));
    }
    authorized.rights().require_endpoint("/explain")?;
    Ok(Some(Extension {
        path: Vec::new(),
        name: "explain",
        value: Bytes::from(Explanation::of(plan).to_json().to_string()),
    }))
}

/// The time zone that was asked for when it exists, else the engine's: names that are none are ignored.
fn time_zone(request: &Request, default: &str) -> Arc<str> {
    let asked = request
        .time_zone
        .as_deref()
        .filter(|name| name.parse::<chrono_tz::Tz>().is_ok());
    Arc::from(asked.unwrap_or(default))
}

impl Execution<'_> {
    /// Runs `fields`, which stand at `path`, and returns the text of the object that they make, in parts, with what they tell
    /// beside.
    pub(super) async fn run_fields(
        &self,
        fields: Vec<PlannedField>,
        path: &mut Vec<String>,
    ) -> Result<(Vec<Bytes>, Vec<Extension>)> {
        let mut layout = Vec::new();
        let mut roots = Vec::new();
        lay_out(fields, &mut layout, &mut roots, path);
        if roots.iter().any(|root| matches!(root.kind, RootKind::Mutate(_))) {
            let texts = Box::pin(self.run_transaction(roots)).await?;
            return Ok((assemble(layout, texts), Vec::new()));
        }
        let answers = self.run_all(roots).await?;
        let mut texts = Vec::with_capacity(answers.len());
        let mut extensions = Vec::new();
        let bytes = answers.iter().map(|answer| answer.text.len()).sum();
        check_size(bytes, self.engine.config.max_response_bytes)?;
        for answer in answers {
            texts.push(answer.text);
            extensions.extend(answer.extensions);
        }
        Ok((assemble(layout, texts), extensions))
    }

    async fn run_all(&self, mut roots: Vec<Root>) -> Result<Vec<Answered>> {
        if roots.len() == 1
            && let Some(root) = roots.pop()
        {
            return Ok(vec![self.run_located(root).await?]);
        }
        let limit = self.limit.min(roots.len()).max(1);
        stream::iter(roots)
            .map(|root| self.run_located(root))
            .buffered(limit)
            .try_collect()
            .await
    }

    /// Runs a root; an error tells where it stands.
    pub(super) async fn run_located(&self, root: Root) -> Result<Answered> {
        let Root { kind, path, is_timed } = root;
        match self.run(kind, &path).await {
            Ok(mut answered) => {
                if is_timed {
                    answered.extensions.push(self.timings.of_field(&path));
                }
                Ok(answered)
            }
            Err(error) if error.path().is_empty() => Err(error.with_path(path)),
            Err(error) => Err(error),
        }
    }

    async fn run(&self, root: RootKind, path: &[String]) -> Result<Answered> {
        let text = match root {
            RootKind::Typename(name) => {
                let mut out = Vec::new();
                write_string(&mut out, name.as_str());
                out.into()
            }
            RootKind::Introspection(selected) => self.introspection(selected).await?,
            RootKind::Read(read) => self.read(read).await?,
            RootKind::Call(call) => core_module::call(self, call).await?,
            RootKind::Write(write) => core_module::write(self, write).await?,
            RootKind::Mutate(_) => {
                return Err(Error::internal("a mutation runs in a transaction"));
            }
            // Boxed: the fields below are run by this very function.
            RootKind::Jq(jq) => return Box::pin(jq::run(self, jq, path)).await,
        };
        Ok(text.into())
    }

    /// Returns the time zone in which instants are shown.
    pub(super) fn time_zone(&self) -> &Arc<str> {
        &self.time_zone
    }

    /// Answers a read, from the cache where its field says so.
    pub(super) async fn read(&self, mut read: Read) -> Result<Bytes> {
        match read.caching.take() {
            Some(caching) => Box::pin(cached(self, read, &caching)).await,
            None => self.compute(read).await,
        }
    }

    /// Runs a read.
    pub(super) async fn compute(&self, read: Read) -> Result<Bytes> {
        self.attach(&read.attached).await?;
        let runtime = self.runtime_rows(&read).await?;
        let (source, started) = (read.step.source.clone(), Instant::now());
        let outcome = match Lookup::of(read) {
            Ok((lookup, key)) => self.join_in(&self.engine.lookups, lookup, key).await,
            Err(read) if read.step.is_duckdb_only() => self.run_in_duckdb(*read, runtime).await,
            Err(read) => self.run_in_sources(*read, runtime).await,
        };
        let code = outcome
            .as_ref()
            .map_or_else(|error| error.code().as_str(), |_| "OK");
        let source = source.to_string();
        metrics::counter!("hugr_queries_total", "source" => source.clone(), "outcome" => code).increment(1);
        metrics::histogram!("hugr_query_seconds", "source" => source).record(started.elapsed());
        outcome
    }

    /// Runs a read as one job on one database thread.
    async fn run_in_duckdb(&self, read: Read, runtime: RuntimeRows) -> Result<Bytes> {
        let time_zone = Arc::clone(&self.time_zone);
        let max_bytes = self.engine.config.max_response_bytes;
        // The job holds what it reads from: attachments outlive a swap of the schema.
        let served = Arc::clone(self.served);
        self.engine
            .database
            .run(move |session| {
                session.set_time_zone(&time_zone)?;
                let mut run = || run_read(session, &read, &runtime, max_bytes);
                let text = match run() {
                    // DuckDB may have kept a connection from before the database went away.
                    Err(error) if read.access == Access::ReadOnly && is_lost(&error) => run(),
                    outcome => outcome,
                }?;
                drop(served);
                Ok(Bytes::from(text))
            })
            .await
    }

    /// Runs a read of which some steps run in their sources themselves.
    async fn run_in_sources(&self, read: Read, runtime: RuntimeRows) -> Result<Bytes> {
        let mut sources = BTreeSet::new();
        read.step.add_native_sources(&mut sources);
        let databases = self.databases(sources, runtime)?;
        run_spread(&databases, read).await.map(Bytes::from)
    }

    /// Returns where the steps of a tree run of which `sources` run some themselves.
    pub(super) fn databases(
        &self,
        sources: BTreeSet<SourceName>,
        runtime: RuntimeRows,
    ) -> Result<Databases<'_>> {
        let mut natives = BTreeMap::new();
        for source in sources {
            let native = self
                .served
                .sources
                .get(&source)
                .and_then(|source| source.native.clone());
            let native = native
                .ok_or_else(|| Error::internal(format!("data source `{source}` cannot run statements")))?;
            natives.insert(source, native);
        }
        Ok(Databases {
            duckdb: &self.engine.database,
            natives,
            time_zone: Arc::clone(&self.time_zone),
            runtime: Arc::new(runtime),
            max_bytes: self.engine.config.max_response_bytes,
        })
    }

    /// Returns the rows of the process's own tables that `read` reads.
    pub(super) async fn runtime_rows(&self, read: &Read) -> Result<RuntimeRows> {
        let mut runtime = RuntimeRows::new();
        for table in &read.runtime_tables {
            runtime.insert(table.clone(), core_module::rows(self.engine, table, read).await?);
        }
        Ok(runtime)
    }

    /// Introspection of a large schema is work for a processor, so it does not run on a runtime thread.
    async fn introspection(&self, selected: Selected) -> Result<Bytes> {
        let (served, authorized) = (Arc::clone(self.served), self.authorized.clone());
        self.engine
            .database
            .run(move |_| {
                let visible = authorized
                    .rights()
                    .visible_schema(&served.schema, &served.catalog);
                let introspection = Introspection {
                    schema: visible.map_or(served.schema.schema(), VisibleSchema::schema),
                    served: &served.schema,
                    catalog: &served.catalog,
                    sources: &served.profiles,
                };
                introspection.answer(&selected).map(Bytes::from)
            })
            .await
    }
}

/// Returns whether DuckDB lost its connection to a database.
pub(super) fn is_lost(error: &Error) -> bool {
    AttachedFailure::cause_of(error) == Some(AttachedFailure::Away)
}

/// A root and where its answer stands.
pub(super) struct Root {
    pub(super) kind: RootKind,
    pub(super) path: Vec<String>,
    pub(super) is_timed: bool,
}

/// A piece of the answer: text between roots, or the place of a root.
enum Piece {
    Text(Vec<u8>),
    Root,
}

/// Splits the tree of fields into roots and the text around them.
fn lay_out(
    fields: Vec<PlannedField>,
    layout: &mut Vec<Piece>,
    roots: &mut Vec<Root>,
    path: &mut Vec<String>,
) {
    push_text(layout, b"{");
    for (index, field) in fields.into_iter().enumerate() {
        let mut prefix = Vec::new();
        if index > 0 {
            prefix.push(b',');
        }
        write_string(&mut prefix, &field.key);
        prefix.push(b':');
        push_text(layout, &prefix);
        path.push(field.key);
        match field.node {
            Node::Group(fields) => lay_out(fields, layout, roots, path),
            Node::Root(kind) => {
                layout.push(Piece::Root);
                roots.push(Root {
                    kind: *kind,
                    path: path.clone(),
                    is_timed: field.is_timed,
                });
            }
        }
        path.pop();
    }
    push_text(layout, b"}");
}

fn push_text(layout: &mut Vec<Piece>, text: &[u8]) {
    match layout.last_mut() {
        Some(Piece::Text(last)) => last.extend_from_slice(text),
        _ => layout.push(Piece::Text(text.to_vec())),
    }
}

fn assemble(layout: Vec<Piece>, answers: Vec<Bytes>) -> Vec<Bytes> {
    let mut answers = answers.into_iter();
    layout
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(Bytes::from(text)),
            Piece::Root => answers.next(),
        })
        .collect()
}
