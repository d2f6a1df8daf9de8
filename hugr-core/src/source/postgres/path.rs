//! The path of a source as a URL: an address and parameters.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;
use crate::store::DataSource;

/// A path, split into its parts.
#[derive(Debug)]
pub(super) struct SourcePath<'a> {
    source: &'a SourceName,
    /// What stands before the `?`.
    address: &'a str,
    /// Names and values, as they are written.
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> SourcePath<'a> {
    /// Reads the path of `source`.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is no URL of PostgreSQL.
    pub(super) fn parse(source: &'a DataSource) -> Result<Self> {
        let path = source.path.as_str();
        let (address, query) = path.split_once('?').unwrap_or((path, ""));
        let parameters = query
            .split('&')
            .filter(|parameter| !parameter.is_empty())
            .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")));
        let parsed = Self {
            source: &source.name,
            address,
            parameters: parameters.collect(),
        };
        if path.starts_with("postgres://") || path.starts_with("postgresql://") {
            return Ok(parsed);
        }
        Err(parsed.invalid("the path must be postgres://user:password@host:port/database"))
    }

    /// Returns the value of a parameter; empty counts as unset, and the last one counts.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let found = self.parameters.iter().rev().find(|(known, _)| *known == name);
        found
            .map(|(_, value)| decoded(value))
            .filter(|value| !value.is_empty())
    }

    /// Returns the duration that a parameter says.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is none.
    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>> {
        let parse = |text: String| {
            parse_duration(&text)
                .ok_or_else(|| self.must_be(name, "a duration such as `500ms`, `30s` or `5m`"))
        };
        self.text(name).map(parse).transpose()
    }

    /// Returns the number that a parameter says.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is none, or not within `valid`.
    pub(super) fn number(&self, name: &str, valid: RangeInclusive<usize>, default: usize) -> Result<usize> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let number = text.parse().ok().filter(|number| valid.contains(number));
        number.ok_or_else(|| {
            self.must_be(
                name,
                &format!("a number from {} to {}", valid.start(), valid.end()),
            )
        })
    }

    /// Returns whether a parameter says `true`.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it says neither that nor `false`.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.text(name).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(self.must_be(name, "`true` or `false`")),
        }
    }

    /// Returns whether it names several hosts.
    pub(super) fn has_several_hosts(&self) -> bool {
        let (_, hosts) = self.authority();
        hosts.contains(',')
    }

    /// Returns whether it says a password.
    pub(super) fn has_password(&self) -> bool {
        let (user, _) = self.authority();
        user.contains(':') || self.text("password").is_some()
    }

    /// Returns the URL with the parameters whose names are `kept`, and `more`.
    pub(super) fn url_with(&self, kept: impl Fn(&str) -> bool, more: &[String]) -> String {
        let mut url = self.address.to_owned();
        let kept = self.parameters.iter().filter(|(name, _)| kept(name));
        let kept = kept.map(|(name, value)| format!("{name}={value}"));
        for (index, parameter) in kept.chain(more.iter().cloned()).enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(&parameter);
        }
        url
    }

    /// Returns the error for a parameter that is not valid.
    pub(super) fn must_be(&self, name: &str, valid: &str) -> Error {
        self.invalid(&format!("parameter `{name}` must be {valid}"))
    }

    /// Returns the error for a path that is not valid, which never tells what it is.
    fn invalid(&self, reason: &str) -> Error {
        Error::new(
            ErrorCode::BadRequest,
            format!("data source `{}`: {reason}", self.source),
        )
    }

    /// Returns user and hosts.
    fn authority(&self) -> (&str, &str) {
        let address = self.address;
        let authority = address.split_once("://").map_or(address, |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        authority.rsplit_once('@').unwrap_or(("", authority))
    }
}

/// Returns `value` with what has a meaning in URLs as `%XX`.
pub(super) fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
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
