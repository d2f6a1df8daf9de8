//! Keeps encoded answers. Knows nothing of GraphQL or SQL: keys and entries are bytes.
//!
//! A [`Cache`] stores; [`CacheExt`] is what callers use: it looks up, computes once per key however many ask, and
//! sees to it that a failing cache costs time and never an answer.
//!
//! Reading order: [`key`], [`entry`], [`cache`], [`ext`], [`flight`], then the adapters [`noop`] and [`memory`], `shared` (Redis and memcached)
//! and [`tiered`] (one before the other).
//! The feature `testsuite` brings the contract check for adapters of your own.
//!
//! ```
//! use std::time::Duration;
//!
//! use bytes::Bytes;
//! use hugr_cache::{CacheExt, CacheKey, MemoryCache, Origin, Retention};
//!
//! # async fn example() -> Result<(), std::convert::Infallible> {
//! let cache = MemoryCache::new(64 * 1024 * 1024);
//! let key = CacheKey::new("orders of today");
//! let retention = Retention::default().with_ttl(Duration::from_secs(60)).with_tag("orders");
//!
//! let compute = || async { Ok::<_, std::convert::Infallible>(Bytes::from_static(b"[]")) };
//! let first = cache.get_or_compute(&key, &retention, compute).await?;
//! let second = cache.get_or_compute(&key, &retention, compute).await?;
//! assert_eq!((first.origin, second.origin), (Origin::Computed, Origin::Cache));
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(example()).unwrap();
//! ```

pub mod cache;
pub mod entry;
pub mod error;
pub mod ext;
pub mod flight;
pub mod key;
pub mod memory;
pub mod noop;
#[cfg(feature = "shared")]
pub mod shared;
#[cfg(any(test, feature = "testsuite"))]
pub mod testsuite;
pub mod tiered;

pub use cache::Cache;
pub use entry::{CacheEntry, CacheTag, Moment, Retention};
pub use error::CacheError;
pub use ext::{Answer, CacheExt, Origin};
pub use flight::Flights;
pub use key::CacheKey;
pub use memory::MemoryCache;
pub use noop::NoCache;
#[cfg(feature = "shared")]
pub use shared::SharedCache;
#[cfg(feature = "memcached")]
pub use shared::memcached::MemcachedServer;
#[cfg(feature = "redis")]
pub use shared::redis::{RedisOptions, RedisServer};
pub use tiered::TieredCache;
