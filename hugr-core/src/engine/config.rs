//! Settings of an engine that are not parts (stores, caches, authenticators) of it.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::admission::AdmissionLimits;
use super::host::HostSettings;
use crate::catalog::Strictness;
use crate::db::DatabaseOptions;
use crate::gql::DocumentLimits;
use crate::jq::WorkerCommand;

/// Settings of an engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The DuckDB instance.
    pub database: DatabaseOptions,
    /// Most root fields of one request that run at once; 1 runs them one by one, `None` sets no limit.
    pub max_parallel_fields: Option<NonZeroUsize>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// IANA name of the time zone in which instants are shown.
    pub time_zone: String,
    /// Requests that run and wait at the same time.
    pub admission: AdmissionLimits,
    /// Largest answer, in bytes of its JSON.
    pub max_response_bytes: usize,
    /// Limits on documents and operations.
    pub document_limits: DocumentLimits,
    /// Values of `[$NAME]` and `${NAME}` in the paths of data sources; usually the process's environment.
    pub variables: HashMap<String, String>,
    /// How long an answer is kept whose query does not say; `None` leaves it to the cache.
    pub cache_ttl: Option<Duration>,
    /// Whether clients may send jq programs, and where these run.
    pub jq: JqPrograms,
    /// Whether clients may ask for the statements of a request; they tell of tables and row filters.
    pub is_explain_enabled: bool,
    /// What to make of directives in SDL that are unknown, misplaced or called wrongly.
    pub strictness: Strictness,
    /// Whether the admin page is served at `/admin`.
    pub admin_ui: bool,
    /// URL that the admin page sends queries to; this engine's own when `None`.
    pub admin_query_url: Option<String>,
    /// Version of the software, as nodes tell it.
    pub version: String,
    /// What the host says of its own settings.
    pub host: HostSettings,
}

/// Where jq programs of clients run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum JqPrograms {
    /// Nowhere.
    #[default]
    Refused,
    /// In worker processes: a hostile program ends its process at most.
    InWorkers(WorkerCommand),
    /// In this process. A hostile program can exhaust the stack or the memory and so end the process: only for clients that
    /// are trusted.
    InProcess,
}

/// One DuckDB in memory, no limit on parallel fields, five minutes a request, answers up to 1 GiB, UTC, no jq.
impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            database: DatabaseOptions::default(),
            max_parallel_fields: None,
            request_timeout: Duration::from_secs(300),
            admission: AdmissionLimits::default(),
            max_response_bytes: 1 << 30,
            time_zone: "UTC".to_owned(),
            document_limits: DocumentLimits::default(),
            variables: HashMap::new(),
            cache_ttl: None,
            jq: JqPrograms::Refused,
            is_explain_enabled: false,
            strictness: Strictness::Strict,
            admin_ui: true,
            admin_query_url: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: HostSettings::default(),
        }
    }
}
