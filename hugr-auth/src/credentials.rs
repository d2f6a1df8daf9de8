//! What a request brings along to prove who is asking.

use std::net::IpAddr;

use http::HeaderMap;

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
}
