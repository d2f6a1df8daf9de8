//! A cache in this process.

use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use async_trait::async_trait;
use moka::Expiry;
use moka::future::Cache as MokaCache;
use tokio::time::Instant;

use crate::cache::Cache;
use crate::entry::{CacheEntry, CacheTag, Retention};
use crate::error::CacheError;
use crate::flight::Flights;
use crate::key::CacheKey;

/// What one entry is assumed to cost besides its bytes: the maps' own records, rounded up.
const OVERHEAD_BYTES: usize = 256;

/// Keeps the most useful entries (TinyLFU) up to a number of bytes. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct MemoryCache {
    entries: MokaCache<CacheKey, Stored>,
    flights: Arc<Flights>,
    max_bytes: u64,
    max_entry_bytes: usize,
    max_ttl: Option<Duration>,
}

#[derive(Clone, Debug)]
struct Stored {
    entry: CacheEntry,
    /// Tested on every read: moka frees expired entries, but keeps its own clock.
    expires_at: Option<Instant>,
}

impl MemoryCache {
    /// Returns a cache that holds up to `max_bytes`, keys and book-keeping included.
    #[must_use]
    pub fn new(max_bytes: u64) -> Self {
        let entries = MokaCache::builder()
            .name("hugr")
            .max_capacity(max_bytes)
            .weigher(weight)
            .expire_after(TimeToLive)
            .support_invalidation_closures()
            .build();
        Self {
            entries,
            flights: Arc::default(),
            max_bytes,
            max_entry_bytes: usize::MAX,
            max_ttl: None,
        }
    }

    /// Does not keep answers larger than `max_entry_bytes`.
    #[must_use]
    pub fn with_max_entry_bytes(mut self, max_entry_bytes: usize) -> Self {
        self.max_entry_bytes = max_entry_bytes;
        self
    }

    /// Keeps no entry longer than `max_ttl`, and those without a time to live of their own as long as that.
    #[must_use]
    pub fn with_max_ttl(mut self, max_ttl: Duration) -> Self {
        self.max_ttl = Some(max_ttl);
        self
    }

    fn ttl(&self, retention: &Retention) -> Option<Duration> {
        match (retention.ttl, self.max_ttl) {
            (Some(ttl), Some(max_ttl)) => Some(ttl.min(max_ttl)),
            (ttl, max_ttl) => ttl.or(max_ttl),
        }
    }
}

#[async_trait]
impl Cache for MemoryCache {
    fn describe(&self) -> String {
        format!("memory, {} bytes", self.max_bytes)
    }

    fn flights(&self) -> Option<&Flights> {
        Some(&self.flights)
    }

    async fn get(&self, key: &CacheKey) -> Result<Option<CacheEntry>, CacheError> {
        let Some(Stored {
            mut entry,
            expires_at,
        }) = self.entries.get(key).await
        else {
            return Ok(None);
        };
        if let Some(expires_at) = expires_at {
            let time_left = expires_at.saturating_duration_since(Instant::now());
            if time_left.is_zero() {
                self.entries.invalidate(key).await;
                return Ok(None);
            }
            entry.retention.ttl = Some(time_left);
        }
        Ok(Some(entry))
    }

    async fn put(&self, key: &CacheKey, entry: CacheEntry) -> Result<(), CacheError> {
        let ttl = self.ttl(&entry.retention);
        if entry.bytes.len() > self.max_entry_bytes || ttl == Some(Duration::ZERO) {
            self.entries.invalidate(key).await;
            return Ok(());
        }
        // A moment too far away for the clock is no limit at all.
        let expires_at = ttl.and_then(|ttl| Instant::now().checked_add(ttl));
        self.entries
            .insert(key.clone(), Stored { entry, expires_at })
            .await;
        Ok(())
    }

    fn near(&self) -> Option<&dyn Cache> {
        Some(self)
    }

    async fn remove(&self, key: &CacheKey) -> Result<(), CacheError> {
        self.entries.invalidate(key).await;
        Ok(())
    }

    async fn remove_tagged(&self, tags: &[CacheTag]) -> Result<(), CacheError> {
        if tags.is_empty() {
            return Ok(());
        }
        let tags = tags.to_vec();
        self.entries
            .invalidate_entries_if(move |_, stored| {
                stored.entry.retention.tags.iter().any(|tag| tags.contains(tag))
            })
            .map_err(|error| CacheError::Unavailable {
                cache: self.describe(),
                reason: "removal by tag is not possible".to_owned(),
                source: Some(Box::new(error)),
            })?;
        Ok(())
    }

    async fn remove_all(&self) -> Result<(), CacheError> {
        self.entries.invalidate_all();
        Ok(())
    }
}

fn weight(key: &CacheKey, stored: &Stored) -> u32 {
    let retention = &stored.entry.retention;
    let tag_bytes: usize = retention
        .tags
        .iter()
        .map(|tag| tag.as_str().len() + size_of::<CacheTag>())
        .sum();
    let bytes = key.as_bytes().len() + stored.entry.bytes.len() + tag_bytes + OVERHEAD_BYTES;
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Tells moka when an entry's memory may be freed.
#[derive(Debug)]
struct TimeToLive;

impl TimeToLive {
    fn of(stored: &Stored) -> Option<Duration> {
        stored
            .expires_at
            .map(|expires_at| expires_at.saturating_duration_since(Instant::now()))
    }
}

impl Expiry<CacheKey, Stored> for TimeToLive {
    fn expire_after_create(&self, _: &CacheKey, stored: &Stored, _: StdInstant) -> Option<Duration> {
        Self::of(stored)
    }

    fn expire_after_update(
        &self,
        _: &CacheKey,
        stored: &Stored,
        _: StdInstant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Self::of(stored)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::testsuite::check_cache;

    fn entry(size: usize) -> CacheEntry {
        CacheEntry {
            bytes: Bytes::from(vec![b'x'; size]),
            retention: Retention::default(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_the_contract() {
        check_cache(&MemoryCache::new(16 * 1024 * 1024)).await;
    }

    #[tokio::test]
    async fn stays_within_its_bytes() {
        let cache = MemoryCache::new(10_000);
        for number in 0..100_u32 {
            let key = CacheKey::new(number.to_be_bytes().to_vec());
            cache.put(&key, entry(1_000)).await.unwrap();
        }
        cache.entries.run_pending_tasks().await;
        assert!(
            cache.entries.weighted_size() <= 10_000,
            "{}",
            cache.entries.weighted_size()
        );
        assert!(cache.entries.entry_count() > 0);
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_replaces_the_old_one_by_nothing() {
        let cache = MemoryCache::new(1_000_000).with_max_entry_bytes(100);
        let key = CacheKey::new("key");
        cache.put(&key, entry(100)).await.unwrap();
        assert!(cache.get(&key).await.unwrap().is_some());
        cache.put(&key, entry(101)).await.unwrap();
        assert!(cache.get(&key).await.unwrap().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn no_entry_outlives_the_longest_time_to_live() {
        let cache = MemoryCache::new(1_000_000).with_max_ttl(Duration::from_secs(60));
        let key = CacheKey::new("key");
        cache.put(&key, entry(1)).await.unwrap();
        tokio::time::advance(Duration::from_secs(59)).await;
        let kept = cache.get(&key).await.unwrap().unwrap();
        assert_eq!(kept.retention.ttl, Some(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(cache.get(&key).await.unwrap().is_none());
    }
}
