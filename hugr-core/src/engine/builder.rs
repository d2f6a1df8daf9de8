//! Puts an engine together.

use std::num::NonZeroUsize;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hugr_auth::{AuthChain, AuthSettings, Authentication};
use hugr_cache::{Cache, NoCache};

use super::admission::Admission;
use super::api_keys::KnownApiKeys;
use super::config::{EngineConfig, JqPrograms};
use super::definition::SourceDefinition;
use super::loader::SourceLoader;
use super::local::LocalOperations;
use super::operations::Operations;
use super::replica::Replica as _;
use super::served::{Served, invalid_catalog};
use super::storages::Storages;
use super::together::Together;
use super::{EngineState, HugrEngine, auth};
use crate::catalog::{Compiled, Diagnostic, builtin};
use crate::db::Database;
use crate::error::{Error, ErrorCode, Result};
use crate::jq::WorkerPool;
use crate::source::{Attachments, Source, SourceRegistry};
use crate::store::{CoreStore, DuckDbCoreStore};

/// Builds a [`HugrEngine`]. Methods cannot fail; everything is checked and opened in [`build`](Self::build).
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct HugrEngineBuilder {
    store: Option<Arc<dyn CoreStore>>,
    cache: Arc<dyn Cache>,
    auth: Auth,
    config: EngineConfig,
    registry: SourceRegistry,
    sources: Vec<SourceDefinition>,
    role: Role,
}

/// How requests are authenticated.
#[derive(Debug)]
enum Auth {
    Chain(AuthChain),
    Settings(Box<AuthSettings>),
}

/// Who decides what is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Standalone,
    ClusterNode,
}

impl Default for HugrEngineBuilder {
    fn default() -> Self {
        Self {
            store: None,
            cache: Arc::new(NoCache),
            auth: Auth::Chain(AuthChain::new()),
            config: EngineConfig::default(),
            registry: SourceRegistry::default(),
            sources: Vec::new(),
            role: Role::Standalone,
        }
    }
}

impl HugrEngineBuilder {
    /// Keeps data sources and what is loaded in `store`; without it they are kept in memory.
    pub fn with_core_store(mut self, store: impl CoreStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Like [`with_core_store`](Self::with_core_store), for a store that is shared.
    pub fn with_shared_core_store(mut self, store: Arc<dyn CoreStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Keeps answers whose fields have `@cache` in `cache`; without it nothing is kept.
    pub fn with_cache(mut self, cache: impl Cache + 'static) -> Self {
        self.cache = Arc::new(cache);
        self
    }

    /// Authenticates HTTP requests by `auth`; without it every request is refused.
    pub fn with_auth(mut self, auth: AuthChain) -> Self {
        self.auth = Auth::Chain(auth);
        self
    }

    /// Authenticates HTTP requests as `settings` say, with the API keys of the core store where they ask for these.
    pub fn with_auth_settings(mut self, settings: AuthSettings) -> Self {
        self.auth = Auth::Settings(Box::new(settings));
        self
    }

    /// Uses `config` instead of the defaults.
    pub fn with_config(mut self, config: EngineConfig) -> Self {
        self.config = config;
        self
    }

    /// Adds a kind of data source.
    pub fn with_source_kind(mut self, kind: impl Source + 'static) -> Self {
        self.registry = self.registry.with(kind);
        self
    }

    /// Registers and loads a data source.
    pub fn with_source(mut self, source: SourceDefinition) -> Self {
        self.sources.push(source);
        self
    }

    /// Builds a node of a cluster: what is loaded is decided by the cluster once the node has joined, and module
    /// `core.cluster` is served.
    pub fn for_cluster(mut self) -> Self {
        self.role = Role::ClusterNode;
        self
    }

    /// Opens DuckDB and the core store, and, unless built [`for_cluster`](Self::for_cluster), loads what should be loaded.
    /// A source that cannot be loaded does not fail the build: it is reported by `data_source_status`.
    ///
    /// # Errors
    /// `BAD_REQUEST` for settings that are not valid, `SOURCE_UNAVAILABLE` when DuckDB or the core store cannot be opened.
    pub async fn build(self) -> Result<HugrEngine> {
        if self.config.time_zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(Error::new(
                ErrorCode::BadRequest,
                format!(
                    "unknown time zone `{}`; valid are IANA names such as Europe/Berlin",
                    self.config.time_zone
                ),
            ));
        }
        let database = Database::open(self.config.database.clone()).await?;
        let store = match self.store {
            Some(store) => store,
            None => Arc::new(DuckDbCoreStore::in_memory()),
        };
        let mut built_in = vec![
            compiled(builtin::core())?,
            compiled(builtin::core_meta())?,
            compiled(builtin::core_storage())?,
        ];
        if self.role == Role::ClusterNode {
            built_in.push(compiled(builtin::core_cluster())?);
        }
        let served = Served::build(&built_in, std::collections::BTreeMap::new())?;
        let storages = Storages::new(database.clone());
        let loader = SourceLoader {
            attachments: Attachments::new(database.clone()),
            registry: self.registry,
            variables: self.config.variables.clone(),
            strictness: self.config.strictness,
        };
        let api_keys = Arc::new(KnownApiKeys::default());
        let auth = match self.auth {
            Auth::Chain(chain) => Authentication::from(chain),
            Auth::Settings(settings) => auth::authentication(&settings, &api_keys)?,
        };
        let jq_workers = match &self.config.jq {
            JqPrograms::InWorkers(command) => Some(WorkerPool::new(command.clone())),
            JqPrograms::Refused | JqPrograms::InProcess => None,
        };
        let max_bytes = self.config.max_response_bytes;
        // Half of the processors run look-ups of a kind, so that the others can read requests and write answers.
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let lookups = Together::new(database.clone(), max_bytes, (processors / 2).max(1));
        // Commits to a database wait for one another anyway.
        let inserts = Together::new(database.clone(), max_bytes, 1);
        let state = Arc::new_cyclic(|engine| EngineState {
            jq_workers,
            admission: Admission::new(self.config.admission),
            config: self.config,
            database,
            store,
            cache: self.cache,
            storages,
            loader,
            built_in,
            current: ArcSwap::from_pointee(served),
            auth: ArcSwap::from_pointee(auth),
            api_keys,
            operations: ArcSwap::from_pointee(
                Arc::new(LocalOperations::new(engine.clone())) as Arc<dyn Operations>
            ),
            access: super::access::AccessRules::default(),
            started_at: std::sync::OnceLock::new(),
            failures: super::reconcile::Failures::default(),
            lookups,
            inserts,
            reconciling: tokio::sync::Mutex::default(),
            applied: tokio::sync::watch::channel(None).0,
        });
        let engine = HugrEngine(state);
        if self.role == Role::Standalone {
            engine.register(&self.sources).await?;
            engine.reconcile(engine.core_store().snapshot().await?).await;
        }
        Ok(engine)
    }
}

fn compiled(outcome: Result<Compiled, Vec<Diagnostic>>) -> Result<Arc<crate::catalog::SourceCatalog>> {
    outcome
        .map(|compiled| Arc::new(compiled.catalog))
        .map_err(|diagnostics| invalid_catalog(&diagnostics))
}
