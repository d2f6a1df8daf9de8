//! Brings the engine to the core store's revision, one step at a time.

use std::sync::Arc;
use std::time::Duration;

use hugr_core::engine::{AttachmentState, Replica};
use hugr_core::store::Revision;
use hugr_core::{Error, ErrorCode, Result};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::back_off::BackOff;
use crate::metrics;

/// How far the engine is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The revision that it has applied.
    pub(crate) applied: Revision,
    /// Whether it has once reached a state of the core store.
    pub(crate) is_reconciled: bool,
    /// Why the last step failed; empty when it did not.
    pub(crate) error: String,
}

/// Follows the core store for one engine. Only its task calls [`Replica::reconcile`], so steps never overlap.
#[derive(Debug)]
pub(crate) struct Reconciler {
    replica: Arc<dyn Replica>,
    back_off: BackOff,
    poll_interval: Duration,
    wanted: watch::Sender<Revision>,
    progress: watch::Sender<Progress>,
}

impl Reconciler {
    /// Returns a reconciler that looks at the store every `poll_interval`, also when nobody asks.
    pub(crate) fn new(replica: Arc<dyn Replica>, back_off: BackOff, poll_interval: Duration) -> Self {
        let progress = Progress {
            applied: replica.applied_revision(),
            ..Progress::default()
        };
        Self {
            replica,
            back_off,
            poll_interval,
            wanted: watch::Sender::new(Revision::default()),
            progress: watch::Sender::new(progress),
        }
    }

    /// Returns how far the engine is, and follows it.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Asks for at least `revision`.
    pub(crate) fn want(&self, revision: Revision) {
        self.wanted.send_if_modified(|wanted| {
            let is_higher = revision > *wanted;
            *wanted = revision.max(*wanted);
            is_higher
        });
    }

    /// Asks for at least `revision` and waits until it is reached; returns the revision then applied.
    ///
    /// # Errors
    /// `TIMEOUT` when it is not reached within `limit`, with the reason.
    pub(crate) async fn reach(&self, revision: Revision, limit: Duration) -> Result<Revision> {
        let mut progress = self.progress();
        self.want(revision);
        let reached = progress.wait_for(|progress| progress.is_reconciled && progress.applied >= revision);
        match tokio::time::timeout(limit, reached).await {
            Ok(Ok(progress)) => Ok(progress.applied),
            Ok(Err(_)) => Err(Error::new(ErrorCode::Cancelled, "the node is shutting down")),
            Err(_) => {
                let error = self.progress.borrow().error.clone();
                let reason = if error.is_empty() { "still loading" } else { &error };
                let message = format!("revision {revision} was not reached within {limit:?}: {reason}");
                Err(Error::new(ErrorCode::Timeout, message))
            }
        }
    }

    /// Follows the store until `stop`; a step that was begun is finished.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut wanted = self.wanted.subscribe();
        let mut failures = 0;
        while !stop.is_cancelled() {
            let target = *wanted.borrow_and_update();
            let pause = match self.step(target).await {
                Ok(()) => {
                    failures = 0;
                    self.note_error("");
                    self.poll_interval
                }
                Err(error) => {
                    self.note_error(&error.to_string());
                    failures += 1;
                    self.back_off.delay(failures)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                _ = wanted.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn step(&self, target: Revision) -> Result<()> {
        let Progress {
            applied,
            is_reconciled,
            ..
        } = self.progress.borrow().clone();
        let store = self.replica.core_store();
        if is_reconciled && target <= applied && store.revision().await? <= applied {
            return Ok(());
        }
        let state = store.snapshot().await?;
        let found = state.revision;
        if !is_reconciled || found > applied {
            for status in self.replica.reconcile(state).await {
                if status.state == AttachmentState::Failed {
                    tracing::warn!(source = %status.name, error = status.error, "data source failed to load");
                }
            }
            self.note_applied(self.replica.applied_revision());
        }
        if found < target {
            let message = format!(
                "the core store ({}) is at revision {found}, but {target} was committed; do all nodes use the same \
                 core store?",
                store.describe()
            );
            return Err(Error::new(ErrorCode::SourceUnavailable, message));
        }
        Ok(())
    }

    fn note_applied(&self, applied: Revision) {
        metrics::set_applied_revision(applied);
        tracing::info!(revision = %applied, "core store applied");
        self.progress.send_modify(|progress| {
            progress.applied = applied;
            progress.is_reconciled = true;
        });
    }

    fn note_error(&self, error: &str) {
        let is_news = self.progress.send_if_modified(|progress| {
            let is_news = progress.error != error;
            error.clone_into(&mut progress.error);
            is_news
        });
        if is_news && !error.is_empty() {
            tracing::warn!(error, "core store cannot be followed");
        }
    }
}
