//! No cache at all.

use async_trait::async_trait;

use crate::cache::Cache;
use crate::entry::{CacheEntry, CacheTag};
use crate::error::CacheError;
use crate::flight::Flights;
use crate::key::CacheKey;

/// Keeps nothing: every answer is computed, by each caller for itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCache;

#[async_trait]
impl Cache for NoCache {
    fn describe(&self) -> String {
        "none".to_owned()
    }

    /// `None`: without a cache, nobody is served an answer that was begun before the question.
    fn flights(&self) -> Option<&Flights> {
        None
    }

    async fn get(&self, _: &CacheKey) -> Result<Option<CacheEntry>, CacheError> {
        Ok(None)
    }

    async fn put(&self, _: &CacheKey, _: CacheEntry) -> Result<(), CacheError> {
        Ok(())
    }

    async fn remove(&self, _: &CacheKey) -> Result<(), CacheError> {
        Ok(())
    }

    async fn remove_tagged(&self, _: &[CacheTag]) -> Result<(), CacheError> {
        Ok(())
    }

    async fn remove_all(&self) -> Result<(), CacheError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;

    use super::*;
    use crate::entry::Retention;
    use crate::ext::{CacheExt, Origin};

    #[tokio::test]
    async fn every_answer_is_computed() {
        let key = CacheKey::new("key");
        for text in ["first", "second"] {
            let answer = NoCache
                .get_or_compute(&key, &Retention::default(), || async {
                    Ok::<_, Infallible>(Bytes::from(text))
                })
                .await
                .unwrap();
            assert_eq!(
                (&*answer.bytes, answer.origin),
                (text.as_bytes(), Origin::Computed)
            );
        }
    }
}
