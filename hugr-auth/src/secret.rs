//! Text that must not be shown, and digests to compare it by.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Text that must not be shown: it prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the one place that compares or sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the text to replace it, for the one place that seals or opens it.
    pub fn expose_mut(&mut self) -> &mut String {
        &mut self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// SHA-256 of a key or token: enough to recognise it, of no use to present it.
///
/// Fit for keys and tokens, which nobody can guess; not for passwords.
#[derive(Clone, Copy)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// Returns the digest of `secret`.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Returns the bytes of the digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the digest as 64 hexadecimal digits, as it is stored.
    #[must_use]
    pub fn to_hex(&self) -> String {
        let digits = b"0123456789abcdef";
        let pairs = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        pairs
            .filter_map(|digit| digits.get(usize::from(digit)))
            .map(|digit| char::from(*digit))
            .collect()
    }

    /// Returns whether `secret` is the one; how long that takes tells nothing about it but its length.
    #[must_use]
    pub fn matches(&self, secret: &[u8]) -> bool {
        *self == Self::of(secret)
    }
}

/// Compares in constant time.
impl PartialEq for SecretDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretDigest {}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_sha_256() {
        let digest = SecretDigest::of(b"abc");
        assert_eq!(
            digest.to_hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(digest.matches(b"abc"));
        assert!(!digest.matches(b"abd"));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let shown = format!("{:?} {:?}", Secret::new("abc"), SecretDigest::of(b"abc"));
        assert_eq!(shown, "*** ***");
    }
}
