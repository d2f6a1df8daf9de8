//! The kinds of values that variables have, and how each is written.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use hugr_auth::Secret;

const KIB: u64 = 1024;

/// Where a program listens: `:15000` on all interfaces, or `127.0.0.1:15000`, `[::1]:15000`, `localhost:15000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    host: Option<IpAddr>,
    port: u16,
}

impl ListenAddress {
    /// Returns the addresses to try, the preferred one first.
    #[must_use]
    pub fn candidates(&self) -> Vec<SocketAddr> {
        match self.host {
            Some(host) => vec![SocketAddr::new(host, self.port)],
            // The IPv6 wildcard takes IPv4 too; machines without IPv6 refuse it.
            None => vec![
                SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), self.port),
                SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), self.port),
            ],
        }
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not a listening address; write `:15000` or `127.0.0.1:15000`");
        let (host, port) = text.rsplit_once(':').ok_or_else(refuse)?;
        let port = port.parse().map_err(|_| refuse())?;
        let host = match host {
            "" => None,
            "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
            host => {
                let bare = host
                    .strip_prefix('[')
                    .and_then(|h| h.strip_suffix(']'))
                    .unwrap_or(host);
                Some(bare.parse().map_err(|_| refuse())?)
            }
        };
        Ok(Self { host, port })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host {
            Some(host) => SocketAddr::new(host, self.port).fmt(f),
            None => write!(f, ":{}", self.port),
        }
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(u64);

impl ByteSize {
    /// Returns the number of bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

/// A list, written with commas or white space between its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Returns the items in the order in which they are written.
    #[must_use]
    pub fn items(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for Words {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let items = text.split(|c: char| c == ',' || c.is_whitespace());
        Ok(Self(
            items.filter(|item| !item.is_empty()).map(str::to_owned).collect(),
        ))
    }
}

/// Where a database is: a path or a URL. A password in it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseLocation(String);

impl DatabaseLocation {
    /// Returns the whole text, for the one place that opens the database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseLocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}

/// Shows the location without its password and without its parameters, which may hold one too.
impl fmt::Display for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str(&self.0);
        };
        let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
        // A password may itself hold `@`: the last one ends it.
        match rest.rsplit_once('@') {
            Some((login, place)) => {
                let user = login.split_once(':').map_or(login, |(user, _)| user);
                write!(f, "{scheme}://{user}:***@{place}")
            }
            None => write!(f, "{scheme}://{rest}"),
        }
    }
}

impl fmt::Debug for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Reads a yes or no.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!(
            "`{text}` is neither yes nor no; write one of true, false, 1, 0, yes, no, on, off"
        )),
    }
}

/// Reads a duration: `30s`, `1m30s`, `250ms`, or a bare number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text)
        .map_err(|_| format!("`{text}` is not a duration; write for example `30s`, `1m` or `250ms`"))
}

/// Reads a whole number.
pub(super) fn number(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a whole number from 0 to {}", u32::MAX))
}

/// Reads a size whose bare number counts bytes.
pub(super) fn bytes(text: &str) -> Result<ByteSize, String> {
    size(text, 1)
}

/// Reads a size whose bare number counts megabytes.
pub(super) fn megabytes(text: &str) -> Result<ByteSize, String> {
    size(text, KIB * KIB)
}

/// Reads a size whose bare number counts gigabytes.
pub(super) fn gigabytes(text: &str) -> Result<ByteSize, String> {
    size(text, KIB * KIB * KIB)
}

/// Reads a text that must not be shown.
#[expect(clippy::unnecessary_wraps, reason = "the shape that a value parser has")]
pub(super) fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

fn size(text: &str, bare_unit: u64) -> Result<ByteSize, String> {
    let refuse = || format!("`{text}` is not a size; write for example `512MB` or `4GB`");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let count: u64 = count.parse().map_err(|_| refuse())?;
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" => bare_unit,
        "b" => 1,
        "kb" | "kib" | "k" => KIB,
        "mb" | "mib" | "m" => KIB * KIB,
        "gb" | "gib" | "g" => KIB * KIB * KIB,
        "tb" | "tib" | "t" => KIB * KIB * KIB * KIB,
        _ => return Err(refuse()),
    };
    count.checked_mul(unit).map(ByteSize).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert!(duration("soon").unwrap_err().contains("`30s`"));
        assert!(duration("-5").is_err());
    }

    #[test]
    fn sizes() {
        assert_eq!(megabytes("512").unwrap().bytes(), 512 << 20);
        assert_eq!(gigabytes("4").unwrap(), megabytes("4GB").unwrap());
        assert_eq!(bytes("10 KiB").unwrap().bytes(), 10_240);
        assert!(bytes("4 quarts").is_err());
        assert!(gigabytes("99999999999999999").is_err());
        assert!(bytes("GB").is_err());
    }

    #[test]
    fn switches() {
        assert_eq!(switch("YES"), Ok(true));
        assert_eq!(switch("off"), Ok(false));
        assert!(switch("maybe").unwrap_err().contains("true, false"));
    }

    #[test]
    fn lists() {
        let words: Words = "a:1, b:2\tc".parse().unwrap();
        assert_eq!(words.items(), ["a:1", "b:2", "c"]);
    }

    #[test]
    fn listen_addresses() {
        let shown = |text: &str| text.parse::<ListenAddress>().map(|address| address.to_string());
        assert_eq!(shown(":15000").as_deref(), Ok(":15000"));
        assert_eq!(shown("localhost:80").as_deref(), Ok("127.0.0.1:80"));
        assert_eq!(shown("[::1]:80").as_deref(), Ok("[::1]:80"));
        for wrong in ["15000", ":", ":70000", "example:80"] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
        assert_eq!(":1".parse::<ListenAddress>().unwrap().candidates().len(), 2);
    }

    #[test]
    fn locations_hide_passwords() {
        let shown = |text: &str| format!("{:?}", text.parse::<DatabaseLocation>().unwrap());
        assert_eq!(
            shown("postgres://hugr:p@ss:w@db:5432/core?password=x"),
            "postgres://hugr:***@db:5432/core"
        );
        assert_eq!(shown("postgres://db/core"), "postgres://db/core");
        assert_eq!(shown("/data/core.duckdb"), "/data/core.duckdb");
    }
}
