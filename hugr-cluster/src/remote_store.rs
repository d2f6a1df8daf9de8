//! The core store of nodes without a database: management's, over the cluster protocol.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use hugr_auth::Secret;
use hugr_core::Result;
use hugr_core::store::{Change, CoreState, CoreStore, Revision, StoreAccess};
use tokio::time::Instant;

use crate::authorities::Authorities;
use crate::back_off::BackOff;
use crate::defaults;
use crate::link::{Link, is_unreachable, unreachable};
use crate::management::service::outdated_store;
use crate::proto;
use crate::secret::ClusterKeys;
use crate::url::NodeUrl;

/// Management's core store, seen from another node.
///
/// Reads ask management and take only what is new; while it does not answer they serve the state last seen, so that
/// a node goes on without it. Commits need management: they fail with `CLUSTER_UNAVAILABLE` while it is away.
///
/// Nodes whose own core store is read-only share through management what changes nevertheless: the set of loaded sources and
/// object storages. Each brings the content of its store ([`with_content`](RemoteCoreStoreBuilder::with_content)).
///
/// ```no_run
/// # use hugr_cluster::{RemoteCoreStore, Secret};
/// # async fn run(secret: Secret) -> hugr_core::Result<()> {
/// let store = RemoteCoreStore::builder("http://management:14000", secret).connect().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RemoteCoreStore {
    link: Link,
    keys: Arc<ClusterKeys>,
    access: StoreAccess,
    /// Whether management keeps in memory what this node has brought, and is given it again when it has lost it.
    is_brought: bool,
    seen: RwLock<Arc<CoreState>>,
}

/// Says how to reach management's core store; from [`RemoteCoreStore::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct RemoteCoreStoreBuilder {
    management_url: String,
    secret: Secret,
    timeout: Duration,
    start_limit: Duration,
    back_off: BackOff,
    content: Option<Arc<CoreState>>,
    authorities: Authorities,
}

impl RemoteCoreStoreBuilder {
    /// Sets the certificates (PEM) of the authorities that sign management's, at an `https://` URL; the system's by default.
    pub fn with_authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities = Authorities::of_pem(pem);
        self
    }

    /// Begins with `content`, that of a read-only store, where management has none or an older one in memory; also without
    /// management. Nothing but loaded sources and object storages may change then.
    pub fn with_content(mut self, content: Arc<CoreState>) -> Self {
        self.content = Some(content);
        self
    }

    /// Sets the deadline of each call; 5 s by default.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long [`connect`](Self::connect) keeps trying; 60 s by default.
    pub fn with_start_limit(mut self, start_limit: Duration) -> Self {
        self.start_limit = start_limit;
        self
    }

    /// Sets the pauses between attempts.
    pub fn with_back_off(mut self, back_off: BackOff) -> Self {
        self.back_off = back_off;
        self
    }

    /// Connects and reads the state, trying until the start limit.
    ///
    /// # Errors
    /// `BAD_REQUEST` when the URL or the secret is not usable, `UNAUTHENTICATED` at once when the secret is refused,
    /// `CLUSTER_UNAVAILABLE` when management does not answer in time.
    pub async fn connect(self) -> Result<RemoteCoreStore> {
        let url = NodeUrl::parse(&self.management_url, defaults::MANAGEMENT_URL_SETTING)?;
        let keys = Arc::new(ClusterKeys::derive(&self.secret)?);
        let keys_of_link = Arc::clone(&keys);
        let link = Link::new(
            "management node",
            &url,
            keys_of_link,
            self.timeout,
            &self.authorities,
        )?;
        if let Some(content) = self.content {
            return RemoteCoreStore::bring(link, keys, content).await;
        }
        let deadline = Instant::now() + self.start_limit;
        let mut failures = 0;
        loop {
            let error = match RemoteCoreStore::open(link.clone(), Arc::clone(&keys)).await {
                Ok(store) => return Ok(store),
                Err(error) => error,
            };
            let pause = self.back_off.delay(failures);
            if !error.code().is_retryable() || Instant::now() + pause > deadline {
                return Err(if is_unreachable(&error) {
                    unreachable(link.peer(), "the core store cannot be read", &error)
                } else {
                    error
                });
            }
            tracing::warn!(%error, "core store of the management node not reached yet");
            tokio::time::sleep(pause).await;
            failures += 1;
        }
    }
}

impl RemoteCoreStore {
    /// Returns a builder for the store of the management node at `management_url`.
    pub fn builder(management_url: impl Into<String>, secret: Secret) -> RemoteCoreStoreBuilder {
        RemoteCoreStoreBuilder {
            management_url: management_url.into(),
            secret,
            timeout: defaults::WORKER_TIMEOUT,
            start_limit: defaults::START_LIMIT,
            back_off: BackOff::default(),
            content: None,
            authorities: Authorities::default(),
        }
    }

    async fn open(link: Link, keys: Arc<ClusterKeys>) -> Result<Self> {
        let response = ask(&link, None).await?;
        let state = response
            .state
            .map(|state| keys.state_from_proto(state))
            .transpose()?;
        let access = if response.is_read_only {
            StoreAccess::ReadOnly
        } else {
            StoreAccess::ReadWrite
        };
        let seen = RwLock::new(Arc::new(state.unwrap_or_default()));
        Ok(Self {
            link,
            keys,
            access,
            is_brought: false,
            seen,
        })
    }

    /// Returns a store that begins with `content`, or with what other nodes have brought before.
    async fn bring(link: Link, keys: Arc<ClusterKeys>, content: Arc<CoreState>) -> Result<Self> {
        let store = Self {
            link,
            keys,
            access: StoreAccess::ReadOnly,
            is_brought: true,
            seen: RwLock::new(content),
        };
        match store.bring_back().await {
            Ok(()) => {}
            Err(error) if is_unreachable(&error) => {
                tracing::warn!(%error, "goes on with the read-only core store; loaded sources are those of its own");
                return Ok(store);
            }
            Err(error) => return Err(error),
        }
        // Read whole: the revisions may be equal by chance where management has a store of its own.
        if let Some(state) = ask(&store.link, None).await?.state {
            let state = Arc::new(store.keys.state_from_proto(state)?);
            *store.seen.write().unwrap_or_else(PoisonError::into_inner) = state;
        }
        Ok(store)
    }

    /// Offers management what this node has seen last.
    async fn bring_back(&self) -> Result<()> {
        let request = proto::OfferCoreStateRequest {
            state: Some(self.keys.state_to_proto(&self.seen())?),
        };
        let mut management = self.link.management();
        let answer = self.link.answer(management.offer_core_state(request)).await?;
        tracing::debug!(is_taken = answer.is_taken, "core store offered to management");
        Ok(())
    }

    /// Returns the revision of management's store, which is brought back where it was lost.
    async fn management_revision(&self) -> Result<Revision> {
        let known = self.seen().revision;
        let mut revision = self.ask_revision().await?;
        if revision < known && self.is_brought {
            self.bring_back().await?;
            revision = self.ask_revision().await?;
        }
        if revision < known {
            return Err(outdated_store(revision, known));
        }
        Ok(revision)
    }

    async fn ask_revision(&self) -> Result<Revision> {
        let mut management = self.link.management();
        let answer = self
            .link
            .answer(management.core_revision(proto::CoreRevisionRequest {}))
            .await?;
        Ok(Revision(answer.revision))
    }

    fn seen(&self) -> Arc<CoreState> {
        Arc::clone(&self.seen.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps `state` unless a newer one came meanwhile; returns the one kept.
    fn keep(&self, state: CoreState) -> Arc<CoreState> {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if state.revision > seen.revision {
            *seen = Arc::new(state);
        }
        Arc::clone(&seen)
    }
}

#[async_trait]
impl CoreStore for RemoteCoreStore {
    fn describe(&self) -> String {
        format!("core store of the {}", self.link.peer())
    }

    fn access(&self) -> StoreAccess {
        self.access
    }

    async fn revision(&self) -> Result<Revision> {
        match self.management_revision().await {
            Err(error) if is_unreachable(&error) => Ok(self.seen().revision),
            outcome => outcome,
        }
    }

    async fn snapshot(&self) -> Result<Arc<CoreState>> {
        let known = self.seen();
        if self.is_brought {
            self.revision().await?;
        }
        let response = match ask(&self.link, Some(known.revision)).await {
            Ok(response) => response,
            Err(error) if is_unreachable(&error) => {
                tracing::debug!(%error, revision = %known.revision, "core store read from the state last seen");
                return Ok(known);
            }
            Err(error) => return Err(error),
        };
        let Some(state) = response.state else {
            return Ok(known);
        };
        let state = self.keys.state_from_proto(state)?;
        if state.revision < known.revision {
            return Err(outdated_store(state.revision, known.revision));
        }
        Ok(self.keep(state))
    }

    async fn commit(&self, expected: Option<Revision>, changes: &[Change]) -> Result<Revision> {
        self.access.require(&self.describe(), changes)?;
        if self.is_brought {
            self.revision().await?;
        }
        let changes = changes
            .iter()
            .map(|change| self.keys.change_to_proto(change))
            .collect::<Result<_>>()?;
        let request = proto::CoreCommitRequest {
            expected_revision: expected.map(|revision| revision.0),
            known_revision: self.seen().revision.0,
            changes,
        };
        let mut management = self.link.management();
        match self.link.answer(management.core_commit(request)).await {
            Ok(response) => Ok(Revision(response.revision)),
            Err(error) if is_unreachable(&error) => Err(unreachable(
                self.link.peer(),
                "the change was not confirmed",
                &error,
            )),
            Err(error) => Err(error),
        }
    }
}

async fn ask(link: &Link, known: Option<Revision>) -> Result<proto::CoreSnapshotResponse> {
    let request = proto::CoreSnapshotRequest {
        known_revision: known.map(|revision| revision.0),
    };
    let mut management = link.management();
    link.answer(management.core_snapshot(request)).await
}
