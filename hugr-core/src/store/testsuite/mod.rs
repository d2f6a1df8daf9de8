//! The contract of [`CoreStore`] as a test that every adapter runs. A violation fails an assertion.
//!
//! Reading order: this file, [`driver`], [`changes`], [`access`], [`storages`], [`commits`], [`read_only`].

mod access;
mod changes;
mod commits;
mod driver;
mod read_only;
mod storages;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;

use super::CoreStore;

pub use read_only::check_read_only_core_store;

/// A place that one store lives in, empty at first.
#[async_trait]
pub trait StorePlace: Send + Sync {
    /// Opens the store; what was opened before is no longer used and may be closed.
    async fn open(&self) -> Arc<dyn CoreStore>;

    /// Opens the store once more, as another process would, or returns `None` when it serves one process at a time.
    async fn open_beside(&self) -> Option<Arc<dyn CoreStore>>;
}

/// Checks that the stores in places made by `new_place` keep the contract of [`CoreStore`].
///
/// # Panics
/// When they do not.
pub async fn check_core_store<F, R, P>(new_place: F)
where
    F: Fn() -> R,
    R: Future<Output = P>,
    P: StorePlace,
{
    changes::check_empty(&new_place().await).await;
    changes::check_every_change(&new_place().await).await;
    changes::check_refusals(&new_place().await).await;
    changes::check_unusual_text(&new_place().await).await;
    access::check_every_change(&new_place().await).await;
    access::check_refusals(&new_place().await).await;
    storages::check_every_change(&new_place().await).await;
    storages::check_refusals(&new_place().await).await;
    commits::check_expected_revision(&new_place().await).await;
    commits::check_atomicity(&new_place().await).await;
    commits::check_reopening(&new_place().await).await;
    commits::check_concurrent_commits(&new_place().await).await;
    commits::check_racing_for_one_revision(&new_place().await).await;
    commits::check_snapshots_are_consistent(&new_place().await).await;
    commits::check_several_processes(&new_place().await).await;
}
