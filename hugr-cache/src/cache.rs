//! The trait behind which every cache lives.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;

use crate::entry::{CacheEntry, CacheTag, Moment};
use crate::error::CacheError;
use crate::flight::Flights;
use crate::key::CacheKey;

/// Keeps entries under keys. These are the raw operations; callers use [`CacheExt`](crate::CacheExt).
///
/// # Contract
/// - [`get`](Self::get) returns the entry of the last [`put`](Self::put) unchanged, or `None`; it never returns one whose
///   time to live is over or that was removed before the call began.
/// - A cache may forget any entry at any time, and may refuse to keep one: both are no errors.
/// - Removing what is not there is no error.
/// - An entry of [`put_since`](Self::put_since) is not returned once any of its tags, its key or everything has been removed after
///   [`moment`](Self::moment), by whatever process: it was computed from what was there before. A cache of one process may
///   leave that to its [`Flights`].
/// - Every operation ends within a deadline of the cache's own; one that cannot reach its server fails instead of waiting.
/// - All clones of a cache share entries and [`Flights`].
#[async_trait]
pub trait Cache: Send + Sync + Debug {
    /// Returns what the cache is and where, for people: never a password.
    fn describe(&self) -> String;

    /// Returns the computations under way, which callers with the same key share; `None` when each should do its own.
    fn flights(&self) -> Option<&Flights>;

    /// Returns the entry under `key`.
    ///
    /// # Errors
    /// When the cache cannot answer, or holds something that is not an entry.
    async fn get(&self, key: &CacheKey) -> Result<Option<CacheEntry>, CacheError>;

    /// Keeps `entry` under `key`, in place of an older one.
    ///
    /// # Errors
    /// When the cache cannot be reached.
    async fn put(&self, key: &CacheKey, entry: CacheEntry) -> Result<(), CacheError>;

    /// Returns this moment, for an answer with `tags` that is about to be computed.
    ///
    /// # Errors
    /// When the cache cannot be reached.
    async fn moment(&self, _tags: &[CacheTag]) -> Result<Moment, CacheError> {
        Ok(Moment::Known(Bytes::new()))
    }

    /// Keeps `entry`, which was computed since `moment`, under `key`, in place of an older one.
    ///
    /// # Errors
    /// When the cache cannot be reached.
    async fn put_since(&self, key: &CacheKey, entry: CacheEntry, _moment: &Moment) -> Result<(), CacheError> {
        self.put(key, entry).await
    }

    /// Returns the part of the cache that this process alone holds. Other processes hear of removals there only by being told.
    fn near(&self) -> Option<&dyn Cache> {
        None
    }

    /// Removes the entry under `key`.
    ///
    /// # Errors
    /// When the cache cannot be reached; the entry may still be there.
    async fn remove(&self, key: &CacheKey) -> Result<(), CacheError>;

    /// Removes all entries that have any of `tags`.
    ///
    /// # Errors
    /// When the cache cannot be reached; some entries may still be there.
    async fn remove_tagged(&self, tags: &[CacheTag]) -> Result<(), CacheError>;

    /// Removes every entry of ours; what others keep on the same server stays.
    ///
    /// # Errors
    /// When the cache cannot be reached; some entries may still be there.
    async fn remove_all(&self) -> Result<(), CacheError>;
}
