//! What a browser keeps for us: text that only this service can read and change.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::seal::SealingKey;
use crate::secret::Secret;

const RANDOM_BYTES: usize = 32;
const PURPOSE: &[u8] = b"hugr/auth/v1/session";

/// Seals what a browser keeps between two requests.
#[derive(Clone, Debug)]
pub struct SessionKey(SealingKey);

impl SessionKey {
    /// Returns the key that follows from `secret`: the same on every node that has it.
    #[must_use]
    pub fn derived_from(secret: &Secret) -> Self {
        Self(SealingKey::derive(secret, PURPOSE))
    }

    /// Returns a key of this process alone: logins do not outlive it.
    #[must_use]
    pub fn random() -> Self {
        Self(SealingKey::random())
    }

    /// Seals `value` for one use, as text that fits a cookie.
    pub(super) fn seal<T: Serialize>(&self, value: &T, purpose: &str) -> Option<String> {
        let text = serde_json::to_vec(value).ok()?;
        let sealed = self.0.seal(&text, purpose.as_bytes()).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what was sealed for the same use; `None` when it was not, or was changed.
    pub(super) fn open<T: DeserializeOwned>(&self, sealed: &str, purpose: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let text = self.0.open(&sealed, purpose.as_bytes()).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// Returns a text that nobody can guess.
pub(super) fn random_text() -> String {
    let mut bytes = [0; RANDOM_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_text_opens_for_the_same_use_only() {
        let key = SessionKey::derived_from(&Secret::new("s"));
        let sealed = key.seal(&"text", "a").unwrap();
        let same = SessionKey::derived_from(&Secret::new("s"));
        assert_eq!(same.open::<String>(&sealed, "a").as_deref(), Some("text"));
        assert_eq!(same.open::<String>(&sealed, "b"), None);
        assert_eq!(SessionKey::random().open::<String>(&sealed, "a"), None);
        assert_eq!(same.open::<String>("short", "a"), None);
    }
}
