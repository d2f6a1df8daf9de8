//! What a request brings along to prove who is asking.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

/// Parameter of a URL's query that carries a token, for callers that cannot set headers.
pub const TOKEN_PARAMETER: &str = "access_token";

const BEARER: &str = "bearer";

/// A header that may stand once stood more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the header was sent more than once")]
pub struct RepeatedHeader;

/// The parts of a request that authenticators look at.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// HTTP headers, or gRPC metadata in the same form.
    pub headers: &'a HeaderMap,
    /// The URL's query, without its question mark, when known.
    pub query: Option<&'a str>,
    /// Address of the caller, when known.
    pub peer: Option<IpAddr>,
}

impl<'a> Credentials<'a> {
    /// Returns credentials from `headers`, with an unknown caller.
    #[must_use]
    pub fn from_headers(headers: &'a HeaderMap) -> Self {
        Self {
            headers,
            query: None,
            peer: None,
        }
    }

    /// Adds the query of the request's URL.
    #[must_use]
    pub fn with_query(mut self, query: Option<&'a str>) -> Self {
        self.query = query;
        self
    }

    /// Adds the address of the caller.
    #[must_use]
    pub fn with_peer(mut self, peer: Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// Returns the text of header `name`; `None` when absent or not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the one value of header `name`, or `None` when it is absent.
    ///
    /// # Errors
    /// [`RepeatedHeader`] when the header is there more than once: which one counts must not depend on who reads it.
    pub fn only_value(&self, name: &HeaderName) -> Result<Option<&'a HeaderValue>, RepeatedHeader> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(RepeatedHeader);
        }
        Ok(first)
    }

    /// Returns the token of the request: that of the header `Authorization: Bearer`, else of the URL's parameter
    /// [`TOKEN_PARAMETER`], else of `cookie`.
    ///
    /// # Errors
    /// [`RepeatedHeader`] when there are several `Authorization` headers.
    pub fn token(&self, cookie: Option<&str>) -> Result<Option<&'a str>, RepeatedHeader> {
        if let Some(token) = self.only_value(&AUTHORIZATION)?.and_then(bearer) {
            return Ok(Some(token));
        }
        let parameter = self.query.and_then(parameter);
        Ok(parameter.or_else(|| self.cookie(cookie?)))
    }

    /// Returns the value of the cookie called `name`; an empty one counts as absent.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        let pairs = self
            .headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'));
        pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.trim_matches('"'))
            .filter(|value| !value.is_empty())
    }
}

/// Returns the token of an `Authorization` header of the scheme `Bearer`.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case(BEARER) && !token.is_empty()).then_some(token)
}

/// Returns the token in a URL's query. Tokens hold no character that a URL would have to escape.
fn parameter(query: &str) -> Option<&str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, value)| *name == TOKEN_PARAMETER && !value.is_empty())
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testsuite::headers;

    #[test]
    fn tokens_come_from_header_query_and_cookie() {
        let all = headers(&[
            ("authorization", "bearer from-header"),
            ("cookie", "a=b; session=from-cookie"),
        ]);
        let all = Credentials::from_headers(&all).with_query(Some("x=1&access_token=from-query"));
        assert_eq!(all.token(Some("session")), Ok(Some("from-header")));

        let cookie = headers(&[("cookie", "a=b"), ("cookie", "session=\"from-cookie\"")]);
        let cookie = Credentials::from_headers(&cookie);
        assert_eq!(cookie.token(Some("session")), Ok(Some("from-cookie")));
        assert_eq!(cookie.token(None), Ok(None));
        let query = cookie.with_query(Some("access_token=from-query"));
        assert_eq!(query.token(Some("session")), Ok(Some("from-query")));
    }

    #[test]
    fn other_schemes_are_no_tokens() {
        let basic = headers(&[("authorization", "Basic YTpi")]);
        assert_eq!(Credentials::from_headers(&basic).token(None), Ok(None));
        let twice = headers(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]);
        assert_eq!(Credentials::from_headers(&twice).token(None), Err(RepeatedHeader));
    }
}
