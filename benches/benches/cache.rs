//! The memory cache: hits, misses, and many callers that ask for the same answer at once.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use criterion::{BatchSize, Criterion};
use hugr_benches::Failure;
use hugr_cache::{CacheExt, CacheKey, MemoryCache, Retention};
use tokio::runtime::Runtime;

/// Size of an answer: a page of twenty rows.
const ANSWER_BYTES: usize = 2_500;

/// Callers that ask for one answer at once.
const CALLER_COUNT: usize = 64;

/// Room for all answers of a run.
const CACHE_BYTES: u64 = 256 * 1024 * 1024;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let answer = Bytes::from(vec![b'x'; ANSWER_BYTES]);
    let cache = MemoryCache::new(CACHE_BYTES);
    bench_hit(&mut criterion, &runtime, &cache, &answer);
    bench_miss(&mut criterion, &runtime, &cache, &answer);
    bench_single_flight(&mut criterion, &runtime, &cache, &answer);
    criterion.final_summary();
    Ok(())
}

fn bench_hit(criterion: &mut Criterion, runtime: &Runtime, cache: &MemoryCache, answer: &Bytes) {
    let (key, retention) = (CacheKey::new("hit"), Retention::default());
    criterion.bench_function("cache/hit", |bencher| {
        bencher.iter(|| runtime.block_on(ask(cache, &key, &retention, answer)));
    });
}

fn bench_miss(criterion: &mut Criterion, runtime: &Runtime, cache: &MemoryCache, answer: &Bytes) {
    let retention = Retention::default().with_tag("orders");
    let mut number = 0_u64;
    criterion.bench_function("cache/miss", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                CacheKey::new(number.to_be_bytes().to_vec())
            },
            |key| runtime.block_on(ask(cache, &key, &retention, answer)),
            BatchSize::SmallInput,
        );
    });
}

fn bench_single_flight(criterion: &mut Criterion, runtime: &Runtime, cache: &MemoryCache, answer: &Bytes) {
    let retention = Retention::default();
    let mut number = 0_u64;
    criterion.bench_function("cache/single_flight_of_64", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                CacheKey::new(format!("flight {number}"))
            },
            |key| runtime.block_on(ask_at_once(cache, &key, &retention, answer)),
            BatchSize::SmallInput,
        );
    });
}

async fn ask(cache: &MemoryCache, key: &CacheKey, retention: &Retention, answer: &Bytes) -> usize {
    let compute = || async {
        // Lets the other callers ask before there is an answer.
        tokio::task::yield_now().await;
        Ok::<_, Infallible>(answer.clone())
    };
    match cache.get_or_compute(key, retention, compute).await {
        Ok(answer) => answer.bytes.len(),
        Err(never) => match never {},
    }
}

async fn ask_at_once(cache: &MemoryCache, key: &CacheKey, retention: &Retention, answer: &Bytes) -> usize {
    let callers = (0..CALLER_COUNT).map(|_| ask(cache, key, retention, answer));
    futures::future::join_all(callers).await.into_iter().sum()
}
