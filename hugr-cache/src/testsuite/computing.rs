//! Answers computed through a cache: kept, shared, taken over, cut off.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::Notify;

use super::{bytes, done, key};
use crate::cache::Cache;
use crate::entry::Retention;
use crate::ext::{Answer, CacheExt, Origin};

pub(super) async fn check_computing(cache: &dyn Cache) {
    let retention = Retention::default();
    let failed = cache
        .get_or_compute(&key("computed"), &retention, || async { Err::<Bytes, _>("no") })
        .await;
    assert_eq!(failed, Err("no"), "a failed computation is the caller's error");

    let expected = [
        ("first", "first", Origin::Computed),
        ("second", "first", Origin::Cache),
    ];
    for (offered, answered, origin) in expected {
        let answer = cache
            .get_or_compute(&key("computed"), &retention, || answer_with(offered))
            .await;
        assert_eq!(
            answer,
            Ok(expected_answer(answered, origin)),
            "computed once, then kept"
        );
    }

    let refreshed = cache
        .refresh(&key("computed"), &retention, || answer_with("third"))
        .await;
    assert_eq!(
        refreshed,
        Ok(expected_answer("third", Origin::Computed)),
        "a refresh computes"
    );
    assert_eq!(
        bytes(cache, &key("computed")).await,
        Some(Bytes::from("third")),
        "and keeps"
    );
    done(cache.clear().await);
}

async fn answer_with(text: &'static str) -> Result<Bytes, &'static str> {
    Ok(Bytes::from_static(text.as_bytes()))
}

fn expected_answer(text: &'static str, origin: Origin) -> Answer {
    Answer {
        bytes: Bytes::from_static(text.as_bytes()),
        origin,
    }
}

/// Several ask at once: one computes.
pub(super) async fn check_single_flight(cache: &dyn Cache) {
    let computations = AtomicUsize::new(0);
    let retention = Retention::default();
    let shared = key("shared");
    let all_have_asked = Notify::new();
    let ask = || {
        cache.get_or_compute(&shared, &retention, || async {
            computations.fetch_add(1, Ordering::SeqCst);
            all_have_asked.notified().await;
            answer_with("once").await
        })
    };
    // `join!` polls in order: the last one runs once all others wait for something.
    let (first, second, third, ()) =
        tokio::join!(biased; ask(), ask(), ask(), async { all_have_asked.notify_one() });
    assert_eq!(computations.load(Ordering::SeqCst), 1, "one computes for all");
    for answer in [first, second, third] {
        let answer = answer.map(|answer| answer.bytes);
        assert_eq!(answer, Ok(Bytes::from("once")), "everyone gets the answer");
    }
    done(cache.clear().await);
}

/// The one that computes goes away: another takes its place.
pub(super) async fn check_lost_pilot(cache: &dyn Cache) {
    let retention = Retention::default();
    let shared = key("abandoned");
    let computing = Notify::new();
    let lost = cache.get_or_compute(&shared, &retention, || async {
        computing.notify_one();
        std::future::pending::<Result<Bytes, &'static str>>().await
    });
    let waiting = cache.get_or_compute(&shared, &retention, || answer_with("rescued"));
    let go_away = async {
        tokio::select! {
            biased;
            () = computing.notified() => {}
            _ = lost => {}
        }
    };
    let ((), answer) = tokio::join!(go_away, waiting);
    assert_eq!(
        answer.map(|answer| answer.bytes),
        Ok(Bytes::from("rescued")),
        "someone else computes"
    );
    done(cache.clear().await);
}

/// What was begun before an invalidation is answered, and not kept.
pub(super) async fn check_invalidation_in_flight(cache: &dyn Cache) {
    let retention = Retention::default().with_tag("table");
    let shared = key("outdated");
    let outdated = cache
        .get_or_compute(&shared, &retention, || async {
            done(cache.invalidate(&["table".into()]).await);
            answer_with("outdated").await
        })
        .await;
    assert_eq!(
        outdated,
        Ok(expected_answer("outdated", Origin::Computed)),
        "the caller gets its answer"
    );
    assert_eq!(bytes(cache, &shared).await, None, "nobody else does");
    done(cache.clear().await);
}
