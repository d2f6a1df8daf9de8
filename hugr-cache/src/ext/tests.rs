//! Failing caches, failing computations, real threads.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tokio::sync::Notify;

use super::*;
use crate::flight::Flights;
use crate::memory::MemoryCache;

/// Fails every operation.
#[derive(Debug, Default)]
struct BrokenCache(Flights);

impl BrokenCache {
    fn failure<T>(&self) -> Result<T, CacheError> {
        Err(CacheError::Unavailable {
            cache: self.describe(),
            reason: "it is broken".to_owned(),
            source: None,
        })
    }
}

#[async_trait]
impl Cache for BrokenCache {
    fn describe(&self) -> String {
        "broken".to_owned()
    }

    fn flights(&self) -> Option<&Flights> {
        Some(&self.0)
    }

    async fn get(&self, _: &CacheKey) -> Result<Option<CacheEntry>, CacheError> {
        self.failure()
    }

    async fn put(&self, _: &CacheKey, _: CacheEntry) -> Result<(), CacheError> {
        self.failure()
    }

    async fn remove(&self, _: &CacheKey) -> Result<(), CacheError> {
        self.failure()
    }

    async fn remove_tagged(&self, _: &[CacheTag]) -> Result<(), CacheError> {
        self.failure()
    }

    async fn remove_all(&self) -> Result<(), CacheError> {
        self.failure()
    }
}

async fn answer() -> Result<Bytes, &'static str> {
    Ok(Bytes::from_static(b"answer"))
}

#[tokio::test]
async fn a_broken_cache_never_fails_a_query() {
    let cache = BrokenCache::default();
    let (key, retention) = (CacheKey::new("key"), Retention::default());
    let computed = Ok(Answer::new(Bytes::from_static(b"answer"), Origin::Computed));
    assert_eq!(cache.get_or_compute(&key, &retention, answer).await, computed);
    assert_eq!(cache.refresh(&key, &retention, answer).await, computed);
}

#[tokio::test]
async fn a_broken_cache_reports_that_invalidation_failed() {
    let cache = BrokenCache::default();
    assert!(cache.invalidate(&["orders".into()]).await.is_err());
    assert!(cache.clear().await.is_err());
}

/// Real threads, no order: whatever happens, a key is computed by one at a time and an answer is the one of its key.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_computed_by_one_at_a_time() {
    let cache = MemoryCache::new(1_000_000);
    let computing: Arc<[AtomicBool; 3]> = Arc::default();
    let tasks = (0..8).map(|task| {
        let (cache, computing) = (cache.clone(), Arc::clone(&computing));
        tokio::spawn(async move {
            for round in 0..300 {
                let number = (task + round) % computing.len();
                ask(&cache, number, &computing).await;
                if round % 50 == 0 {
                    cache.remove(&CacheKey::new(number.to_string())).await.unwrap();
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

async fn ask(cache: &MemoryCache, number: usize, computing: &[AtomicBool; 3]) {
    let key = CacheKey::new(number.to_string());
    let retention = Retention::default();
    let answer = cache.get_or_compute(&key, &retention, || async {
        assert!(
            !computing[number].swap(true, Ordering::SeqCst),
            "computed twice at once"
        );
        tokio::task::yield_now().await;
        computing[number].store(false, Ordering::SeqCst);
        Ok::<_, Infallible>(Bytes::from(number.to_string()))
    });
    assert_eq!(answer.await.unwrap().bytes, number.to_string());
}

#[tokio::test]
async fn errors_are_not_shared() {
    let cache = MemoryCache::new(1_000_000);
    let (key, retention) = (CacheKey::new("key"), Retention::default());
    let other_has_asked = Notify::new();
    let failing = cache.get_or_compute(&key, &retention, || async {
        other_has_asked.notified().await;
        Err::<Bytes, _>("my deadline passed")
    });
    let waiting = cache.get_or_compute(&key, &retention, answer);
    let (failed, answered, ()) =
        tokio::join!(biased; failing, waiting, async { other_has_asked.notify_one() });
    assert_eq!(failed, Err("my deadline passed"));
    assert_eq!(answered.map(|answer| answer.origin), Ok(Origin::Computed));
}
