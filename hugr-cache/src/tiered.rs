//! Two caches, one behind the other: near ones answer at once, the far one is shared.

use std::sync::Arc;

use async_trait::async_trait;

use crate::cache::Cache;
use crate::entry::{CacheEntry, CacheTag, Moment};
use crate::error::CacheError;
use crate::flight::Flights;
use crate::key::CacheKey;

/// Looks into the near cache first, and keeps there what the far one knew.
#[derive(Clone, Debug)]
pub struct TieredCache {
    near: Arc<dyn Cache>,
    far: Arc<dyn Cache>,
}

impl TieredCache {
    /// Puts `near` before `far`.
    #[must_use]
    pub fn new(near: impl Cache + 'static, far: impl Cache + 'static) -> Self {
        Self {
            near: Arc::new(near),
            far: Arc::new(far),
        }
    }
}

#[async_trait]
impl Cache for TieredCache {
    fn describe(&self) -> String {
        format!("{}, before {}", self.near.describe(), self.far.describe())
    }

    fn flights(&self) -> Option<&Flights> {
        self.near.flights().or_else(|| self.far.flights())
    }

    /// A far cache that fails is not asked again for what is near.
    async fn get(&self, key: &CacheKey) -> Result<Option<CacheEntry>, CacheError> {
        if let Some(entry) = self.near.get(key).await? {
            return Ok(Some(entry));
        }
        let found = self.far.get(key).await?;
        if let Some(entry) = &found {
            self.near.put(key, entry.clone()).await?;
        }
        Ok(found)
    }

    async fn put(&self, key: &CacheKey, entry: CacheEntry) -> Result<(), CacheError> {
        let near = self.near.put(key, entry.clone()).await;
        self.far.put(key, entry).await.and(near)
    }

    /// The near cache keeps answers also while the far one cannot tell the moment.
    async fn moment(&self, tags: &[CacheTag]) -> Result<Moment, CacheError> {
        match self.far.moment(tags).await {
            Ok(moment) => Ok(moment),
            Err(error) => {
                tracing::warn!(cache = %self.far.describe(), %error, "the answer will not be shared");
                Ok(Moment::Unknown)
            }
        }
    }

    async fn put_since(&self, key: &CacheKey, entry: CacheEntry, moment: &Moment) -> Result<(), CacheError> {
        let near = self.near.put(key, entry.clone()).await;
        self.far.put_since(key, entry, moment).await.and(near)
    }

    fn near(&self) -> Option<&dyn Cache> {
        self.near.near()
    }

    async fn remove(&self, key: &CacheKey) -> Result<(), CacheError> {
        // The far one first: what is taken from it meanwhile is removed with the near one.
        let far = self.far.remove(key).await;
        self.near.remove(key).await.and(far)
    }

    async fn remove_tagged(&self, tags: &[CacheTag]) -> Result<(), CacheError> {
        let far = self.far.remove_tagged(tags).await;
        self.near.remove_tagged(tags).await.and(far)
    }

    async fn remove_all(&self) -> Result<(), CacheError> {
        let far = self.far.remove_all().await;
        self.near.remove_all().await.and(far)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::entry::Retention;
    use crate::memory::MemoryCache;
    use crate::testsuite::check_cache;

    #[tokio::test(start_paused = true)]
    async fn keeps_the_contract() {
        let memory = || MemoryCache::new(16 * 1024 * 1024);
        check_cache(&TieredCache::new(memory(), memory())).await;
    }

    #[tokio::test]
    async fn what_the_far_one_knew_is_near_afterwards() {
        let (near, far) = (MemoryCache::new(100_000), MemoryCache::new(100_000));
        let tiered = TieredCache::new(near.clone(), far.clone());
        let key = CacheKey::new("key");
        let entry = CacheEntry {
            bytes: Bytes::from_static(b"answer"),
            retention: Retention::default().with_tag("orders"),
        };
        far.put(&key, entry.clone()).await.unwrap();
        assert_eq!(tiered.get(&key).await.unwrap(), Some(entry.clone()));
        assert_eq!(near.get(&key).await.unwrap(), Some(entry));
        tiered.remove_tagged(&["orders".into()]).await.unwrap();
        assert_eq!(near.get(&key).await.unwrap(), None);
        assert_eq!(far.get(&key).await.unwrap(), None);
    }
}
