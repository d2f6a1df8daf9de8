//! What a node says of itself and of its settings: `core.info`. No secret is among it.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::engine::execute::Execution;
use crate::engine::host::{NearCacheSettings, SharedCacheSettings};

/// When the software was built is not recorded: builds of the same source are the same.
const BUILD_DATE: &str = "";
/// Stands for a password.
const MASK: &str = "***";

const MEGABYTE: u64 = 1 << 20;
const GIGABYTE: u64 = 1 << 30;

/// Returns the version of the software.
pub(super) fn version(execution: &Execution<'_>) -> Json {
    json!({ "version": execution.engine.config.version, "build_date": BUILD_DATE })
}

/// Returns what the node is, and its settings.
pub(super) fn info(execution: &Execution<'_>) -> Json {
    let engine = execution.engine;
    let operations = engine.operations();
    let management = operations.management_url().unwrap_or_default();
    json!({
        "cluster_mode": operations.management_url().is_some(),
        "version": engine.config.version,
        "build_date": BUILD_DATE,
        "management_node": management,
        "node_role": if management.is_empty() { "standalone" } else { "worker" },
        "node_name": operations.node_name(),
        "config": config(execution),
    })
}

fn config(execution: &Execution<'_>) -> Json {
    let engine = execution.engine;
    let config = &engine.config;
    let ways = engine.auth.load();
    let ways = ways.ways.iter();
    json!({
        "admin_ui": config.admin_ui,
        "debug": config.host.debug,
        "allow_parallel": config.max_parallel_fields.is_none_or(|fields| fields.get() > 1),
        "max_parallel_queries": config.max_parallel_fields.map_or(0, std::num::NonZeroUsize::get),
        "max_depth": config.document_limits.max_depth,
        "duckdb": duckdb(execution),
        "coredb": { "version": config.version, "type": engine.store.describe() },
        "auth": ways.map(|way| json!({ "type": way.kind, "name": way.name })).collect::<Json>(),
        "cache": {
            "ttl": shown(config.cache_ttl.unwrap_or_default()),
            "l1": near_cache(config.host.near_cache.as_ref()),
            "l2": shared_cache(config.host.shared_cache.as_ref()),
        },
    })
}

fn duckdb(execution: &Execution<'_>) -> Json {
    let options = &execution.engine.config.database;
    let text = |name: &str| {
        let mut settings = options.settings.iter();
        settings
            .find(|(setting, _)| setting == name)
            .map(|(_, value)| value.as_str())
    };
    let number = |name: &str| text(name).and_then(|value| value.parse::<u64>().ok());
    // Sizes are set as bytes with their unit.
    let gigabytes = |name: &str| {
        let bytes = text(name)?.strip_suffix('B')?.parse::<u64>().ok()?;
        Some(bytes / GIGABYTE)
    };
    json!({
        "path": options.path.as_ref().map_or_else(String::new, |path| path.display().to_string()),
        "max_open_conns": options.connections.get(),
        "max_idle_conns": options.connections.get(),
        "settings": {
            "allowed_directories": [],
            "allowed_paths": [],
            "enable_logging": false,
            "max_memory": gigabytes("max_memory"),
            "max_temp_directory_size": gigabytes("max_temp_directory_size"),
            "temp_directory": text("temp_directory"),
            "worker_threads": number("worker_threads"),
            "pg_connection_limit": number("pg_connection_limit"),
            "pg_pages_per_task": number("pg_pages_per_task"),
        },
    })
}

fn near_cache(settings: Option<&NearCacheSettings>) -> Json {
    json!({
        "enabled": settings.is_some(),
        "max_size": settings.map_or(0, |cache| cache.max_bytes / MEGABYTE),
        "max_item_size": settings.map_or(0, |cache| cache.max_answer_bytes),
        "shards": 0,
        "clean_time": shown(Duration::ZERO),
        "eviction_time": shown(settings.map_or(Duration::ZERO, |cache| cache.max_age)),
    })
}

fn shared_cache(settings: Option<&SharedCacheSettings>) -> Json {
    json!({
        "enabled": settings.is_some(),
        "backend": settings.map_or("", |cache| &cache.backend),
        "addresses": settings.map_or(&[][..], |cache| &cache.addresses),
        "database": settings.map_or_else(String::new, |cache| cache.database.to_string()),
        "username": settings.map_or("", |cache| &cache.username),
        "password": settings.filter(|cache| cache.has_password).map_or("", |_| MASK),
    })
}

/// Returns a time as it is configured.
fn shown(time: Duration) -> String {
    format!("{}s", time.as_secs())
}
