//! Tokens that were verified before.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use moka::Expiry;
use moka::sync::Cache;

use super::verify::Verified;
use crate::secret::SecretDigest;

/// How many tokens are remembered.
const MOST_TOKENS: u64 = 10_000;

/// How long a token is remembered at most, also one that never ends.
const LONGEST: Duration = Duration::from_secs(600);

/// Verified tokens by their digest, until they end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct VerifiedTokens(Cache<[u8; 32], Arc<Verified>>);

#[derive(Debug)]
struct UntilTheyEnd;

impl Expiry<[u8; 32], Arc<Verified>> for UntilTheyEnd {
    fn expire_after_create(&self, _: &[u8; 32], token: &Arc<Verified>, _: Instant) -> Option<Duration> {
        let left = token
            .ends
            .map(|end| end.duration_since(SystemTime::now()).unwrap_or_default());
        Some(left.unwrap_or(LONGEST).min(LONGEST))
    }
}

impl Default for VerifiedTokens {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(MOST_TOKENS)
            .expire_after(UntilTheyEnd);
        Self(cache.build())
    }
}

impl VerifiedTokens {
    /// Returns what is known of `token`, if it has not ended.
    #[must_use]
    pub fn get(&self, token: &str) -> Option<Arc<Verified>> {
        let known = self.0.get(SecretDigest::of(token.as_bytes()).as_bytes())?;
        // The clock may have been set since.
        known
            .ends
            .is_none_or(|end| SystemTime::now() < end)
            .then_some(known)
    }

    /// Remembers a token.
    pub fn insert(&self, token: &str, verified: Arc<Verified>) {
        self.0
            .insert(*SecretDigest::of(token.as_bytes()).as_bytes(), verified);
    }

    /// Forgets all: the keys that they were verified with are no longer in use.
    pub fn clear(&self) {
        self.0.invalidate_all();
    }
}
