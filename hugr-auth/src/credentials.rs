//! What a request brings along to prove who is asking.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};
use thiserror::Error;

/// A header that may stand once stood more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the header was sent more than once")]
pub struct RepeatedHeader;

/// The parts of a request that authenticators look at.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// HTTP headers, or gRPC metadata in the same form.
    pub headers: &'a HeaderMap,
    /// Address of the caller, when known.
    pub peer: Option<IpAddr>,
}

impl<'a> Credentials<'a> {
    /// Returns credentials from `headers`, with an unknown caller.
    #[must_use]
    pub fn from_headers(headers: &'a HeaderMap) -> Self {
        Self { headers, peer: None }
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
    pub fn only_value(&self, name: &str) -> Result<Option<&'a HeaderValue>, RepeatedHeader> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(RepeatedHeader);
        }
        Ok(first)
    }
}
