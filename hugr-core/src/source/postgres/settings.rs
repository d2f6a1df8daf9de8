//! What the path of a PostgreSQL source says: where the database is, and how its connections are kept.
//!
//! ```text
//! postgres://user:password@host1:5432,host2:5432/database?pool_size=16&acquire_timeout=5s&statement_timeout=30s
//! ```
//!
//! The parameters in [`OWN`] are ours; all others are PostgreSQL's own and reach it as they are.

use std::path::PathBuf;
use std::time::Duration;

use super::path::SourcePath;
use crate::error::Result;
use crate::store::DataSource;

/// Parameters that PostgreSQL's own clients do not know.
const OWN: [&str; 7] = [
    "pool_size",
    "acquire_timeout",
    "idle_timeout",
    "statement_timeout",
    "search_path",
    "prepared_statements",
    "max_replica_lag",
];
/// Parameters that DuckDB's extension knows, and that the client is told in another way or not at all.
const NOT_OF_CLIENT: [&str; 7] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslcrl",
    "gssencmode",
    "passfile",
];

const POOL_SIZE: usize = 16;
const MAX_POOL_SIZE: usize = 1_000;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);
const MAX_REPLICA_LAG: Duration = Duration::from_secs(30);

/// What a path says.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// Without the parameters that only we know.
    pub(super) duckdb_url: String,
    /// Without the parameters that the client does not know.
    pub(super) client_url: String,
    /// Most connections to the database, and to each group of its hosts when there are several.
    pub(super) pool_size: usize,
    /// How long a query waits for a connection.
    pub(super) acquire_timeout: Duration,
    /// After which time an unused connection is closed.
    pub(super) idle_timeout: Duration,
    /// After which time the database gives up a statement; `None` leaves it to the database.
    pub(super) statement_timeout: Option<Duration>,
    /// Schemas in which names without one are looked up.
    pub(super) search_path: Option<String>,
    /// Whether statements are prepared under names, which a pooler between us and the database may not like.
    pub(super) prepared_statements: bool,
    /// How far behind the primary a replica may be that answers reads; `None` when that does not matter.
    pub(super) max_replica_lag: Option<Duration>,
    /// Where passwords are, when the path has none.
    pub(super) password_file: Option<PathBuf>,
    /// How the connection is encrypted.
    pub(super) tls: TlsSettings,
}

/// How the connection is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TlsSettings {
    pub(super) mode: TlsMode,
    /// Certificates of who signs servers' certificates; `None` for those of this machine.
    pub(super) root_certificates: Option<PathBuf>,
    /// Our own certificate with its key.
    pub(super) client: Option<(PathBuf, PathBuf)>,
}

/// The parameter `sslmode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TlsMode {
    Disable,
    /// Encrypted when the server can; who it is, is not checked.
    #[default]
    Prefer,
    /// Encrypted; who the server is, is not checked.
    Require,
    /// Encrypted, by a server with a certificate that a known authority signed.
    VerifyCa,
    /// The same, and the certificate is for the host's name.
    VerifyFull,
}

/// Shows nothing of the URLs: they hold passwords.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("pool_size", &self.pool_size)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads the path of `source`.
    ///
    /// # Errors
    /// `BAD_REQUEST`, naming the parameter and what is valid, never its value.
    pub(super) fn of(source: &DataSource) -> Result<Self> {
        let path = SourcePath::parse(source)?;
        let search_path = path.text("search_path");
        let prepared_statements = path.flag("prepared_statements")?.unwrap_or(true);
        // Poolers take no options of sessions that are not ours.
        let of_session = search_path.as_deref().filter(|_| prepared_statements);
        Ok(Self {
            duckdb_url: duckdb_url(&path, of_session),
            client_url: path.url_with(|name| !OWN.contains(&name) && !NOT_OF_CLIENT.contains(&name), &[]),
            pool_size: path.number("pool_size", 1..=MAX_POOL_SIZE, POOL_SIZE)?,
            acquire_timeout: path.duration("acquire_timeout")?.unwrap_or(ACQUIRE_TIMEOUT),
            idle_timeout: path.duration("idle_timeout")?.unwrap_or(IDLE_TIMEOUT),
            statement_timeout: path.duration("statement_timeout")?,
            search_path,
            prepared_statements,
            max_replica_lag: match path.text("max_replica_lag").as_deref() {
                Some("off") => None,
                _ => Some(path.duration("max_replica_lag")?.unwrap_or(MAX_REPLICA_LAG)),
            },
            password_file: path.text("passfile").map(PathBuf::from),
            tls: TlsSettings::of(&path)?,
        })
    }
}

impl TlsSettings {
    fn of(path: &SourcePath<'_>) -> Result<Self> {
        let mode = match path.text("sslmode").as_deref() {
            Some("disable") => TlsMode::Disable,
            None | Some("allow" | "prefer") => TlsMode::Prefer,
            Some("require") => TlsMode::Require,
            Some("verify-ca") => TlsMode::VerifyCa,
            Some("verify-full") => TlsMode::VerifyFull,
            Some(_) => {
                let valid = "disable, allow, prefer, require, verify-ca or verify-full";
                return Err(path.must_be("sslmode", valid));
            }
        };
        let file = |name: &str| path.text(name).map(PathBuf::from);
        let root_certificates = file("sslrootcert").filter(|path| path.as_os_str() != "system");
        Ok(Self {
            // Who names authorities wants them asked, as PostgreSQL's own clients do.
            mode: match mode {
                TlsMode::Require if root_certificates.is_some() => TlsMode::VerifyCa,
                mode => mode,
            },
            root_certificates,
            client: file("sslcert").zip(file("sslkey")),
        })
    }
}

fn duckdb_url(path: &SourcePath<'_>, search_path: Option<&str>) -> String {
    let mut more: Vec<String> = search_path.map(search_path_option).into_iter().collect();
    if path.has_several_hosts() && path.text("target_session_attrs").is_none() {
        // What goes through DuckDB may be a change.
        more.push("target_session_attrs=read-write".to_owned());
    }
    path.url_with(|name| !OWN.contains(&name), &more)
}

/// `options=-c search_path=…`, with everything escaped that is not plain.
fn search_path_option(path: &str) -> String {
    let mut option = "options=-c%20search_path%3D".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            option.push(char::from(byte));
        } else {
            // A blank ends an option unless a `\` stands before it.
            option.push_str(if byte == b' ' { "%5C" } else { "" });
            option.push_str(&format!("%{byte:02X}"));
        }
    }
    option
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn settings(path: &str) -> Result<Settings> {
        Settings::of(&DataSource::new("shop", "postgres", path))
    }

    #[test]
    fn a_plain_path_has_defaults() {
        let settings = settings("postgres://u:p@h/db?application_name=x").unwrap();
        assert_eq!(settings.client_url, "postgres://u:p@h/db?application_name=x");
        assert_eq!(settings.duckdb_url, settings.client_url);
        assert_eq!(settings.pool_size, 16);
        assert_eq!(settings.acquire_timeout, Duration::from_secs(5));
        assert_eq!(settings.tls.mode, TlsMode::Prefer);
        assert!(settings.prepared_statements);
        assert_eq!(settings.max_replica_lag, Some(Duration::from_secs(30)));
    }

    #[test]
    fn own_parameters_reach_nobody_else() {
        let settings = settings(
            "postgresql://u@a,b:5433/db?pool_size=3&sslmode=verify-full&statement_timeout=1500ms&search_path=app%2Cpublic\
             &prepared_statements=false&acquire_timeout=2&max_replica_lag=off",
        )
        .unwrap();
        assert_eq!(settings.client_url, "postgresql://u@a,b:5433/db");
        assert_eq!(
            settings.duckdb_url,
            "postgresql://u@a,b:5433/db?sslmode=verify-full&target_session_attrs=read-write"
        );
        assert_eq!(settings.search_path.as_deref(), Some("app,public"));
        assert_eq!(settings.statement_timeout, Some(Duration::from_millis(1_500)));
        assert_eq!(settings.acquire_timeout, Duration::from_secs(2));
        assert_eq!(settings.tls.mode, TlsMode::VerifyFull);
        assert_eq!(settings.max_replica_lag, None);
        assert!(!settings.prepared_statements);
    }

    #[test]
    fn a_search_path_is_an_option_of_duckdbs_sessions() {
        let settings = settings("postgres://u@h/db?search_path=app%2C my").unwrap();
        assert_eq!(
            settings.duckdb_url,
            "postgres://u@h/db?options=-c%20search_path%3Dapp%2C%5C%20my"
        );
    }

    #[test]
    fn mistakes_name_the_parameter() {
        for (path, expected) in [
            ("shop.duckdb", "the path must be"),
            (
                "postgres://h/d?pool_size=0",
                "`pool_size` must be a number from 1",
            ),
            (
                "postgres://h/d?acquire_timeout=soon",
                "`acquire_timeout` must be a duration",
            ),
            ("postgres://h/d?sslmode=on", "`sslmode` must be disable"),
        ] {
            let error = settings(path).unwrap_err();
            assert_eq!(error.code(), ErrorCode::BadRequest);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
