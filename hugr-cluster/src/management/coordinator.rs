//! What the management node knows.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::Utc;
use hugr_auth::AuthSettings;
use hugr_core::name::NodeName;
use hugr_core::store::{CoreStore, Revision};
use hugr_core::{Error, ErrorCode, Result};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::authorities::Authorities;
use crate::link::Link;
use crate::members::{Arrival, Members, Push, SessionId};
use crate::metrics;
use crate::secret::ClusterKeys;
use crate::secret::seal::SealedFor;

/// The longest pause between two signs of life of a node.
const LONGEST_KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How a management node behaves.
#[derive(Debug)]
pub(crate) struct CoordinatorSettings {
    /// Deadline of each call to a node.
    pub(crate) timeout: Duration,
    /// Pause between two health checks of a node.
    pub(crate) check_interval: Duration,
    /// Version of the software.
    pub(crate) version: String,
    /// Who vouches for the nodes.
    pub(crate) authorities: Authorities,
}

/// The state of a management node, shared by its tasks.
#[derive(Debug)]
pub(crate) struct Coordinator {
    pub(super) keys: Arc<ClusterKeys>,
    pub(super) store: Arc<dyn CoreStore>,
    pub(super) members: Members,
    pub(super) settings: CoordinatorSettings,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    auth: RwLock<AuthSettings>,
    revision: watch::Sender<Revision>,
}

impl Coordinator {
    /// Returns a management node without members over `store`.
    pub(crate) fn new(
        store: Arc<dyn CoreStore>,
        keys: Arc<ClusterKeys>,
        auth: AuthSettings,
        settings: CoordinatorSettings,
    ) -> Self {
        Self {
            keys,
            store,
            members: Members::new(settings.version.clone()),
            settings,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            auth: RwLock::new(auth),
            revision: watch::Sender::new(Revision::default()),
        }
    }

    /// Returns the nodes of the cluster.
    pub(crate) fn members(&self) -> &Members {
        &self.members
    }

    /// Returns the tasks that belong to the node.
    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Returns what ends the tasks.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Returns the highest revision that was heard of.
    pub(crate) fn revision(&self) -> Revision {
        *self.revision.borrow()
    }

    /// Notes a revision; nodes that are behind are told.
    pub(crate) fn note_revision(&self, revision: Revision) {
        self.revision.send_if_modified(|highest| {
            let is_higher = revision > *highest;
            *highest = revision.max(*highest);
            is_higher
        });
        metrics::set_revision(self.revision());
        self.members.announce(self.revision());
    }

    /// Notes the revision of the own core store.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when it does not answer.
    pub(crate) async fn note_store_revision(&self) -> Result<()> {
        let revision = self.store.revision().await?;
        self.note_revision(revision);
        Ok(())
    }

    /// Returns the authentication settings sealed for `node`.
    pub(super) fn sealed_auth(&self, node: &NodeName) -> Result<Vec<u8>> {
        let auth = self.auth.read().unwrap_or_else(PoisonError::into_inner);
        let json = serde_json::to_string(&*auth)
            .map_err(|error| Error::internal(format!("settings to JSON: {error}")))?;
        self.keys.seal(&json, SealedFor::Settings(node.as_str()))
    }

    /// Uses `auth` from now on and sends it to all nodes.
    pub(crate) fn distribute_auth(&self, auth: AuthSettings) -> Result<()> {
        *self.auth.write().unwrap_or_else(PoisonError::into_inner) = auth;
        self.members
            .push_each(|node| self.sealed_auth(node).map(Push::Settings))
    }

    /// Takes a node in and starts to check its health.
    ///
    /// # Errors
    /// `CONFLICT` when a live node of the same name has another URL; that one is checked at once, so that it cannot
    /// hold the name for long when it is dead.
    pub(super) fn admit(self: &Arc<Self>, arrival: Arrival) -> Result<(SessionId, mpsc::Receiver<Push>)> {
        if self.stop.is_cancelled() {
            let message = "the management node is shutting down";
            return Err(Error::new(ErrorCode::ClusterUnavailable, message));
        }
        let name = arrival.name.clone();
        let link = Link::new(
            "node",
            &arrival.url,
            Arc::clone(&self.keys),
            self.settings.timeout,
            &self.settings.authorities,
        )?;
        self.note_revision(arrival.applied);
        tracing::info!(node = %name, url = %arrival.url, version = arrival.version, "node connected");
        let admitted = self.members.admit(arrival, link, self.revision(), Utc::now());
        self.check_soon(&name);
        admitted
    }

    /// Returns how often a node should say that it is alive.
    pub(super) fn keep_alive(&self) -> Duration {
        self.settings.check_interval.min(LONGEST_KEEP_ALIVE)
    }

    /// Returns how long a roll-out may take.
    pub(super) fn roll_out_limit(&self) -> Duration {
        self.settings.timeout.saturating_mul(2)
    }
}
