//! Configuration of `hugr migrate`, `hugr core export` and `hugr core import`.

use std::path::PathBuf;

use super::Configuration;
use super::core_store::{CoreStoreConfig, CoreStoreKind};
use super::environment::Environment;
use super::error::ConfigError;
use super::log::LogConfig;
use super::value;
use hugr_auth::Secret;

/// Brings the tables of the core store to the shape that this version needs; creates what is missing.
///
/// Each flag is also an environment variable, named in brackets, as for the server.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "hugr migrate", version, args_override_self = true)]
pub struct MigrateConfig {
    /// Which store.
    #[command(flatten)]
    pub place: CorePlaceConfig,
}

/// Writes the content of the core store as JSON: data sources, catalog sources and their links, what is loaded, roles,
/// permissions, API keys and object storages.
///
/// Without --secrets it is for people: passwords in paths, secret keys of object storages and digests of API keys are
/// masked, and it cannot be imported. With them the file must be kept like a password.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "hugr core export", version, args_override_self = true)]
pub struct ExportConfig {
    /// Which store.
    #[command(flatten)]
    pub place: CorePlaceConfig,

    /// File to write, which only its owner may read; standard output when not given
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Include passwords, keys and digests, which an import needs
    #[arg(long)]
    pub secrets: bool,
}

/// Reads the content of a core store, as `hugr core export --secrets` wrote it, into this one, in one commit.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "hugr core import", version, args_override_self = true)]
pub struct ImportConfig {
    /// Which store.
    #[command(flatten)]
    pub place: CorePlaceConfig,

    /// File to read; standard input when not given
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Remove what the store holds; without it, only a new store takes an import
    #[arg(long)]
    pub replace: bool,
}

/// Which core store, and how it is reached.
#[derive(Clone, Debug, clap::Args)]
pub struct CorePlaceConfig {
    /// The core store.
    #[command(flatten)]
    pub core_store: CoreStoreConfig,

    /// Secret that the nodes of a cluster share, with which their core store is sealed when CORE_DB_KEY is not set
    #[arg(long, env = "CLUSTER_SECRET", value_name = "SECRET", value_parser = value::secret)]
    pub cluster_secret: Option<Secret>,

    /// Folder of DuckDB's extensions; a store at an `s3://` location needs one of them
    #[arg(long, env = "DB_EXTENSION_DIRECTORY", value_name = "FOLDER")]
    pub db_extension_directory: Option<PathBuf>,

    /// Logs.
    #[command(flatten)]
    pub log: LogConfig,
}

impl CorePlaceConfig {
    /// A store in memory is empty before and gone after.
    fn check(&self) -> Result<(), ConfigError> {
        if self.core_store.kind() == CoreStoreKind::Memory {
            let reason = "say which core store is meant: a postgres:// URL or a DuckDB file";
            return Err(ConfigError::variable("CORE_DB_PATH", reason));
        }
        self.core_store.check()
    }
}

/// What configurations of these tools have in common.
trait CoreTool: clap::Parser {
    /// Returns which store the tool works on.
    fn place(&self) -> &CorePlaceConfig;
}

impl CoreTool for MigrateConfig {
    fn place(&self) -> &CorePlaceConfig {
        &self.place
    }
}

impl CoreTool for ExportConfig {
    fn place(&self) -> &CorePlaceConfig {
        &self.place
    }
}

impl CoreTool for ImportConfig {
    fn place(&self) -> &CorePlaceConfig {
        &self.place
    }
}

impl<T: CoreTool> Configuration for T {
    fn check(&self, _environment: &Environment) -> Result<(), ConfigError> {
        self.place().check()
    }

    fn log(&self) -> &LogConfig {
        &self.place().log
    }

    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}
