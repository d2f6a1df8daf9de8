//! The engine that a host embeds.
//!
//! [`HugrEngine`] answers requests from one immutable value, the served schema with its catalog and open sources, which
//! loading and unloading swap as a whole.
//!
//! Reading order: [`pipeline`] (a request, step by step), [`served`], [`access`] (roles become rights), [`execute`] with [`together`]
//! and [`attach`], [`transaction`], [`jq`], [`core_module`], [`reconcile`] with [`loader`], [`catalog_text`] and [`storages`] (how
//! what is served comes about), [`builder`];
//! [`operations`] and [`replica`] are the two sides of the
//! border to whoever runs the engine.

mod access;
mod admission;
mod api_keys;
mod attach;
mod audit;
pub(crate) mod auth;
mod builder;
mod cached;
mod catalog_text;
mod config;
mod core_module;
mod definition;
mod execute;
mod executor;
pub mod explain;
mod extensions;
mod host;
mod inserts;
mod jq;
mod loader;
mod local;
mod lookups;
pub mod operations;
mod pipeline;
mod reconcile;
pub mod replica;
mod request;
mod served;
mod storages;
#[cfg(test)]
mod tests;
mod together;
mod transaction;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use hugr_auth::{AuthSettings, Authentication, Credentials, Identity};
use hugr_cache::Cache;
use tokio::sync::watch;

pub use admission::AdmissionLimits;
pub use builder::HugrEngineBuilder;
pub use config::{EngineConfig, JqPrograms};
pub use definition::SourceDefinition;
pub use explain::{ExplainedStep, Explanation};
pub use host::{HostSettings, NearCacheSettings, SharedCacheSettings};
pub use operations::{
    AttachmentState, NodeRecord, NodeSourceStatus, NodeStorage, OperationOutcome, Operations,
};
pub use replica::{RegisteredStorage, Replica, SourceStatus, StorageStatus};
pub use request::{Request, Response, error_json};

use crate::authz::{Programs, Rights};
use crate::catalog::SourceCatalog;
use crate::db::Database;
use crate::error::{Error, ErrorCode, Result};
use crate::exec::{Lookup, SingleInsert};
use crate::jq::WorkerPool;
use crate::name::{SourceName, StorageName};
use crate::store::{CoreState, CoreStore, Revision};
use access::AccessRules;
use admission::Admission;
use api_keys::KnownApiKeys;
use loader::SourceLoader;
use reconcile::Failures;
use served::Served;
use storages::Storages;
use together::Together;

/// A GraphQL engine over data sources. Cheap to clone; clones are the same engine.
///
/// ```no_run
/// use hugr_auth::{Anonymous, AuthChain};
/// use hugr_core::{DataSource, HugrEngine, Request};
///
/// # async fn example() -> hugr_core::Result<()> {
/// let engine = HugrEngine::builder()
///     .with_auth(AuthChain::new().with(Anonymous::role("public")))
///     .with_source(DataSource::duckdb("shop", "shop.duckdb").with_sdl(
///         r#"type orders @table(name: "orders") { id: Int! @pk  total: Float }"#,
///     ))
///     .build()
///     .await?;
/// let identity = engine.authenticate_anonymous().await?;
/// let reply = engine.execute(Request::new("{ orders { id } }"), &identity).await;
/// println!("{}", reply.into_json_text());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HugrEngine(Arc<EngineState>);

/// What the clones of an engine share.
struct EngineState {
    config: EngineConfig,
    admission: Admission,
    database: Database,
    store: Arc<dyn CoreStore>,
    cache: Arc<dyn Cache>,
    storages: Storages,
    loader: SourceLoader,
    built_in: Vec<Arc<SourceCatalog>>,
    current: ArcSwap<Served>,
    auth: ArcSwap<Authentication>,
    api_keys: Arc<KnownApiKeys>,
    operations: ArcSwap<Arc<dyn Operations>>,
    access: AccessRules,
    failures: Failures,
    /// Look-ups by key that are under way.
    lookups: Together<Lookup>,
    /// Inserts of one row that are under way.
    inserts: Together<SingleInsert>,
    /// The revision that this process has found first.
    started_at: OnceLock<Revision>,
    /// The processes that run jq programs, when these do not run here.
    jq_workers: Option<WorkerPool>,
    /// Held while sources are loaded and unloaded.
    reconciling: tokio::sync::Mutex<()>,
    /// The revision last brought about; `None` until the first one was.
    applied: watch::Sender<Option<Revision>>,
}

impl fmt::Debug for EngineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineState")
            .field("store", &self.store.describe())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HugrEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HugrEngine")
            .field("store", &self.0.store.describe())
            .finish_non_exhaustive()
    }
}

impl EngineState {
    fn served(&self) -> Arc<Served> {
        self.current.load_full()
    }

    /// Returns the rights of `identity` on what is served.
    fn rights(&self, identity: &Identity, served: &Served) -> Result<Arc<Rights>> {
        let programs = match self.config.jq {
            JqPrograms::Refused => Programs::Refused,
            JqPrograms::InWorkers(_) | JqPrograms::InProcess => Programs::Allowed,
        };
        self.access.rights(&identity.role, served, programs)
    }

    fn operations(&self) -> Arc<dyn Operations> {
        Arc::clone(&self.operations.load())
    }

    fn source_status(&self, name: &SourceName) -> SourceStatus {
        self.failures
            .status(name, self.served().sources.contains_key(name))
    }
}

impl HugrEngine {
    /// Returns a builder with the defaults.
    pub fn builder() -> HugrEngineBuilder {
        HugrEngineBuilder::default()
    }

    /// Answers `request` as `identity`. Failures are part of the answer.
    ///
    /// Dropping the future stops the work, also what already runs in DuckDB.
    pub async fn execute(&self, request: Request, identity: &Identity) -> Response {
        let started = Instant::now();
        let limit = request.timeout.unwrap_or(self.0.config.request_timeout);
        let answer = async {
            let _turn = self.0.admission.enter().await.map_err(|error| vec![error])?;
            // Boxed: it is large, and would be copied into every future around it.
            Box::pin(pipeline::run(&self.0, &request, identity)).await
        };
        let outcome = tokio::time::timeout(limit, answer).await;
        let response = match outcome {
            Ok(Ok(answer)) => Response::data(answer.data, answer.extensions),
            Ok(Err(errors)) => Response::errors(errors.into_iter().map(traced).collect()),
            Err(_) => Response::errors(vec![Error::new(
                ErrorCode::Timeout,
                format!("the request took longer than {limit:?}"),
            )]),
        };
        let outcome = response
            .error_list()
            .first()
            .map_or("OK", |error| error.code().as_str());
        metrics::counter!("hugr_graphql_requests_total", "outcome" => outcome).increment(1);
        metrics::histogram!("hugr_graphql_request_seconds").record(started.elapsed());
        response
    }

    /// Returns who `credentials` belong to.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when they are missing or rejected, `RESOURCE_EXHAUSTED` when too many from this address were,
    /// `SOURCE_UNAVAILABLE` when that could not be found out.
    pub async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Identity> {
        let auth = self.0.auth.load_full();
        auth.authenticate(credentials)
            .await
            .map_err(|error| auth::error_of(&error))
            .inspect_err(|error| audit::rejected(credentials.peer, error))
    }

    /// Returns the authentication in force, for the endpoints of the login.
    #[cfg(feature = "http")]
    pub(crate) fn authentication(&self) -> Arc<Authentication> {
        self.0.auth.load_full()
    }

    /// Returns the identity of a caller without credentials.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when anonymous access is off.
    pub async fn authenticate_anonymous(&self) -> Result<Identity> {
        self.authenticate(&Credentials::from_headers(&http::HeaderMap::new()))
            .await
    }

    /// Returns the served schema as SDL.
    #[must_use]
    pub fn schema_sdl(&self) -> String {
        self.0.served().schema.sdl()
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &EngineConfig {
        &self.0.config
    }

    /// Returns whether what should be loaded has been loaded once, as far as possible.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.applied.borrow().is_some()
    }

    /// Closes DuckDB; requests that come later fail.
    pub async fn close(&self) {
        self.0.database.close().await;
    }

    async fn register(&self, sources: &[SourceDefinition]) -> Result<()> {
        for source in sources {
            let state = self.0.store.snapshot().await?;
            let changes = source.changes(&state);
            if !changes.is_empty() {
                self.0.store.commit(Some(state.revision), &changes).await?;
            }
        }
        Ok(())
    }
}

/// Logs an error where it leaves the engine; an internal one gets an id by which its cause is found.
fn traced(error: Error) -> Error {
    if error.code() == ErrorCode::Internal {
        let trace_id = uuid::Uuid::new_v4().simple().to_string();
        let cause = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(%trace_id, error = %error, cause, "internal error");
        return error.with_trace_id(trace_id);
    }
    tracing::debug!(code = %error.code(), %error, "request failed");
    error
}

#[async_trait]
impl Replica for HugrEngine {
    fn core_store(&self) -> Arc<dyn CoreStore> {
        Arc::clone(&self.0.store)
    }

    async fn reconcile(&self, state: Arc<CoreState>) -> Vec<SourceStatus> {
        let engine = &self.0;
        let guard = engine.reconciling.lock().await;
        let applied = *engine.applied.borrow();
        if applied.is_none_or(|applied| applied <= state.revision) {
            engine.access.update(&state.access);
            // A source that could not be loaded may have missed a storage.
            if engine.storages.bring(&state.storages).await {
                engine.failures.forgive();
            }
            engine.api_keys.update(&state.access);
            let current = engine.served();
            let started_at = *engine.started_at.get_or_init(|| state.revision);
            match reconcile::reconcile(
                &engine.loader,
                &engine.built_in,
                &current,
                (&state, started_at),
                &engine.failures,
            )
            .await
            {
                Ok(Some(served)) => engine.current.store(Arc::new(served)),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "the sources do not fit together; serving what was served")
                }
            }
            engine.applied.send_replace(Some(state.revision));
        }
        drop(guard);
        state
            .loaded
            .keys()
            .map(|name| engine.source_status(name))
            .collect()
    }

    fn applied_revision(&self) -> Revision {
        self.0.applied.borrow().unwrap_or_default()
    }

    fn source_status(&self, name: &SourceName) -> SourceStatus {
        self.0.source_status(name)
    }

    fn storage_status(&self, name: &StorageName) -> StorageStatus {
        self.0.storages.status(name)
    }

    fn storages(&self) -> Vec<RegisteredStorage> {
        self.0.storages.list()
    }

    async fn drop_answers(&self, tags: &[String]) -> Result<()> {
        cached::drop_near(&self.0, tags).await
    }

    fn apply_auth(&self, settings: &AuthSettings) -> Result<()> {
        let auth = auth::authentication(settings, &self.0.api_keys)?;
        self.0.auth.store(Arc::new(auth));
        Ok(())
    }

    fn apply_operations(&self, operations: Arc<dyn Operations>) {
        self.0.operations.store(Arc::new(operations));
    }
}
