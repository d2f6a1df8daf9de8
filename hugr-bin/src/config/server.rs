//! Configuration of `hugr-server`.

use super::auth::AuthConfig;
use super::cache::CacheConfig;
use super::cluster::WorkerConfig;
use super::core_store::{CoreStoreConfig, CoreStoreKind};
use super::cors::CorsConfig;
use super::duckdb::DuckDbConfig;
use super::error::ConfigError;
use super::limits::LimitConfig;
use super::listen::ListenConfig;
use super::log::LogConfig;
use super::query::{QueryConfig, ToolConfig};
use super::value::ListenAddress;
use super::{Configuration, Environment};

/// Answers GraphQL queries over the data sources: alone, or as a work node of a cluster.
///
/// Each flag is also an environment variable, named in brackets. The file `.env` of the working directory may set
/// them too; the environment wins over it, and a flag wins over both.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "hugr-server", version, args_override_self = true)]
pub struct ServerConfig {
    /// Address to listen on, for GraphQL, the admin page and the cluster
    #[arg(long, env = "BIND", value_name = "ADDRESS", default_value = ":15000")]
    pub bind: ListenAddress,
    /// Further listeners and pages.
    #[command(flatten)]
    pub listen: ListenConfig,
    /// Execution of queries.
    #[command(flatten)]
    pub query: QueryConfig,
    /// Limits on requests and answers.
    #[command(flatten)]
    pub limits: LimitConfig,
    /// The DuckDB instance.
    #[command(flatten)]
    pub duckdb: DuckDbConfig,
    /// The core store.
    #[command(flatten)]
    pub core_store: CoreStoreConfig,
    /// Authentication; in a cluster management's settings are in force instead.
    #[command(flatten)]
    pub auth: AuthConfig,
    /// Result caches.
    #[command(flatten)]
    pub cache: CacheConfig,
    /// Part in a cluster.
    #[command(flatten)]
    pub cluster: WorkerConfig,
    /// Cross-origin requests.
    #[command(flatten)]
    pub cors: CorsConfig,
    /// Tools and models.
    #[command(flatten)]
    pub tools: ToolConfig,
    /// Logs and shutdown.
    #[command(flatten)]
    pub log: LogConfig,
}

impl Configuration for ServerConfig {
    fn check(&self, environment: &Environment) -> Result<(), ConfigError> {
        self.core_store.check()?;
        self.listen.tls()?;
        self.check_shared_store()?;
        if self.cluster.cluster_management_url.is_none() {
            self.auth.effective()?;
        }
        match self.cluster.membership(environment.get("HOSTNAME")?.as_deref())? {
            Some(_) => self.core_store.check_shared(),
            None => Ok(()),
        }
    }

    fn log(&self) -> &LogConfig {
        &self.log
    }

    fn more_logs(&self) -> &'static str {
        if self.query.debug { "hugr::query=debug" } else { "" }
    }

    fn warnings(&self) -> Vec<String> {
        if self.cluster.cluster_management_url.is_none() {
            return Vec::new();
        }
        let mut warnings = Vec::new();
        let ignored = self.auth.variables_set();
        if !ignored.is_empty() {
            let advice =
                "in a cluster the authentication settings of the management node are in force; ignored here";
            warnings.push(format!("{advice}: {}", ignored.join(", ")));
        }
        let node_url = self.cluster.cluster_node_url.as_deref().unwrap_or_default();
        if self.listen.tls_cert_file.is_some() && node_url.starts_with("http://") {
            let problem =
                "CLUSTER_NODE_URL begins with http:// although TLS_CERT_FILE makes this node speak HTTPS";
            warnings.push(problem.to_owned());
        }
        warnings
    }
}

impl ServerConfig {
    /// Several nodes cannot write one DuckDB file.
    fn check_shared_store(&self) -> Result<(), ConfigError> {
        let is_file = matches!(self.core_store.kind(), CoreStoreKind::DuckDbFile(_));
        if self.cluster.cluster_management_url.is_some() && is_file && !self.core_store.core_db_readonly {
            let reason = "a DuckDB file cannot be written by the nodes of a cluster: set CORE_DB_READONLY=true, name a \
                          PostgreSQL database, or set no location to use the store of the management node";
            return Err(ConfigError::variable("CORE_DB_PATH", reason));
        }
        Ok(())
    }
}
