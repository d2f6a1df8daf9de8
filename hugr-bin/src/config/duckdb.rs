//! The DuckDB instance of a server: variables `DB_*`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use hugr_core::db::{AllowedFiles, DatabaseOptions};

use super::value::{self, ByteSize, Words};

/// The DuckDB instance that answers queries.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "DuckDB")]
pub struct DuckDbConfig {
    /// Main database file; in memory when not set
    #[arg(long, env = "DB_PATH", value_name = "FILE")]
    pub db_path: Option<PathBuf>,

    /// Home of DuckDB; persistent secrets are kept in its folder `.stored_secrets`
    #[arg(long, env = "DB_HOME_DIRECTORY", value_name = "FOLDER")]
    pub db_home_directory: Option<PathBuf>,

    /// Folder of DuckDB's extensions; DuckDB's own default when not set
    #[arg(long, env = "DB_EXTENSION_DIRECTORY", value_name = "FOLDER")]
    pub db_extension_directory: Option<PathBuf>,

    /// Connections, each with a thread; 0 is the default of 4
    #[arg(long, env = "DB_MAX_OPEN_CONNS", value_name = "N", value_parser = value::number, default_value = "0")]
    pub db_max_open_conns: u32,

    /// Connections kept open while idle; all of them are, whatever this says
    #[arg(long, env = "DB_MAX_IDLE_CONNS", value_name = "N", value_parser = value::number, default_value = "0")]
    pub db_max_idle_conns: u32,

    /// Folders, and beginnings of URLs like s3://bucket/, that queries may read and write; all when neither this nor
    /// `DB_ALLOWED_PATHS` is set. DuckDB then attaches no PostgreSQL or MySQL databases
    #[arg(long, env = "DB_ALLOWED_DIRECTORIES", value_name = "LIST")]
    pub db_allowed_directories: Option<Words>,

    /// Files that queries may read and write, beside `DB_ALLOWED_DIRECTORIES`
    #[arg(long, env = "DB_ALLOWED_PATHS", value_name = "LIST")]
    pub db_allowed_paths: Option<Words>,

    /// DuckDB's own log
    #[arg(long, env = "DB_ENABLE_LOGGING", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub db_enable_logging: bool,

    /// Memory that DuckDB may use, in GB or with a unit; 80% of the machine's when not set
    #[arg(long, env = "DB_MAX_MEMORY", value_name = "SIZE", value_parser = value::gigabytes)]
    pub db_max_memory: Option<ByteSize>,

    /// Disk space that temporary files may use, in GB or with a unit
    #[arg(long, env = "DB_MAX_TEMP_DIRECTORY_SIZE", value_name = "SIZE", value_parser = value::gigabytes)]
    pub db_max_temp_directory_size: Option<ByteSize>,

    /// Folder of temporary files
    #[arg(long, env = "DB_TEMP_DIRECTORY", value_name = "FOLDER")]
    pub db_temp_directory: Option<PathBuf>,

    /// Threads for large statements; 0 is one for each core
    #[arg(long, env = "DB_WORKER_THREADS", value_name = "N", value_parser = value::number, default_value = "0")]
    pub db_worker_threads: u32,

    /// Connections to each attached PostgreSQL; 0 is the extension's default
    #[arg(long, env = "DB_PG_CONNECTION_LIMIT", value_name = "N", value_parser = value::number, default_value = "0")]
    pub db_pg_connection_limit: u32,

    /// Pages of a PostgreSQL table that one task reads; 0 is the extension's default
    #[arg(long, env = "DB_PG_PAGES_PER_TASK", value_name = "N", value_parser = value::number, default_value = "0")]
    pub db_pg_pages_per_task: u32,

    /// Time zone of requests that name none, for example `Europe/Berlin`
    #[arg(long, env = "DB_TIMEZONE", value_name = "ZONE")]
    pub db_timezone: Option<String>,
}

impl DuckDbConfig {
    /// Returns the options to open the instance with.
    #[must_use]
    pub fn options(&self) -> DatabaseOptions {
        let default = DatabaseOptions::default();
        let connections = usize::try_from(self.db_max_open_conns)
            .ok()
            .and_then(NonZeroUsize::new);
        DatabaseOptions {
            path: self.db_path.clone(),
            connections: connections.unwrap_or(default.connections),
            extension_directory: self.db_extension_directory.clone(),
            settings: self.settings(),
            allowed_files: self.allowed_files(),
            ..default
        }
    }

    fn allowed_files(&self) -> Option<AllowedFiles> {
        let items = |words: &Option<Words>| {
            words
                .as_ref()
                .map_or_else(Vec::new, |words| words.items().to_vec())
        };
        let allowed = AllowedFiles {
            directories: items(&self.db_allowed_directories),
            paths: items(&self.db_allowed_paths),
        };
        (allowed != AllowedFiles::default()).then_some(allowed)
    }

    /// Returns DuckDB's settings by their names there; what is not configured is left out. The time zone is not
    /// among them: the engine shows instants in it itself.
    fn settings(&self) -> Vec<(String, String)> {
        let folder = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let size = |size: Option<ByteSize>| {
            size.filter(|size| size.bytes() > 0)
                .map(|size| format!("{}B", size.bytes()))
        };
        let count = |number: u32| (number > 0).then(|| number.to_string());
        let secrets = self
            .db_home_directory
            .as_ref()
            .map(|home| home.join(".stored_secrets"));
        let settings = [
            ("home_directory", folder(&self.db_home_directory)),
            ("secret_directory", folder(&secrets)),
            ("temp_directory", folder(&self.db_temp_directory)),
            ("max_memory", size(self.db_max_memory)),
            ("max_temp_directory_size", size(self.db_max_temp_directory_size)),
            ("worker_threads", count(self.db_worker_threads)),
            ("pg_connection_limit", count(self.db_pg_connection_limit)),
            ("pg_pages_per_task", count(self.db_pg_pages_per_task)),
        ];
        settings
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
            .collect()
    }
}
