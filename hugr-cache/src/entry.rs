//! What is kept, for how long, and what drops it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

/// A name under which entries are dropped together, for instance the table that they were read from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheTag(Arc<str>);

impl CacheTag {
    /// Returns the tag called `name`.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CacheTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for CacheTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for CacheTag {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// How long an entry is kept and what drops it before that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Time to live, counted from the moment at which the cache takes the entry; `None` leaves it to the cache.
    pub ttl: Option<Duration>,
    /// Dropping any of these drops the entry.
    pub tags: Vec<CacheTag>,
}

impl Retention {
    /// Sets the time to live.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<CacheTag>) -> Self {
        self.tags.push(tag.into());
        self
    }
}

/// A moment before an answer was computed, as a cache that processes share tells it: what is dropped afterwards, by any of them,
/// drops the answer too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The cache could not tell; nothing that was computed since may be shared.
    Unknown,
    /// What the cache knows it by; empty where it has no need of it.
    Known(Bytes),
}

/// An encoded answer, as it is written to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    /// The answer; cloning shares it.
    pub bytes: Bytes,
    /// How long it is kept. In an entry that a cache returns, the time to live is what is left of it.
    pub retention: Retention,
}
