//! An in-process cluster over real sockets, with fake engines; for tests of this crate and of hosts.
//!
//! Each node has a runtime of its own, so that killing it closes its sockets as a dead process would. Nothing
//! sleeps: the `wait_for_*` functions follow what they wait for and give up after [`PATIENCE`].
//!
//! Reading order: [`memory_store`], [`fake_replica`], [`host`] (one node), [`worker`],
//! [`sandbox`] (the cluster).

pub mod fake_replica;
pub mod host;
pub mod memory_store;
pub mod sandbox;
pub mod worker;

use std::fmt::Debug;
use std::time::Duration;

use hugr_core::{Error, ErrorCode, Result};
use tokio::sync::watch;

pub use fake_replica::FakeReplica;
pub use memory_store::MemoryCoreStore;
pub use sandbox::Sandbox;
pub use worker::{SandboxWorker, WorkerSetup};

/// How long a test waits for what must happen soon.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until `condition` holds for what `watched` shows; returns it.
///
/// # Errors
/// `TIMEOUT` with the last value when it does not come to hold.
pub async fn wait_for<T: Clone + Debug>(
    mut watched: watch::Receiver<T>,
    condition: impl FnMut(&T) -> bool,
) -> Result<T> {
    let reached = tokio::time::timeout(PATIENCE, watched.wait_for(condition))
        .await
        .ok()
        .and_then(|value| value.ok().map(|value| value.clone()));
    reached.ok_or_else(|| {
        let message = format!(
            "the condition was not reached; last seen: {:?}",
            *watched.borrow()
        );
        Error::new(ErrorCode::Timeout, message)
    })
}
