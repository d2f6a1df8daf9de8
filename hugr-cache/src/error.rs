//! Why a cache did not do what it was asked.

use std::error::Error as StdError;

use thiserror::Error;

/// Failure of a cache. It never fails a query; only invalidation reports it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The cache does not answer, or refuses.
    #[error("cache {cache} is unavailable: {reason}")]
    Unavailable {
        /// Which cache, as [`Cache::describe`](crate::Cache::describe) says.
        cache: String,
        /// Why.
        reason: String,
        /// The cause.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The cache holds something under the key that is not an entry.
    #[error("cache {cache} holds an invalid entry: {reason}")]
    InvalidEntry {
        /// Which cache.
        cache: String,
        /// What is wrong with the entry.
        reason: String,
    },
}
