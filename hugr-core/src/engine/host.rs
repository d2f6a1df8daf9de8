//! What a host says of its own settings. The engine shows it (`core.info`) and does nothing else with it.

use std::time::Duration;

/// Settings of the program around an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostSettings {
    /// Whether queries are logged.
    pub debug: bool,
    /// The cache in the process; `None` without one.
    pub near_cache: Option<NearCacheSettings>,
    /// The cache that processes share; `None` without one.
    pub shared_cache: Option<SharedCacheSettings>,
}

/// A cache in the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearCacheSettings {
    /// Memory that it may take.
    pub max_bytes: u64,
    /// Largest answer that it keeps.
    pub max_answer_bytes: u64,
    /// Longest time for which it keeps one.
    pub max_age: Duration,
}

/// A cache that processes share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedCacheSettings {
    /// What it is, for instance `redis`.
    pub backend: String,
    /// Where it is.
    pub addresses: Vec<String>,
    /// Number of its database.
    pub database: u32,
    /// User; empty for the default one.
    pub username: String,
    /// Whether there is a password. It is not shown.
    pub has_password: bool,
}
