//! Commits as units: compare-and-set, all or nothing, several at once, over and over.

use futures::future::join_all;

use super::StorePlace;
use super::driver::{Driver, done, expect_refusal, insert_catalog, insert_source, link};
use crate::error::ErrorCode;
use crate::store::{Change, CoreStore, Revision};

const AT_ONCE: u64 = 16;

pub(super) async fn check_expected_revision(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    driver.commit(&[insert_source("first")]).await;
    for wrong in [Revision(0), Revision(2), Revision(u64::MAX)] {
        let outcome = driver.store.commit(Some(wrong), &[insert_source("second")]).await;
        expect_refusal(
            &outcome,
            ErrorCode::Conflict,
            "a commit on top of another revision",
        );
        driver.compare().await;
    }
    let outcome = driver
        .store
        .commit(Some(Revision(1)), &[insert_source("second")])
        .await;
    assert_eq!(
        done(outcome, "a commit on top of the present revision"),
        Some(Revision(2))
    );
}

pub(super) async fn check_atomicity(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    driver
        .commit(&[
            insert_source("shop"),
            insert_catalog("sdl"),
            Change::Load("shop".into()),
        ])
        .await;
    let fails_at_the_end = [
        insert_source("other"),
        link("shop", "sdl"),
        Change::Unload("shop".into()),
        Change::DeleteCatalogSource("sdl".into()),
        Change::DeleteDataSource("shop".into()),
        Change::Load("missing".into()),
    ];
    driver.refuse(&fails_at_the_end, ErrorCode::NotFound).await;
    // The store is as good as before.
    driver.commit(&[insert_source("other")]).await;
}

pub(super) async fn check_reopening(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    for round in ["first", "second", "third"] {
        driver
            .commit(&[
                insert_source(round),
                insert_catalog(round),
                link(round, round),
                Change::Load(round.into()),
            ])
            .await;
        driver.store = place.open().await;
        driver.compare().await;
    }
}

pub(super) async fn check_concurrent_commits(place: &dyn StorePlace) {
    let store = place.open().await;
    let sources: Vec<_> = (0..AT_ONCE)
        .map(|number| [insert_source(&format!("source_{number}"))])
        .collect();
    let outcomes = join_all(sources.iter().map(|changes| store.commit(None, changes))).await;
    expect_each_revision_once(outcomes);
    let snapshot = done(store.snapshot().await, "a snapshot");
    let count = snapshot.map(|state| state.data_sources.len() as u64);
    assert_eq!(count, Some(AT_ONCE), "every commit is there");
}

pub(super) async fn check_racing_for_one_revision(place: &dyn StorePlace) {
    let store = place.open().await;
    let sources: Vec<_> = (0..AT_ONCE)
        .map(|number| [insert_source(&format!("source_{number}"))])
        .collect();
    let start = Some(Revision(0));
    let outcomes = join_all(sources.iter().map(|changes| store.commit(start, changes))).await;
    let (winners, losers): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(winners.len(), 1, "one commit wins");
    for outcome in losers {
        expect_refusal(&outcome, ErrorCode::Conflict, "a commit that came second");
    }
    assert_eq!(done(store.revision().await, "the revision"), Some(Revision(1)));
}

/// Each commit adds one source: a state in which the two counts differ mixes two revisions.
pub(super) async fn check_snapshots_are_consistent(place: &dyn StorePlace) {
    let store = place.open().await;
    let writing = async {
        for number in 0..AT_ONCE {
            let outcome = store
                .commit(None, &[insert_source(&format!("source_{number}"))])
                .await;
            done(outcome, "a commit");
        }
    };
    let reading = async {
        let mut last = Revision(0);
        while last < Revision(AT_ONCE) {
            let Some(state) = done(store.snapshot().await, "a snapshot") else {
                return;
            };
            assert_eq!(
                state.revision.0,
                state.data_sources.len() as u64,
                "one consistent state"
            );
            assert!(state.revision >= last, "the revision never goes back");
            last = state.revision;
        }
    };
    tokio::join!(writing, reading);
}

pub(super) async fn check_several_processes(place: &dyn StorePlace) {
    let store = place.open().await;
    // Opened at the same time, as nodes that start together do.
    let others = join_all((0..3).map(|_| place.open_beside())).await;
    let stores: Vec<_> = std::iter::once(Some(store)).chain(others).flatten().collect();
    for (number, store) in (0_u64..).zip(&stores) {
        let outcome = store
            .commit(
                Some(Revision(number)),
                &[insert_source(&format!("source_{number}"))],
            )
            .await;
        let revision = done(outcome, "a commit");
        for other in &stores {
            assert_eq!(
                done(other.revision().await, "the revision"),
                revision,
                "everyone sees the commit"
            );
            let snapshot = done(other.snapshot().await, "a snapshot");
            assert_eq!(snapshot.map(|state| state.revision), revision, "and its state");
        }
    }
    commit_from_all(&stores).await;
}

async fn commit_from_all(stores: &[std::sync::Arc<dyn CoreStore>]) {
    let Some(first) = stores.first() else { return };
    let before = done(first.revision().await, "the revision").unwrap_or_default();
    let commits: Vec<_> = (0..AT_ONCE)
        .zip(stores.iter().cycle())
        .map(|(number, store)| (store, [insert_source(&format!("at_once_{number}"))]))
        .collect();
    let outcomes = join_all(commits.iter().map(|(store, changes)| store.commit(None, changes))).await;
    let relative = outcomes
        .into_iter()
        .map(|outcome| outcome.map(|revision| Revision(revision.0.saturating_sub(before.0))))
        .collect();
    expect_each_revision_once(relative);
}

fn expect_each_revision_once(outcomes: Vec<crate::Result<Revision>>) {
    let mut revisions: Vec<_> = outcomes
        .into_iter()
        .filter_map(|outcome| done(outcome, "a commit without expectations"))
        .collect();
    revisions.sort_unstable();
    let expected: Vec<_> = (1..=AT_ONCE).map(Revision).collect();
    assert_eq!(revisions, expected, "each commit has its own revision");
}
