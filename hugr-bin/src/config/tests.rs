//! Whole configurations, from variables and flags.

use std::ffi::OsString;
use std::time::Duration;

use super::*;

fn read<C: Configuration>(variables: &[(&str, &str)], flags: &[&str]) -> Result<Loaded<C>, ConfigError> {
    let environment = Environment::from_parts(variables.iter().copied(), "").unwrap();
    let line = std::iter::once("program").chain(flags.iter().copied());
    load(line.map(OsString::from), &environment)
}

fn server(variables: &[(&str, &str)], flags: &[&str]) -> Result<Loaded<ServerConfig>, ConfigError> {
    read(variables, flags)
}

fn management(variables: &[(&str, &str)]) -> Result<Loaded<ManagementConfig>, ConfigError> {
    read(variables, &[])
}

fn refusal<C: std::fmt::Debug>(outcome: Result<C, ConfigError>) -> String {
    outcome.unwrap_err().to_string()
}

#[test]
fn defaults_of_a_server_alone() {
    let loaded = server(&[], &[]).unwrap();
    assert_eq!(loaded.config.bind.to_string(), ":15000");
    assert!(loaded.config.listen.admin_ui);
    assert!(loaded.config.cluster.membership(None).unwrap().is_none());
    assert_eq!(loaded.config.cache.cache_l1_max_size.bytes(), 512 << 20);
    assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
    assert!(loaded.warnings[0].contains("act as `admin`"));
}

#[test]
fn a_work_node_as_documented() {
    let variables = [
        ("BIND", ":15000"),
        ("CLUSTER_SECRET", "your-cluster-secret"),
        ("CLUSTER_MANAGEMENT_URL", "http://management:14000"),
        ("CLUSTER_NODE_NAME", "$(HOSTNAME)"),
        ("CLUSTER_NODE_URL", "http://${HOSTNAME}:15000"),
        ("CLUSTER_TIMEOUT", "5s"),
        ("HOSTNAME", "worker-1"),
        ("CORE_DB_PATH", "postgres://hugr:password@postgres:5432/hugr_core"),
    ];
    let loaded = server(&variables, &[]).unwrap();
    let membership = loaded.config.cluster.membership(None).unwrap().unwrap();
    assert_eq!(membership.node_name, "worker-1");
    assert_eq!(membership.node_url, "http://worker-1:15000");
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let shown = format!("{:?}", loaded.config);
    assert!(
        !shown.contains("password@") && !shown.contains("your-cluster-secret"),
        "{shown}"
    );
}

#[test]
fn a_management_node_as_documented() {
    let variables = [
        ("BIND", ":14000"),
        ("SECRET", "shared"),
        ("TIMEOUT", "10"),
        ("CHECK", "1m"),
        ("ANONYMOUS_ROLE", "guest"),
        ("SECRET_KEY", "key"),
    ];
    let loaded = management(&variables).unwrap();
    assert_eq!(loaded.config.cluster.timeout, Duration::from_secs(10));
    assert_eq!(loaded.config.cluster.secret().unwrap().expose(), "shared");
    let settings = loaded.config.auth.settings();
    assert_eq!(settings.anonymous_role.unwrap().as_str(), "guest");
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn flags_win_over_variables() {
    let loaded = server(
        &[("BIND", ":1"), ("DEBUG", "yes")],
        &["--bind", ":2", "--debug=off"],
    )
    .unwrap();
    assert_eq!(loaded.config.bind.to_string(), ":2");
    assert!(!loaded.config.query.debug);
    assert!(server(&[], &["--debug"]).unwrap().config.query.debug);
}

#[test]
fn unusable_values_name_their_variable() {
    for (name, value, part) in [
        ("CACHE_TTL", "soon", "is not a duration"),
        ("DB_MAX_MEMORY", "much", "is not a size"),
        ("DEBUG", "perhaps", "neither yes nor no"),
        ("MAX_DEPTH", "-1", "is not a whole number"),
        ("BIND", "15000", "is not a listening address"),
        ("CACHE_L2_BACKEND", "disk", "`redis` or `memcached`"),
        ("LOG_FORMAT", "xml", "`text` or `json`"),
        ("LOG_LEVEL", "loud", "does not say what to log"),
        ("CORE_DB_READONLY", "true", "needs CORE_DB_PATH"),
        (
            "CLUSTER_NODE_NAME",
            "$(NOWHERE)",
            "refers to the variable `NOWHERE`",
        ),
    ] {
        let message = refusal(server(&[(name, value)], &[]));
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
        assert!(message.contains(part), "{message}");
    }
    assert!(refusal(management(&[])).starts_with("CLUSTER_SECRET: must be set"));
    assert!(refusal(management(&[("CLUSTER_SECRET", "x"), ("CHECK", "0")])).starts_with("CHECK: "));
}

#[test]
fn an_incomplete_membership_is_refused() {
    let url = ("CLUSTER_MANAGEMENT_URL", "http://m:14000");
    assert!(refusal(server(&[url], &[])).starts_with("CLUSTER_SECRET: must be set"));
    assert!(refusal(server(&[url, ("CLUSTER_SECRET", "x")], &[])).starts_with("CLUSTER_NODE_NAME: "));
}

#[test]
fn what_is_not_built_is_not_silently_accepted() {
    for name in ["TLS_CERT_FILE", "OIDC_ISSUER", "AUTH_CONFIG_FILE"] {
        assert!(refusal(server(&[(name, "x")], &[])).contains("not supported yet"));
        let flag = format!("--{}=x", name.to_lowercase().replace('_', "-"));
        assert!(refusal(server(&[], &[&flag])).contains("not supported yet"));
    }
    assert!(server(&[("ALLOWED_DB_API_KEYS", "false")], &[]).is_ok());
    assert!(refusal(server(&[("ALLOWED_DB_API_KEYS", "true")], &[])).starts_with("ALLOW_MANAGED_API_KEYS: "));
    let loaded = server(
        &[("CACHE_L2_ENABLED", "true"), ("ALLOWED_ANONYMOUS", "false")],
        &[],
    )
    .unwrap();
    assert_eq!(
        loaded.warnings,
        ["CACHE_L2_ENABLED has no effect in this version"]
    );
}

#[test]
fn help_names_variables_and_shows_no_values() {
    let outcome = server(
        &[
            ("SECRET_KEY", "hidden-key"),
            ("CORE_DB_PATH", "postgres://u:hidden-key@h/d"),
        ],
        &["--help"],
    );
    let help = refusal(outcome);
    for name in [
        "[BIND]",
        "[SECRET_KEY]",
        "[DB_MAX_MEMORY]",
        "[CLUSTER_MANAGEMENT_URL]",
    ] {
        assert!(help.contains(name), "{name}\n{help}");
    }
    assert!(!help.contains("hidden-key"), "{help}");
}

#[test]
fn duckdb_options_follow_the_variables() {
    let variables = [("DB_MAX_MEMORY", "4GB"), ("DB_MAX_OPEN_CONNS", "7")];
    let options = server(&variables, &[]).unwrap().config.duckdb.options();
    assert_eq!(options.connections.get(), 7);
    let setting = |name: &str| {
        options
            .settings
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(setting("max_memory"), Some("4294967296B"));
    assert_eq!(setting("worker_threads"), None);
}
