//! What a browser keeps for us: text that only this service can read and change.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand::RngCore;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::secret::Secret;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const PURPOSE: &[u8] = b"hugr/auth/v1/session";

/// Seals what a browser keeps between two requests.
#[derive(Clone)]
pub struct SessionKey([u8; KEY_BYTES]);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(***)")
    }
}

impl SessionKey {
    /// Returns the key that follows from `secret`: the same on every node that has it.
    #[must_use]
    pub fn derived_from(secret: &Secret) -> Option<Self> {
        let mut key = [0; KEY_BYTES];
        let derivation = Hkdf::<Sha256>::new(None, secret.expose().as_bytes());
        derivation.expand(PURPOSE, &mut key).ok()?;
        Some(Self(key))
    }

    /// Returns a key of this process alone: logins do not outlive it.
    #[must_use]
    pub fn random() -> Self {
        let mut key = [0; KEY_BYTES];
        rand::rng().fill_bytes(&mut key);
        Self(key)
    }

    /// Seals `value` for one use, as text that fits a cookie.
    pub(super) fn seal<T: Serialize>(&self, value: &T, purpose: &str) -> Option<String> {
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let text = serde_json::to_vec(value).ok()?;
        let payload = Payload {
            msg: &text,
            aad: purpose.as_bytes(),
        };
        let sealed = self.cipher().encrypt(XNonce::from_slice(&nonce), payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed for the same use; `None` when it was not, or was changed.
    pub(super) fn open<T: DeserializeOwned>(&self, sealed: &str, purpose: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
        let payload = Payload {
            msg: sealed,
            aad: purpose.as_bytes(),
        };
        let text = self.cipher().decrypt(XNonce::from_slice(nonce), payload).ok()?;
        serde_json::from_slice(&text).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&self.0))
    }
}

/// Returns a text that nobody can guess.
pub(super) fn random_text() -> String {
    let mut bytes = [0; KEY_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_text_opens_for_the_same_use_only() {
        let key = SessionKey::derived_from(&Secret::new("s")).unwrap();
        let sealed = key.seal(&"text", "a").unwrap();
        let same = SessionKey::derived_from(&Secret::new("s")).unwrap();
        assert_eq!(same.open::<String>(&sealed, "a").as_deref(), Some("text"));
        assert_eq!(same.open::<String>(&sealed, "b"), None);
        assert_eq!(SessionKey::random().open::<String>(&sealed, "a"), None);
        assert_eq!(same.open::<String>("short", "a"), None);
    }
}
