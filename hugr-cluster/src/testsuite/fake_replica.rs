//! An engine that only remembers what it was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hugr_auth::AuthSettings;
use hugr_core::engine::{
    AttachmentState, Operations, RegisteredStorage, Replica, SourceStatus, StorageStatus,
};
use hugr_core::name::{SourceName, StorageName};
use hugr_core::store::{CoreState, CoreStore, Revision};
use hugr_core::{Error, ErrorCode, Result};
use tokio::sync::watch;

/// What a fake engine was brought to.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    /// The revision it has applied.
    pub revision: Revision,
    /// The sources that serve, each with the revision of its load.
    pub attached: BTreeMap<SourceName, Revision>,
    /// The object storages that are known.
    pub storages: BTreeMap<StorageName, RegisteredStorage>,
    /// The authentication settings in force.
    pub auth: Option<AuthSettings>,
}

/// An engine that only remembers what it was told.
#[derive(Debug)]
pub struct FakeReplica {
    store: Arc<dyn CoreStore>,
    brought: watch::Sender<Brought>,
    is_held: watch::Sender<bool>,
    broken: Mutex<BTreeSet<SourceName>>,
    operations: Mutex<Option<Arc<dyn Operations>>>,
}

impl FakeReplica {
    /// Returns an engine over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn CoreStore>) -> Arc<Self> {
        Arc::new(Self {
            store,
            brought: watch::Sender::default(),
            is_held: watch::Sender::new(false),
            broken: Mutex::default(),
            operations: Mutex::default(),
        })
    }

    /// Makes every load of `source` fail.
    pub fn break_source(&self, source: impl Into<SourceName>) {
        lock(&self.broken).insert(source.into());
    }

    /// Keeps [`reconcile`](Replica::reconcile) from ending until [`release`](Self::release).
    pub fn hold(&self) {
        self.is_held.send_replace(true);
    }

    /// Lets [`reconcile`](Replica::reconcile) end.
    pub fn release(&self) {
        self.is_held.send_replace(false);
    }

    /// Returns what the engine was brought to, and follows it.
    #[must_use]
    pub fn brought(&self) -> watch::Receiver<Brought> {
        self.brought.subscribe()
    }

    /// Waits until `source` serves.
    ///
    /// # Errors
    /// `TIMEOUT` when it does not.
    pub async fn wait_for_attached(&self, source: &str) -> Result<()> {
        super::wait_for(self.brought(), |brought| brought.attached.contains_key(source)).await?;
        Ok(())
    }

    /// Returns the operations that the engine was given.
    ///
    /// # Errors
    /// `INTERNAL` when it was given none.
    pub fn operations(&self) -> Result<Arc<dyn Operations>> {
        let operations = lock(&self.operations).clone();
        operations.ok_or_else(|| Error::internal("the engine was given no operations"))
    }

    fn failure(&self, source: &SourceName) -> Option<SourceStatus> {
        lock(&self.broken).contains(source).then(|| SourceStatus {
            name: source.clone(),
            state: AttachmentState::Failed,
            error: "broken by the test".to_owned(),
        })
    }
}

#[async_trait]
impl Replica for FakeReplica {
    fn core_store(&self) -> Arc<dyn CoreStore> {
        Arc::clone(&self.store)
    }

    async fn reconcile(&self, state: Arc<CoreState>) -> Vec<SourceStatus> {
        // The sender lives as long as `self`, so this ends with the release only.
        let _ = self.is_held.subscribe().wait_for(|is_held| !is_held).await;
        self.brought.send_if_modified(|brought| {
            let is_news = state.revision >= brought.revision;
            if is_news {
                brought.revision = state.revision;
                brought.attached = state.loaded.clone();
                brought.storages = state
                    .storages
                    .iter()
                    .map(|(name, storage)| (name.clone(), RegisteredStorage::from(storage)))
                    .collect();
                brought
                    .attached
                    .retain(|source, _| self.failure(source).is_none());
            }
            is_news
        });
        state
            .loaded
            .keys()
            .map(|source| self.source_status(source))
            .collect()
    }

    fn applied_revision(&self) -> Revision {
        self.brought.borrow().revision
    }

    fn source_status(&self, name: &SourceName) -> SourceStatus {
        let is_attached = self.brought.borrow().attached.contains_key(name);
        self.failure(name).unwrap_or_else(|| SourceStatus {
            name: name.clone(),
            state: if is_attached {
                AttachmentState::Attached
            } else {
                AttachmentState::Detached
            },
            error: String::new(),
        })
    }

    fn storage_status(&self, name: &StorageName) -> StorageStatus {
        let is_known = self.brought.borrow().storages.contains_key(name);
        StorageStatus {
            name: name.clone(),
            state: if is_known {
                AttachmentState::Attached
            } else {
                AttachmentState::Detached
            },
            error: String::new(),
        }
    }

    fn storages(&self) -> Vec<RegisteredStorage> {
        self.brought.borrow().storages.values().cloned().collect()
    }

    /// It keeps none.
    async fn drop_answers(&self, _: &[String]) -> Result<()> {
        Ok(())
    }

    fn apply_auth(&self, settings: &AuthSettings) -> Result<()> {
        if settings
            .anonymous_role
            .as_ref()
            .is_some_and(|role| role.as_str().is_empty())
        {
            return Err(Error::new(
                ErrorCode::BadRequest,
                "the anonymous role has no name",
            ));
        }
        self.brought
            .send_modify(|brought| brought.auth = Some(settings.clone()));
        Ok(())
    }

    fn apply_operations(&self, operations: Arc<dyn Operations>) {
        *lock(&self.operations) = Some(operations);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
