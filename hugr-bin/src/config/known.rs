//! Which variables exist, which have other names too, and which this version does not carry out.

use std::collections::BTreeSet;

use clap::CommandFactory;

use super::environment::Environment;
use super::{ManagementConfig, ServerConfig};

/// Prefixes that are ours: a variable with one of them that nobody knows is probably misspelt.
const OUR_PREFIXES: [&str; 7] = ["HUGR_", "CLUSTER_", "CACHE_", "DB_", "CORE_DB_", "OIDC_", "CORS_"];

/// Variables that scripts and tests of the project read.
const OUTSIDE: [&str; 5] = [
    "HUGR_CACHE",
    "HUGR_CONFORMANCE",
    "HUGR_CONFORMANCE_ONLY",
    "HUGR_OIDC_PROVIDER",
    "HUGR_UPDATE",
];

/// Prefix of the services that tests are given.
const TEST_PREFIX: &str = "HUGR_TEST_";

/// Other names of variables, which documentation and deployments use.
const ALIASES: [(&str, &str); 4] = [
    ("ALLOWED_MANAGED_API_KEYS", "ALLOW_MANAGED_API_KEYS"),
    ("ALLOWED_DB_API_KEYS", "ALLOW_MANAGED_API_KEYS"),
    ("OIDC_CLIENT_TIMEOUT", "OIDC_TIMEOUT"),
    ("SECRET", "CLUSTER_SECRET"),
];

/// Variables without effect in this version.
const WITHOUT_EFFECT: [&str; 16] = [
    "HTTP_PROFILING",
    "SCHEMA_CACHE_MAX_ENTRIES",
    "SCHEMA_CACHE_TTL",
    "MCP_ENABLED",
    "MCP_QUERY_TTL",
    "MCP_OAUTH_CLIENT_ID",
    "MCP_OAUTH_CLIENT_SECRET",
    "EMBEDDER_URL",
    "EMBEDDER_VECTOR_SIZE",
    "HUGR_APP_HEARTBEAT_INTERVAL",
    "HUGR_APP_HEARTBEAT_TIMEOUT",
    "HUGR_APP_HEARTBEAT_RETRIES",
    "DB_MAX_IDLE_CONNS",
    "DB_ENABLE_LOGGING",
    "CACHE_L1_SHARDS",
    "CACHE_L1_CLEAN_TIME",
];

/// Variables of another way to form a cluster, and what to set here instead.
const REPLACED: [(&str, &str); 5] = [
    (
        "CLUSTER_ENABLED",
        "a server joins a cluster when CLUSTER_MANAGEMENT_URL is set",
    ),
    (
        "CLUSTER_ROLE",
        "the programs hugr-management and hugr-server are the two roles",
    ),
    ("CLUSTER_HEARTBEAT", "set CHECK on the management node"),
    (
        "CLUSTER_GHOST_TTL",
        "nodes that do not answer stay listed as not ready",
    ),
    ("CLUSTER_POLL_INTERVAL", "changes are pushed to the work nodes"),
];

/// Returns the names under which a variable may be set, its own first.
pub(super) fn names_of(variable: &str) -> impl Iterator<Item = &str> {
    let aliases = ALIASES.iter().filter(move |(_, name)| *name == variable);
    std::iter::once(variable).chain(aliases.map(|(alias, _)| *alias))
}

/// Returns a warning for a setting that has no effect.
pub(super) fn check_support(variable: &str, value: &str) -> Option<String> {
    let is_off = matches!(value.to_ascii_lowercase().as_str(), "false" | "0" | "no" | "off");
    if is_off {
        return None;
    }
    let has_effect = !WITHOUT_EFFECT.contains(&variable);
    (!has_effect).then(|| format!("{variable} has no effect in this version"))
}

/// Returns a warning for each variable with a prefix of ours that no program of ours knows.
pub(super) fn unknown_variables(environment: &Environment) -> Vec<String> {
    let known = known_variables();
    let mut warnings = Vec::new();
    for name in environment.names() {
        let is_ours =
            OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && !name.starts_with(TEST_PREFIX);
        if !is_ours || known.contains(name) {
            continue;
        }
        if let Some((_, advice)) = REPLACED.iter().find(|(replaced, _)| *replaced == name) {
            warnings.push(format!("{name} has no effect: {advice}"));
            continue;
        }
        let nearest = known
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        warnings.push(match nearest {
            Some(nearest) => format!("unknown variable {name}; did you mean {nearest}"),
            None => format!("unknown variable {name}"),
        });
    }
    warnings
}

/// Returns the variables of all programs, so that one environment can serve them all.
fn known_variables() -> BTreeSet<String> {
    let commands = [ServerConfig::command(), ManagementConfig::command()];
    let declared = commands
        .iter()
        .flat_map(clap::Command::get_arguments)
        .filter_map(clap::Arg::get_env)
        .map(|name| name.to_string_lossy().into_owned());
    let others = ALIASES.iter().map(|(alias, _)| *alias).chain(OUTSIDE);
    declared.chain(others.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_name_declared_variables() {
        let known = known_variables();
        let named = WITHOUT_EFFECT.iter().chain(ALIASES.iter().map(|(_, name)| name));
        for name in named {
            assert!(known.contains(*name), "{name} is not declared");
        }
    }

    #[test]
    fn misspelt_variables_get_the_nearest_name() {
        let variables = [
            ("CLUSTER_SECRT", "x"),
            ("CLUSTER_ROLE", "worker"),
            ("PATH", "/bin"),
            ("HUGR_TEST_X", "1"),
        ];
        let environment = Environment::from_parts(variables, "").unwrap();
        let warnings = unknown_variables(&environment);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].starts_with("CLUSTER_ROLE has no effect"));
        assert_eq!(
            warnings[1],
            "unknown variable CLUSTER_SECRT; did you mean CLUSTER_SECRET"
        );
    }
}
