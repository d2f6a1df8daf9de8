//! How a DuckDB instance is opened.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::files::AllowedFiles;

/// Whether a database file may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Reads and writes; only one process may have the file open.
    #[default]
    ReadWrite,
    /// Reads; several processes may have the file open, if all of them only read.
    ReadOnly,
}

/// Settings of a DuckDB instance.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// Database file; `None` is a database in memory.
    pub path: Option<PathBuf>,
    /// Access to that file.
    pub access: Access,
    /// Number of connections, each with a thread of its own.
    pub connections: NonZeroUsize,
    /// Jobs that may wait for a connection; more are refused with `RESOURCE_EXHAUSTED`.
    pub queue_capacity: usize,
    /// Folder with DuckDB's extensions (`<folder>/v1.5.5/<platform>/*.duckdb_extension`); `None` is DuckDB's default.
    pub extension_directory: Option<PathBuf>,
    /// Further DuckDB settings, applied when the instance is opened.
    pub settings: Vec<(String, String)>,
    /// What statements may read and write beside the database's own files; `None` is everything. DuckDB then attaches no
    /// PostgreSQL or MySQL databases either, and keeps no secrets.
    pub allowed_files: Option<AllowedFiles>,
}

/// In memory, four connections, 1,024 waiting jobs.
impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            path: None,
            access: Access::ReadWrite,
            connections: NonZeroUsize::new(4).unwrap_or(NonZeroUsize::MIN),
            queue_capacity: 1024,
            extension_directory: None,
            settings: Vec::new(),
            allowed_files: None,
        }
    }
}
