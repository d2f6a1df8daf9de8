//! Seals what must not be read or changed on the way: XChaCha20-Poly1305 with a random nonce in front.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hugr_core::{Error, ErrorCode, Result};
use rand::RngCore;

use super::ClusterKeys;

const NONCE_BYTES: usize = 24;

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
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: text.as_bytes(),
            aad: &sealed_for.context(),
        };
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|error| Error::internal(format!("sealing: {error}")))?;
        Ok([nonce.as_slice(), &sealed].concat())
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
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(refused)?;
        let payload = Payload {
            msg: sealed,
            aad: &sealed_for.context(),
        };
        let text = self
            .cipher()
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| refused())?;
        String::from_utf8(text).map_err(|_| refused())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&self.seal))
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
