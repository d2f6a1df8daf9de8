//! Seals what must not be read or changed where it lies or on its way: XChaCha20-Poly1305 with a random nonce in front,
//! under keys that HKDF derives from a secret.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand::RngCore;
use sha2::Sha256;
use thiserror::Error;

use crate::secret::Secret;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// Why something cannot be sealed or opened. Nothing of the content is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SealError {
    /// It was sealed with another key or for another use, or was changed since.
    #[error("sealed content does not open: another key, another use, or changed since")]
    Unopened,
    /// The cipher refuses to work, which does not happen with content that fits memory.
    #[error("content cannot be sealed")]
    Unsealed,
}

/// A key that seals content, derived from a secret for one purpose.
///
/// ```
/// use hugr_auth::{SealingKey, Secret};
///
/// # fn example() -> Result<(), hugr_auth::SealError> {
/// let key = SealingKey::derive(&Secret::new("open sesame"), b"example/v1");
/// let sealed = key.seal(b"content", b"for this use")?;
/// assert_eq!(key.open(&sealed, b"for this use")?, b"content");
/// assert!(key.open(&sealed, b"for another").is_err());
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Clone)]
pub struct SealingKey([u8; KEY_BYTES]);

impl SealingKey {
    /// Returns the key that follows from `secret` for `purpose`: the same wherever both are the same, and of no use for
    /// another purpose.
    #[must_use]
    pub fn derive(secret: &Secret, purpose: &[u8]) -> Self {
        Self(derived_bytes(secret, purpose))
    }

    /// Returns a key of this process alone: nothing that it seals can be opened by another.
    #[must_use]
    pub fn random() -> Self {
        let mut key = [0; KEY_BYTES];
        rand::rng().fill_bytes(&mut key);
        Self(key)
    }

    /// Seals `content` for one `use_`; it opens for the same only.
    ///
    /// # Errors
    /// [`SealError::Unsealed`] when the cipher refuses.
    pub fn seal(&self, content: &[u8], use_: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: content,
            aad: use_,
        };
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| SealError::Unsealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for the same use.
    ///
    /// # Errors
    /// [`SealError::Unopened`] when it was not, or not with this key, or was changed.
    pub fn open(&self, sealed: &[u8], use_: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(SealError::Unopened)?;
        let payload = Payload {
            msg: sealed,
            aad: use_,
        };
        self.cipher()
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| SealError::Unopened)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&self.0))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(***)")
    }
}

/// Returns 32 bytes that follow from `secret` for `purpose`, by HKDF with SHA-256.
#[must_use]
pub fn derived_bytes(secret: &Secret, purpose: &[u8]) -> [u8; KEY_BYTES] {
    let mut bytes = [0; KEY_BYTES];
    let derivation = Hkdf::<Sha256>::new(None, secret.expose().as_bytes());
    if derivation.expand(purpose, &mut bytes).is_err() {
        // HKDF gives 255 times as much; a key that nobody can guess is right where it would not.
        debug_assert!(false, "HKDF gives up to 8160 bytes");
        rand::rng().fill_bytes(&mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &str) -> SealingKey {
        SealingKey::derive(&Secret::new(secret), b"tests")
    }

    #[test]
    fn sealed_content_opens_with_the_same_secret() {
        let sealed = key("a").seal(b"text", b"use").unwrap();
        assert_eq!(key("a").open(&sealed, b"use").unwrap(), b"text");
        assert!(!sealed.windows(4).any(|window| window == b"text"));
        assert_ne!(sealed, key("a").seal(b"text", b"use").unwrap());
    }

    #[test]
    fn another_secret_purpose_use_or_content_does_not_open() {
        let mut sealed = key("a").seal(b"text", b"use").unwrap();
        let other_purpose = SealingKey::derive(&Secret::new("a"), b"other");
        assert_eq!(key("b").open(&sealed, b"use"), Err(SealError::Unopened));
        assert_eq!(other_purpose.open(&sealed, b"use"), Err(SealError::Unopened));
        assert_eq!(key("a").open(&sealed, b"other"), Err(SealError::Unopened));
        assert_eq!(key("a").open(b"short", b"use"), Err(SealError::Unopened));
        if let Some(last) = sealed.last_mut() {
            *last ^= 1;
        }
        assert_eq!(key("a").open(&sealed, b"use"), Err(SealError::Unopened));
        assert!(SealingKey::random().open(&sealed, b"use").is_err());
    }
}
