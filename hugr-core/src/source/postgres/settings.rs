//! What the path of a PostgreSQL source says: where the database is, and how its connections are kept.
//!
//! ```text
//! postgres://user:password@host1:5432,host2:5432/database?pool_size=16&acquire_timeout=5s&statement_timeout=30s
//! ```
//!
//! The parameters in [`OWN`] are ours; all others are PostgreSQL's own and reach it as they are.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, ErrorCode, Result};
use crate::store::DataSource;

/// Parameters that PostgreSQL's own clients do not know.
const OWN: [&str; 6] = [
    "pool_size",
    "acquire_timeout",
    "idle_timeout",
    "statement_timeout",
    "search_path",
    "prepared_statements",
];
/// Parameters about encryption, which the client is told in its own way.
const TLS: [&str; 4] = ["sslmode", "sslrootcert", "sslcert", "sslkey"];
/// Further parameters that the client does not know, but DuckDB's extension does.
const UNKNOWN_TO_CLIENT: [&str; 3] = ["sslcrl", "gssencmode", "passfile"];

const POOL_SIZE: usize = 16;
const MAX_POOL_SIZE: usize = 1_000;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);

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
    /// How the connection is encrypted.
    pub(super) tls: TlsSettings,
    /// Whether the path names several hosts.
    pub(super) has_several_hosts: bool,
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
        let path = source.path.as_str();
        if !path.starts_with("postgres://") && !path.starts_with("postgresql://") {
            return Err(invalid(
                source,
                "the path must be postgres://user:password@host:port/database",
            ));
        }
        let (address, query) = path.split_once('?').unwrap_or((path, ""));
        let parameters: Vec<(&str, &str)> = query
            .split('&')
            .filter(|parameter| !parameter.is_empty())
            .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
            .collect();
        let parameter = |name: &str| {
            let found = parameters.iter().rev().find(|(known, _)| *known == name);
            found
                .map(|(_, value)| decoded(value))
                .filter(|value| !value.is_empty())
        };
        let fails = |name: &str, valid: &str| invalid(source, &format!("parameter `{name}` must be {valid}"));
        let duration = |name: &str, default: Option<Duration>| match parameter(name) {
            None => Ok(default),
            Some(text) => parse_duration(&text)
                .map(Some)
                .ok_or_else(|| fails(name, "a duration such as `500ms`, `30s` or `5m`")),
        };
        let pool_size = match parameter("pool_size") {
            None => POOL_SIZE,
            Some(text) => text
                .parse()
                .ok()
                .filter(|size| (1..=MAX_POOL_SIZE).contains(size))
                .ok_or_else(|| fails("pool_size", "a number from 1 to 1000"))?,
        };
        let prepared_statements = match parameter("prepared_statements").as_deref() {
            None | Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(fails("prepared_statements", "`true` or `false`")),
        };
        let with = |is_kept: &dyn Fn(&str) -> bool, more: Option<String>| {
            with_parameters(address, parameters.iter().filter(|(name, _)| is_kept(name)), more)
        };
        let search_path = parameter("search_path");
        Ok(Self {
            duckdb_url: with(
                &|name| !OWN.contains(&name),
                search_path.as_deref().map(search_path_option),
            ),
            client_url: with(
                &|name| !OWN.contains(&name) && !TLS.contains(&name) && !UNKNOWN_TO_CLIENT.contains(&name),
                None,
            ),
            pool_size,
            acquire_timeout: duration("acquire_timeout", Some(ACQUIRE_TIMEOUT))?.unwrap_or(ACQUIRE_TIMEOUT),
            idle_timeout: duration("idle_timeout", Some(IDLE_TIMEOUT))?.unwrap_or(IDLE_TIMEOUT),
            statement_timeout: duration("statement_timeout", None)?,
            search_path,
            prepared_statements,
            tls: TlsSettings {
                mode: tls_mode(parameter("sslmode").as_deref()).ok_or_else(|| {
                    fails(
                        "sslmode",
                        "disable, allow, prefer, require, verify-ca or verify-full",
                    )
                })?,
                root_certificates: parameter("sslrootcert")
                    .filter(|path| path != "system")
                    .map(PathBuf::from),
                client: parameter("sslcert")
                    .zip(parameter("sslkey"))
                    .map(|(certificate, key)| (certificate.into(), key.into())),
            },
            has_several_hosts: has_several_hosts(address),
        })
    }
}

fn invalid(source: &DataSource, reason: &str) -> Error {
    Error::new(
        ErrorCode::BadRequest,
        format!("data source `{}`: {reason}", source.name),
    )
}

fn tls_mode(name: Option<&str>) -> Option<TlsMode> {
    Some(match name {
        Some("disable") => TlsMode::Disable,
        None | Some("allow" | "prefer") => TlsMode::Prefer,
        Some("require") => TlsMode::Require,
        Some("verify-ca") => TlsMode::VerifyCa,
        Some("verify-full") => TlsMode::VerifyFull,
        Some(_) => return None,
    })
}

fn has_several_hosts(address: &str) -> bool {
    let authority = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    hosts.contains(',')
}

fn with_parameters<'a>(
    address: &str,
    parameters: impl Iterator<Item = &'a (&'a str, &'a str)>,
    more: Option<String>,
) -> String {
    let mut url = address.to_owned();
    let kept = parameters.map(|(name, value)| format!("{name}={value}"));
    for (index, parameter) in kept.chain(more).enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(&parameter);
    }
    url
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

/// Replaces `%XX`.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A number with the unit `ms`, `s`, `m` or `h`; seconds without one.
fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" | "min" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3_600).map(Duration::from_secs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(!settings.has_several_hosts);
    }

    #[test]
    fn own_parameters_reach_nobody_else() {
        let settings = settings(
            "postgresql://u@a,b:5433/db?pool_size=3&sslmode=verify-full&statement_timeout=1500ms&search_path=app%2Cpublic\
             &prepared_statements=false&acquire_timeout=2",
        )
        .unwrap();
        assert_eq!(settings.client_url, "postgresql://u@a,b:5433/db");
        assert_eq!(
            settings.duckdb_url,
            "postgresql://u@a,b:5433/db?sslmode=verify-full&options=-c%20search_path%3Dapp%2Cpublic"
        );
        assert_eq!(settings.search_path.as_deref(), Some("app,public"));
        assert_eq!(settings.statement_timeout, Some(Duration::from_millis(1_500)));
        assert_eq!(settings.acquire_timeout, Duration::from_secs(2));
        assert_eq!(settings.tls.mode, TlsMode::VerifyFull);
        assert!(settings.has_several_hosts);
        assert!(!settings.prepared_statements);
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
