//! URLs of nodes, checked and in one form.

use std::fmt;

use http::Uri;
use hugr_core::{Error, ErrorCode, Result};

/// Where a node is reached: `http://host:port`, without a trailing slash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NodeUrl(String);

impl NodeUrl {
    /// Reads `text`; a trailing `/` and `/ipc` are taken off. `setting` names where it comes from.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is empty, no URL, has no host, or a scheme other than `http`.
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
            Some("http") => {}
            Some("https") => {
                return Err(invalid(
                    "uses TLS, which this version does not offer between nodes",
                ));
            }
            Some(_) | None => return Err(invalid("does not start with `http://`")),
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
    fn an_invalid_url_is_refused_with_its_setting() {
        for text in [
            "",
            "w1",
            "w1:15000",
            "ftp://w1",
            "https://w1",
            "http://u:p@w1",
            "http://",
        ] {
            let error = NodeUrl::parse(text, "CLUSTER_NODE_URL").unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("CLUSTER_NODE_URL `{text}`")),
                "{error}"
            );
        }
    }
}
