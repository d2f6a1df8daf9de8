//! What of the cluster's calls is sealed, and for what use.

use hugr_core::{Error, ErrorCode, Result};

use super::ClusterKeys;

/// What a sealed text is for; it opens for the same use only.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SealedFor<'a> {
    /// Settings for the node of this name.
    Settings(&'a str),
    /// Path of the data source of this name.
    SourcePath(&'a str),
    /// Who may do what: all of it.
    AccessState,
    /// Who may do what: one change.
    AccessChange,
    /// An object storage.
    Storage,
}

impl SealedFor<'_> {
    fn context(self) -> Vec<u8> {
        match self {
            Self::Settings(node) => format!("settings/{node}").into_bytes(),
            Self::SourcePath(source) => format!("source-path/{source}").into_bytes(),
            Self::AccessState => b"access-state".to_vec(),
            Self::AccessChange => b"access-change".to_vec(),
            Self::Storage => b"storage".to_vec(),
        }
    }
}

impl ClusterKeys {
    /// Seals `text` for one use.
    pub(crate) fn seal(&self, text: &str, sealed_for: SealedFor<'_>) -> Result<Vec<u8>> {
        self.seal
            .seal(text.as_bytes(), &sealed_for.context())
            .map_err(|error| Error::internal(error.to_string()))
    }

    /// Opens what was sealed for the same use.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when it was sealed with another secret, for another use, or was changed.
    pub(crate) fn open(&self, sealed: &[u8], sealed_for: SealedFor<'_>) -> Result<String> {
        let refused = || {
            let message = "sealed content does not open: another cluster secret, or changed on the way";
            Error::new(ErrorCode::Unauthenticated, message)
        };
        let text = self
            .seal
            .open(sealed, &sealed_for.context())
            .map_err(|_| refused())?;
        String::from_utf8(text).map_err(|_| refused())
    }
}

#[cfg(test)]
mod tests {
    use hugr_auth::Secret;

    use super::*;

    fn keys(secret: &str) -> ClusterKeys {
        ClusterKeys::derive(&Secret::new(secret)).unwrap()
    }

    #[test]
    fn sealed_text_opens_with_the_same_secret() {
        let sealed = keys("a").seal("text", SealedFor::Settings("w1")).unwrap();
        assert_eq!(
            keys("a").open(&sealed, SealedFor::Settings("w1")).unwrap(),
            "text"
        );
        assert!(!sealed.windows(4).any(|window| window == b"text"));
    }

    #[test]
    fn another_secret_use_or_content_does_not_open() {
        let mut sealed = keys("a").seal("text", SealedFor::Settings("w1")).unwrap();
        assert!(keys("b").open(&sealed, SealedFor::Settings("w1")).is_err());
        assert!(keys("a").open(&sealed, SealedFor::Settings("w2")).is_err());
        assert!(keys("a").open(&sealed, SealedFor::SourcePath("w1")).is_err());
        if let Some(last) = sealed.last_mut() {
            *last ^= 1;
        }
        assert!(keys("a").open(&sealed, SealedFor::Settings("w1")).is_err());
        assert!(keys("a").open(b"short", SealedFor::Settings("w1")).is_err());
    }
}
