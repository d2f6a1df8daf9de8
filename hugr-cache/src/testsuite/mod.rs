//! The contract of [`Cache`] as a test that every adapter runs. A violation fails an assertion.

mod computing;

use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;

use crate::cache::Cache;
use crate::entry::{CacheEntry, CacheTag, Retention};
use crate::ext::CacheExt;
use crate::key::CacheKey;

/// How long an entry with a time to live of [`SHORT_TTL`] may take to vanish.
const PATIENCE: Duration = Duration::from_secs(30);
const SHORT_TTL: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(20);

/// Checks that `cache`, which must be empty and large enough for a megabyte, keeps the contract of [`Cache`].
///
/// # Panics
/// When it does not.
pub async fn check_cache(cache: &dyn Cache) {
    assert!(!cache.describe().is_empty(), "a cache describes itself");
    check_entries(cache).await;
    check_removal(cache).await;
    check_tags(cache).await;
    check_time_to_live(cache).await;
    computing::check_computing(cache).await;
    if cache.flights().is_some() {
        computing::check_single_flight(cache).await;
        computing::check_lost_pilot(cache).await;
        computing::check_invalidation_in_flight(cache).await;
    }
}

fn key(text: &'static str) -> CacheKey {
    CacheKey::new(text)
}

fn entry(text: &'static str, tags: &[&str]) -> CacheEntry {
    let mut retention = Retention::default().with_ttl(Duration::from_secs(3_600));
    retention.tags = tags.iter().copied().map(CacheTag::from).collect();
    CacheEntry {
        bytes: Bytes::from_static(text.as_bytes()),
        retention,
    }
}

/// Returns the value of `outcome`, which must be `Ok`.
fn done<T, E: Debug>(outcome: Result<T, E>) -> Option<T> {
    assert!(outcome.is_ok(), "the operation failed: {:?}", outcome.err());
    outcome.ok()
}

async fn put(cache: &dyn Cache, key: &CacheKey, entry: CacheEntry) {
    done(cache.put(key, entry).await);
}

async fn bytes(cache: &dyn Cache, key: &CacheKey) -> Option<Bytes> {
    done(cache.get(key).await).flatten().map(|entry| entry.bytes)
}

async fn check_entries(cache: &dyn Cache) {
    assert_eq!(
        bytes(cache, &key("unknown")).await,
        None,
        "an unknown key has no entry"
    );

    let first = entry("first", &["tag", "other tag"]);
    put(cache, &key("entry"), first.clone()).await;
    let kept = done(cache.get(&key("entry")).await).flatten();
    assert_eq!(
        kept.as_ref().map(|kept| &kept.bytes),
        Some(&first.bytes),
        "an entry comes back"
    );
    let tags = kept.map(|kept| kept.retention.tags);
    assert_eq!(tags, Some(first.retention.tags), "with its tags");

    put(cache, &key("entry"), entry("second", &[])).await;
    assert_eq!(
        bytes(cache, &key("entry")).await,
        Some(Bytes::from("second")),
        "the last put counts"
    );

    put(cache, &key("empty"), entry("", &[])).await;
    assert_eq!(
        bytes(cache, &key("empty")).await,
        Some(Bytes::new()),
        "an empty answer is an answer"
    );

    let binary_key = CacheKey::new(vec![0, 255, 10, 13, 32]);
    let every_byte: Bytes = (0..=u8::MAX).cycle().take(1 << 20).collect();
    let large = CacheEntry {
        bytes: every_byte.clone(),
        retention: Retention::default(),
    };
    put(cache, &binary_key, large).await;
    let kept = bytes(cache, &binary_key).await;
    assert!(
        kept == Some(every_byte),
        "keys and answers are any bytes, a megabyte fits"
    );
    done(cache.clear().await);
}

async fn check_removal(cache: &dyn Cache) {
    put(cache, &key("one"), entry("1", &[])).await;
    put(cache, &key("two"), entry("2", &[])).await;
    done(cache.remove(&key("one")).await);
    done(cache.remove(&key("unknown")).await);
    assert_eq!(bytes(cache, &key("one")).await, None, "a removed entry is gone");
    assert_eq!(
        bytes(cache, &key("two")).await,
        Some(Bytes::from("2")),
        "others stay"
    );

    done(cache.clear().await);
    assert_eq!(bytes(cache, &key("two")).await, None, "clearing removes all");
    put(cache, &key("two"), entry("anew", &[])).await;
    assert_eq!(
        bytes(cache, &key("two")).await,
        Some(Bytes::from("anew")),
        "and takes new entries"
    );
    done(cache.clear().await);
}

async fn check_tags(cache: &dyn Cache) {
    put(cache, &key("a"), entry("a", &["red", "round"])).await;
    put(cache, &key("b"), entry("b", &["blue"])).await;
    put(cache, &key("c"), entry("c", &["green"])).await;
    put(cache, &key("untagged"), entry("d", &[])).await;
    put(cache, &key("retagged"), entry("e", &["red"])).await;
    put(cache, &key("retagged"), entry("e", &["green"])).await;

    done(cache.invalidate(&[]).await);
    assert!(
        bytes(cache, &key("a")).await.is_some(),
        "no tags, nothing to remove"
    );
    done(
        cache
            .invalidate(&["round".into(), "blue".into(), "unknown".into()])
            .await,
    );
    assert_eq!(
        bytes(cache, &key("a")).await,
        None,
        "any of an entry's tags removes it"
    );
    assert_eq!(
        bytes(cache, &key("b")).await,
        None,
        "any of the given tags removes"
    );
    assert!(bytes(cache, &key("c")).await.is_some(), "other tags stay");
    assert!(
        bytes(cache, &key("untagged")).await.is_some(),
        "untagged entries stay"
    );
    done(cache.invalidate(&["red".into()]).await);
    assert!(
        bytes(cache, &key("retagged")).await.is_some(),
        "tags of a replaced entry are forgotten"
    );

    put(cache, &key("a"), entry("anew", &["red"])).await;
    assert_eq!(
        bytes(cache, &key("a")).await,
        Some(Bytes::from("anew")),
        "a tag can be used again"
    );
    done(cache.clear().await);
}

async fn check_time_to_live(cache: &dyn Cache) {
    let mut short = entry("short", &[]);
    short.retention.ttl = Some(SHORT_TTL);
    put(cache, &key("short"), short.clone()).await;
    put(cache, &key("long"), entry("long", &[])).await;
    let kept = done(cache.get(&key("short")).await).flatten();
    assert!(
        kept.is_none_or(|kept| kept.retention.ttl.is_some_and(|ttl| ttl <= SHORT_TTL)),
        "an entry tells how long it still lives"
    );

    let gone = async {
        while bytes(cache, &key("short")).await.is_some() {
            tokio::time::sleep(POLL).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, gone).await.is_ok(),
        "an entry ends with its time to live"
    );
    assert!(bytes(cache, &key("long")).await.is_some(), "others live on");

    short.retention.ttl = Some(Duration::ZERO);
    put(cache, &key("long"), short).await;
    assert_eq!(
        bytes(cache, &key("long")).await,
        None,
        "no time to live, no entry"
    );
    done(cache.clear().await);
}
