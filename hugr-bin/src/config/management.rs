//! Configuration of `hugr-management`.

use std::path::PathBuf;

use super::Configuration;
use super::auth::AuthConfig;
use super::cluster::CoordinatorConfig;
use super::core_store::CoreStoreConfig;
use super::cors::CorsConfig;
use super::environment::Environment;
use super::error::ConfigError;
use super::listen::ListenConfig;
use super::log::LogConfig;
use super::value::{self, ListenAddress};

/// Coordinates the work nodes of a cluster. Serves no GraphQL.
///
/// Each flag is also an environment variable, named in brackets. The file `.env` of the working directory may set
/// them too; the environment wins over it, and a flag wins over both.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "hugr-management", version, args_override_self = true)]
pub struct ManagementConfig {
    /// Address to listen on, for the work nodes
    #[arg(long, env = "BIND", value_name = "ADDRESS", default_value = ":14000")]
    pub bind: ListenAddress,
    /// Log each command of the cluster
    #[arg(long, env = "DEBUG", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub debug: bool,
    /// Further listeners, and the admin page of the work nodes.
    #[command(flatten)]
    pub listen: ListenConfig,
    /// Part in the cluster.
    #[command(flatten)]
    pub cluster: CoordinatorConfig,
    /// The core store, which work nodes without a location of their own use.
    #[command(flatten)]
    pub core_store: CoreStoreConfig,
    /// Folder of DuckDB's extensions; a core store at an `s3://` location needs one of them
    #[arg(
        long,
        env = "DB_EXTENSION_DIRECTORY",
        value_name = "FOLDER",
        help_heading = "Core store"
    )]
    pub db_extension_directory: Option<PathBuf>,
    /// Authentication on all work nodes.
    #[command(flatten)]
    pub auth: AuthConfig,
    /// Cross-origin requests.
    #[command(flatten)]
    pub cors: CorsConfig,
    /// Logs and shutdown.
    #[command(flatten)]
    pub log: LogConfig,
}

impl Configuration for ManagementConfig {
    fn check(&self, _environment: &Environment) -> Result<(), ConfigError> {
        self.cluster.check()?;
        self.listen.tls()?;
        self.auth.effective()?;
        self.core_store.check()
    }

    fn log(&self) -> &LogConfig {
        &self.log
    }

    fn more_logs(&self) -> &'static str {
        if self.debug { "hugr_cluster=debug" } else { "" }
    }

    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}
