//! URLs of nodes, checked and in one form.

use std::fmt;

use http::Uri;
use hugr_core::{Error, ErrorCode, Result};

/// Where a node is reached: `http://host:port` or `https://host:port`, without a trailing slash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NodeUrl(String);

impl NodeUrl {
    /// Reads `text`; a trailing `/` and `/ipc` are taken off. `setting` names where it comes from.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is empty, no URL, has no host, or another scheme.
    pub(crate) fn parse(text: &str, setting: &str) -> Result<Self> {
        let invalid = |reason: &str| {
            let message = format!("{setting} `{text}` {reason}; write it like `http://node-1:15000`");
            Error::new(ErrorCode::BadRequest, message)
        };
        let url = text.trim().trim_end_matches('/');
        let url = url.strip_suffix("/ipc").unwrap_or(url).trim_end_matches('/');
        if url.is_empty() {
            return Err(invalid("is empty"));
        }
        let uri: Uri = url.parse().map_err(|_| invalid("is not a URL"))?;
        match uri.scheme_str() {
            Some("http" | "https") => {}
            Some(_) | None => return Err(invalid("does not start with `http://` or `https://`")),
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(invalid("has no host"));
        }
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(invalid(
                "holds a user or password, which is not used between nodes",
            ));
        }
        Ok(Self(url.to_owned()))
    }

    /// Returns whether the node is spoken to over TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("https://"))
    }

    /// Returns the URL as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_come_in_one_form() {
        for text in [
            "http://w1:15000",
            "http://w1:15000/",
            "http://w1:15000/ipc",
            " http://w1:15000/ipc/ ",
        ] {
            assert_eq!(
                NodeUrl::parse(text, "URL").unwrap().as_str(),
                "http://w1:15000",
                "{text}"
            );
        }
    }

    #[test]
    fn the_scheme_says_whether_it_is_encrypted() {
        for (text, is_encrypted) in [("http://w1:15000", false), ("https://w1:15000/ipc", true)] {
            assert_eq!(
                NodeUrl::parse(text, "URL").unwrap().is_encrypted(),
                is_encrypted,
                "{text}"
            );
        }
    }

    #[test]
    fn an_invalid_url_is_refused_with_its_setting() {
        for text in ["", "w1", "w1:15000", "ftp://w1", "http://u:p@w1", "http://"] {
            let error = NodeUrl::parse(text, "CLUSTER_NODE_URL").unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("CLUSTER_NODE_URL `{text}`")),
                "{error}"
            );
        }
    }
}
