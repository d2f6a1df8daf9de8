//! How an instance of DuckDB is opened: its settings, what it may touch, and its connections.

use duckdb::{Config, Connection};

use super::options::{Access, DatabaseOptions};
use super::session::database_error;
use super::{files, h3, workers};
use crate::error::{Error, ErrorCode, Result};

/// The connections of an instance beside the first one.
pub(super) struct Others {
    pub(super) serving: Vec<Connection>,
    /// The one that calls DuckDB's workers.
    pub(super) watching: Connection,
    /// Threads that statements may use.
    pub(super) threads: usize,
}

/// Opens an instance as `options` say.
///
/// # Errors
/// `BAD_REQUEST` for settings that DuckDB refuses, `SOURCE_UNAVAILABLE` when it cannot open the file.
pub(super) fn open(options: &DatabaseOptions) -> Result<(Connection, Others)> {
    let refused =
        |error: duckdb::Error| Error::new(ErrorCode::BadRequest, database_error(&error).to_string());
    let mut config = Config::default()
        .with("autoinstall_known_extensions", "false")
        .and_then(|config| config.with("autoload_known_extensions", "true"))
        .map_err(refused)?;
    if let Some(directory) = &options.extension_directory {
        config = config
            .with("extension_directory", directory.to_string_lossy())
            .map_err(refused)?;
    }
    if options.access == Access::ReadOnly && options.path.is_some() {
        config = config
            .access_mode(duckdb::AccessMode::ReadOnly)
            .map_err(refused)?;
    }
    if options.allowed_files.is_some() {
        // The folder of kept secrets is not among the allowed ones.
        config = config
            .with("allow_persistent_secrets", "false")
            .map_err(refused)?;
    }
    for (name, value) in &options.settings {
        config = config.with(name, value).map_err(refused)?;
    }
    let first = match &options.path {
        Some(path) => Connection::open_with_flags(path, config),
        None => Connection::open_in_memory_with_flags(config),
    }
    .map_err(|error| Error::new(ErrorCode::SourceUnavailable, database_error(&error).to_string()))?;
    h3::register(&first).map_err(|error| database_error(&error))?;
    if let Some(allowed) = &options.allowed_files {
        files::confine(&first, allowed).map_err(refused)?;
    }
    let another = || first.try_clone().map_err(|error| database_error(&error));
    let others = Others {
        serving: (1..options.connections.get())
            .map(|_| another())
            .collect::<Result<_>>()?,
        watching: another()?,
        threads: workers::dismiss_workers(&first).map_err(|error| database_error(&error))?,
    };
    Ok((first, others))
}
