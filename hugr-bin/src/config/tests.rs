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
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
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
    let settings = loaded.config.auth.effective().unwrap().settings;
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
fn a_work_node_writes_no_duckdb_file() {
    let joined = [
        ("CLUSTER_MANAGEMENT_URL", "http://m:14000"),
        ("CLUSTER_SECRET", "x"),
        ("CLUSTER_NODE_NAME", "w"),
        ("CLUSTER_NODE_URL", "http://w:15000"),
    ];
    let with = |more: &[(&str, &str)]| server(&[&joined, more].concat(), &[]);
    let file = ("CORE_DB_PATH", "core.duckdb");
    assert!(refusal(with(&[file])).starts_with("CORE_DB_PATH: a DuckDB file cannot be written"));
    assert!(with(&[file, ("CORE_DB_READONLY", "true")]).is_ok());
    assert!(with(&[("CORE_DB_PATH", "postgres://u@h/d")]).is_ok());
    assert!(with(&[]).is_ok());
    assert!(server(&[file], &[]).is_ok(), "alone it may");
}

#[test]
fn https_needs_both_files() {
    for (set, other) in [
        ("TLS_CERT_FILE", "TLS_KEY_FILE"),
        ("TLS_KEY_FILE", "TLS_CERT_FILE"),
    ] {
        let message = refusal(server(&[(set, "x.pem")], &[]));
        assert!(
            message.starts_with(&format!("{other}: must be set when {set} is")),
            "{message}"
        );
    }
    assert!(server(&[("TLS_CERT_FILE", "c.pem"), ("TLS_KEY_FILE", "k.pem")], &[]).is_ok());
}

#[test]
fn what_is_not_built_is_not_silently_accepted() {
    let loaded = server(&[("CACHE_L1_SHARDS", "8"), ("ALLOWED_ANONYMOUS", "false")], &[]).unwrap();
    assert_eq!(loaded.warnings, ["CACHE_L1_SHARDS has no effect in this version"]);
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
fn files_are_limited_by_either_variable() {
    let allowed = |variables: &[(&str, &str)]| {
        let options = server(variables, &[]).unwrap().config.duckdb.options();
        options
            .allowed_files
            .map(|files| (files.directories, files.paths))
    };
    assert_eq!(allowed(&[]), None);
    let (directories, paths) = allowed(&[("DB_ALLOWED_DIRECTORIES", "/data, s3://bucket/")]).unwrap();
    assert_eq!((directories.len(), paths.len()), (2, 0));
    let (directories, paths) = allowed(&[("DB_ALLOWED_PATHS", "/data/a.csv")]).unwrap();
    assert_eq!((directories.len(), paths.len()), (0, 1));
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

fn auth(variables: &[(&str, &str)]) -> auth::EffectiveAuth {
    server(variables, &[]).unwrap().config.auth.effective().unwrap()
}

#[test]
fn authentication_as_documented() {
    let settings = auth(&[
        ("ALLOWED_ANONYMOUS", "false"),
        ("ALLOWED_DB_API_KEYS", "true"),
        ("OIDC_ISSUER", "https://accounts.google.com"),
        ("OIDC_CLIENT_ID", "your-client-id"),
        ("OIDC_COOKIE_NAME", "hugr_session"),
        ("OIDC_USERNAME_CLAIM", "preferred_username"),
        ("OIDC_USERID_CLAIM", "sub"),
        ("OIDC_ROLE_CLAIM", "roles"),
        ("OIDC_CLIENT_TIMEOUT", "1500ms"),
    ])
    .settings;
    assert_eq!(settings.anonymous_role, None);
    assert!(settings.managed_api_keys);
    let oidc = settings.oidc.unwrap();
    assert_eq!(oidc.claims.user_name, "preferred_username");
    assert_eq!(oidc.claims.role, "roles");
    assert_eq!(oidc.cookie_name.as_deref(), Some("hugr_session"));
    assert_eq!(oidc.timeout_seconds, 2);
}

#[test]
fn variables_win_over_the_file_and_the_file_over_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth.yaml");
    let text = "authentication:\n  anonymous_role: guest\n  secret_key: of-the-file\n  volume: 11\n";
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let effective = auth(&[("AUTH_CONFIG_FILE", &file), ("SECRET_KEY", "of-the-variable")]);
    assert_eq!(effective.settings.anonymous_role.unwrap().as_str(), "guest");
    assert_eq!(effective.settings.secret_key.unwrap().expose(), "of-the-variable");
    assert_eq!(effective.warnings.len(), 1, "{:?}", effective.warnings);
    assert!(effective.warnings[0].contains("`authentication.volume` is not a setting"));
    let refused = auth(&[("AUTH_CONFIG_FILE", &file), ("ALLOWED_ANONYMOUS", "no")]);
    assert_eq!(refused.settings.anonymous_role, None);
}

#[test]
fn unusable_authentication_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth.json");
    std::fs::write(&file, r#"{"jwt": {"issuer": {"public_key": "hidden"}}}"#).unwrap();
    let path = file.display().to_string();
    let error = refusal(server(&[("AUTH_CONFIG_FILE", &path)], &[]));
    assert!(
        error.contains("JWT issuer `issuer`") && !error.contains("hidden"),
        "{error}"
    );
    let error = refusal(server(&[("AUTH_CONFIG_FILE", "/none/auth.yaml")], &[]));
    assert!(error.starts_with("AUTH_CONFIG_FILE: /none/auth.yaml"), "{error}");
    let error = refusal(server(&[("OIDC_ISSUER", "https://issuer.example")], &[]));
    assert!(error.contains("client id"), "{error}");
}

#[test]
fn anonymous_access_as_admin_is_a_loud_warning() {
    let warnings = auth(&[]).warnings.join("\n");
    assert!(
        warnings.contains("ALLOWED_ANONYMOUS=false") && warnings.contains("ANONYMOUS_ROLE"),
        "{warnings}"
    );
    assert!(auth(&[("ANONYMOUS_ROLE", "guest")]).warnings.is_empty());
}

#[test]
fn a_work_node_ignores_authentication_of_its_own() {
    let node = [
        ("CLUSTER_MANAGEMENT_URL", "http://management:14000"),
        ("CLUSTER_SECRET", "s"),
        ("CLUSTER_NODE_NAME", "w"),
        ("CLUSTER_NODE_URL", "http://w:15000"),
        ("SECRET_KEY", "hidden"),
        ("AUTH_CONFIG_FILE", "/none/auth.yaml"),
    ];
    let loaded = server(&node, &[]).unwrap();
    let warnings = loaded.warnings.join("\n");
    assert!(
        warnings.ends_with("ignored here: SECRET_KEY, AUTH_CONFIG_FILE"),
        "{warnings}"
    );
}

#[test]
fn a_work_node_does_not_write_a_file_that_others_cannot_open() {
    let node = [
        ("CLUSTER_MANAGEMENT_URL", "http://management:14000"),
        ("CLUSTER_SECRET", "s"),
        ("CLUSTER_NODE_NAME", "w"),
        ("CLUSTER_NODE_URL", "http://w:15000"),
        ("CORE_DB_PATH", "core.duckdb"),
    ];
    let error = refusal(server(&node, &[]));
    assert!(
        error.starts_with("CORE_DB_PATH") && error.contains("CORE_DB_READONLY=true"),
        "{error}"
    );
    let mut read_only = node.to_vec();
    read_only.push(("CORE_DB_READONLY", "true"));
    assert!(server(&read_only, &[]).is_ok());
}
