//! The engine's settings, from the configuration of a server.

use std::num::NonZeroUsize;

use hugr_core::catalog::Strictness;
use hugr_core::engine::{EngineConfig, HostSettings, JqPrograms, NearCacheSettings, SharedCacheSettings};
use hugr_core::jq::WorkerCommand;

use crate::config::cache::SharedCacheKind;
use crate::config::query::QueryConfig;
use crate::config::{Environment, ServerConfig};
use crate::jq_worker::JQ_WORKER;

/// Returns the settings of the engine of a server. `environment` gives the variables that paths of data sources name.
#[must_use]
pub fn engine_config(config: &ServerConfig, environment: &Environment) -> EngineConfig {
    let default = EngineConfig::default();
    let mut engine = EngineConfig {
        database: config.duckdb.options(),
        max_parallel_fields: parallel_fields(&config.query),
        time_zone: config.duckdb.db_timezone.clone().unwrap_or(default.time_zone),
        variables: environment
            .variables()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        cache_ttl: Some(config.cache.cache_ttl).filter(|ttl| !ttl.is_zero()),
        jq: jq_programs(&config.query),
        is_explain_enabled: config.query.explain_enabled,
        strictness: if config.query.schema_lenient {
            Strictness::Lenient
        } else {
            Strictness::Strict
        },
        admin_ui: config.listen.admin_ui,
        admin_query_url: config.listen.admin_ui_fetch_path.clone(),
        host: host_settings(config),
        ..default
    };
    config.limits.apply(&mut engine);
    engine
}

/// Returns what the program shows of its own settings.
fn host_settings(config: &ServerConfig) -> HostSettings {
    let cache = &config.cache;
    HostSettings {
        debug: config.query.debug,
        near_cache: cache.cache_l1_enabled.then(|| NearCacheSettings {
            max_bytes: cache.cache_l1_max_size.bytes(),
            max_answer_bytes: cache.cache_l1_max_item_size.bytes(),
            max_age: cache.cache_l1_eviction_time,
        }),
        shared_cache: cache.cache_l2_enabled.then(|| SharedCacheSettings {
            backend: cache
                .cache_l2_backend
                .map_or("", SharedCacheKind::as_str)
                .to_owned(),
            addresses: cache
                .cache_l2_addresses
                .as_ref()
                .map_or_else(Vec::new, |list| list.items().to_vec()),
            database: cache.cache_l2_database,
            username: cache.cache_l2_username.clone().unwrap_or_default(),
            has_password: cache.cache_l2_password.is_some(),
        }),
    }
}

/// Programs run in processes of this very program.
fn jq_programs(config: &QueryConfig) -> JqPrograms {
    if !config.jq_enabled {
        return JqPrograms::Refused;
    }
    match std::env::current_exe() {
        Ok(program) => JqPrograms::InWorkers(WorkerCommand::new(program, [JQ_WORKER])),
        Err(error) => {
            tracing::warn!(%error, "jq is off: the path of this program is not known");
            JqPrograms::Refused
        }
    }
}

fn parallel_fields(config: &QueryConfig) -> Option<NonZeroUsize> {
    if !config.allow_parallel {
        return Some(NonZeroUsize::MIN);
    }
    usize::try_from(config.max_parallel_queries)
        .ok()
        .and_then(NonZeroUsize::new)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::config::load;

    fn engine(variables: &[(&str, &str)]) -> EngineConfig {
        let environment = Environment::from_parts(variables.iter().copied(), "").unwrap();
        let loaded = load::<ServerConfig>([OsString::from("hugr-server")], &environment).unwrap();
        engine_config(&loaded.config, &environment)
    }

    #[test]
    fn fields_run_side_by_side_unless_limited() {
        assert_eq!(engine(&[]).max_parallel_fields, None);
        assert_eq!(
            engine(&[("MAX_PARALLEL_QUERIES", "3")]).max_parallel_fields,
            NonZeroUsize::new(3)
        );
        let one_by_one = engine(&[("ALLOW_PARALLEL", "no"), ("MAX_PARALLEL_QUERIES", "3")]);
        assert_eq!(one_by_one.max_parallel_fields, NonZeroUsize::new(1));
    }

    #[test]
    fn what_is_shown_of_the_program_holds_no_secret() {
        let variables = [
            ("DEBUG", "true"),
            ("CACHE_L1_ENABLED", "true"),
            ("CACHE_L2_ENABLED", "true"),
            ("CACHE_L2_BACKEND", "redis"),
            ("CACHE_L2_ADDRESSES", "r1:6379,r2:6379"),
            ("CACHE_L2_PASSWORD", "hidden-password"),
        ];
        let host = engine(&variables).host;
        assert!(host.debug);
        assert_eq!(
            host.near_cache.as_ref().map(|cache| cache.max_bytes),
            Some(512 << 20)
        );
        let shared = host.shared_cache.clone().unwrap();
        assert_eq!((shared.backend.as_str(), shared.has_password), ("redis", true));
        assert_eq!(shared.addresses, ["r1:6379", "r2:6379"]);
        assert!(!format!("{host:?}").contains("hidden-password"));
        assert_eq!(engine(&[]).host, HostSettings::default());
    }

    #[test]
    fn paths_see_the_environment() {
        let config = engine(&[("SHOP_PASSWORD", "secret"), ("DB_TIMEZONE", "Europe/Berlin")]);
        assert_eq!(
            config.variables.get("SHOP_PASSWORD").map(String::as_str),
            Some("secret")
        );
        assert_eq!(config.time_zone, "Europe/Berlin");
    }
}
