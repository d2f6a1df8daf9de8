//! A cache that several processes share, on a server of keys and values.
//!
//! Every tag has a stamp on the server, a random number, and so has the cache as a whole. An entry holds the stamps of the
//! moment at which it was put; it counts only as long as they are the same. Dropping a tag removes its stamp: the next put makes
//! another. So nothing has to be looked for, the keys of others on the server are left alone, and a server that forgets is
//! a server that dropped.
//!
//! Reading order: [`server`] (what a server must be able to do), [`stamped`] (entries as bytes), then the adapters.

#[cfg(feature = "memcached")]
pub mod memcached;
#[cfg(feature = "redis")]
pub mod redis;
pub mod server;
mod stamped;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use uuid::Uuid;

use self::server::{KeyValueServer, ServerError};
use self::stamped::{Stamp, Stamped};
use crate::cache::Cache;
use crate::entry::{CacheEntry, CacheTag, Moment, Retention};
use crate::error::CacheError;
use crate::flight::Flights;
use crate::key::CacheKey;

/// How long an operation may take.
const DEADLINE: Duration = Duration::from_millis(500);
/// How long a stamp is kept; entries of its tag are kept no longer.
const STAMP_TTL: Duration = Duration::from_secs(30 * 24 * 3600);
/// Longest cache key that is used as it is.
const MAX_KEY_BYTES: usize = 64;

/// Keeps entries on a server. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct SharedCache {
    server: Arc<dyn KeyValueServer>,
    flights: Arc<Flights>,
    deadline: Duration,
}

impl SharedCache {
    /// Returns a cache on `server`.
    #[must_use]
    pub fn new(server: impl KeyValueServer + 'static) -> Self {
        Self {
            server: Arc::new(server),
            flights: Arc::default(),
            deadline: DEADLINE,
        }
    }

    /// Sets how long an operation may take; half a second by default.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Checks that the server answers.
    ///
    /// # Errors
    /// When it does not, and why.
    pub async fn ping(&self) -> Result<(), CacheError> {
        self.in_time(self.server.get_all(&[everything()])).await?;
        Ok(())
    }

    /// Returns the outcome of an operation, or a failure when it takes too long.
    async fn in_time<T>(
        &self,
        operation: impl Future<Output = Result<T, ServerError>> + Send,
    ) -> Result<T, CacheError> {
        let unavailable = |reason: String, source| CacheError::Unavailable {
            cache: self.describe(),
            reason,
            source,
        };
        match timeout(self.deadline, operation).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(unavailable(error.to_string(), Some(error))),
            Err(_) => Err(unavailable(format!("no answer within {:?}", self.deadline), None)),
        }
    }

    async fn look_up(&self, key: &CacheKey) -> Result<Option<CacheEntry>, ServerError> {
        let Some(found) = self.server.get(&place_of(key)).await? else {
            return Ok(None);
        };
        let Some(stamped) = Stamped::decode(&found.value) else {
            return Err("it holds something that is no entry of ours".into());
        };
        let current = self.server.get_all(&stamp_places(&stamped.tags)).await?;
        let is_current = current.len() == stamped.stamps.len()
            && current
                .iter()
                .zip(&stamped.stamps)
                .all(|(current, stamp)| current.as_deref() == Some(stamp.as_slice()));
        Ok(is_current.then(|| CacheEntry {
            bytes: stamped.bytes,
            retention: Retention {
                ttl: found.time_left,
                tags: stamped.tags,
            },
        }))
    }

    /// Keeps `entry` with the stamps of `moment`, or else those of now. One that was dropped since has other stamps on the
    /// server, and so is none.
    async fn keep(
        &self,
        key: &CacheKey,
        entry: CacheEntry,
        moment: Option<&Bytes>,
    ) -> Result<(), ServerError> {
        let place = place_of(key);
        if entry.retention.ttl == Some(Duration::ZERO) {
            return self.server.delete(&[place]).await;
        }
        let stamps = match moment {
            Some(moment) => stamped::split(moment).ok_or("this is no moment of its own")?,
            None => self.stamps(&entry.retention.tags).await?,
        };
        if stamps.len() != entry.retention.tags.len() + 1 {
            return Err("this is a moment of another answer".into());
        }
        let stamped = Stamped {
            tags: entry.retention.tags,
            stamps,
            bytes: entry.bytes,
        };
        let ttl = entry.retention.ttl.unwrap_or(STAMP_TTL).min(STAMP_TTL);
        self.server.set(&place, stamped.encode(), ttl).await
    }

    /// Returns the stamps of everything and of `tags`; makes those that are missing.
    async fn stamps(&self, tags: &[CacheTag]) -> Result<Vec<Stamp>, ServerError> {
        let places = stamp_places(tags);
        let mut found = self.server.get_all(&places).await?;
        if found.iter().any(Option::is_none) {
            for (place, _) in places.iter().zip(&found).filter(|(_, stamp)| stamp.is_none()) {
                let stamp = Bytes::copy_from_slice(Uuid::new_v4().as_bytes());
                self.server.add(place, stamp, STAMP_TTL).await?;
            }
            // Another process may have been faster.
            found = self.server.get_all(&places).await?;
        }
        let stamp = |found: Option<Bytes>| {
            let bytes = found.ok_or("it forgets what it is given")?;
            Stamp::try_from(bytes.as_ref()).map_err(|_| "it holds something that is no stamp of ours")
        };
        let stamps: Result<Vec<Stamp>, &str> = found.into_iter().map(stamp).collect();
        Ok(stamps?)
    }
}

#[async_trait]
impl Cache for SharedCache {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn flights(&self) -> Option<&Flights> {
        Some(&self.flights)
    }

    async fn get(&self, key: &CacheKey) -> Result<Option<CacheEntry>, CacheError> {
        self.in_time(self.look_up(key)).await
    }

    async fn put(&self, key: &CacheKey, entry: CacheEntry) -> Result<(), CacheError> {
        self.in_time(self.keep(key, entry, None)).await
    }

    async fn moment(&self, tags: &[CacheTag]) -> Result<Moment, CacheError> {
        let stamps = self.in_time(self.stamps(tags)).await?;
        Ok(Moment::Known(stamps.concat().into()))
    }

    async fn put_since(&self, key: &CacheKey, entry: CacheEntry, moment: &Moment) -> Result<(), CacheError> {
        match moment {
            Moment::Known(moment) => self.in_time(self.keep(key, entry, Some(moment))).await,
            Moment::Unknown => Ok(()),
        }
    }

    async fn remove(&self, key: &CacheKey) -> Result<(), CacheError> {
        self.in_time(self.server.delete(&[place_of(key)])).await
    }

    async fn remove_tagged(&self, tags: &[CacheTag]) -> Result<(), CacheError> {
        if tags.is_empty() {
            return Ok(());
        }
        let places: Vec<_> = tags.iter().map(stamp_place).collect();
        self.in_time(self.server.delete(&places)).await
    }

    async fn remove_all(&self) -> Result<(), CacheError> {
        self.in_time(self.server.delete(&[everything()])).await
    }
}

/// Returns under what an answer is on the server: letters and digits, whatever the key is.
fn place_of(key: &CacheKey) -> String {
    if key.as_bytes().len() <= MAX_KEY_BYTES {
        return format!("hugr:answer:{key}");
    }
    let digest = CacheKey::new(Sha256::digest(key.as_bytes()).to_vec());
    format!("hugr:digest:{digest}")
}

/// Returns under what the stamp of everything is. The braces put all stamps on one node of a Redis cluster.
fn everything() -> String {
    "hugr:{stamps}:".to_owned()
}

fn stamp_place(tag: &CacheTag) -> String {
    let digest = CacheKey::new(Sha256::digest(tag.as_str().as_bytes()).to_vec());
    format!("{}{digest}", everything())
}

fn stamp_places(tags: &[CacheTag]) -> Vec<String> {
    std::iter::once(everything())
        .chain(tags.iter().map(stamp_place))
        .collect()
}
