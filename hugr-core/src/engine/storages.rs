//! Object storages: desired state → what DuckDB knows.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::operations::AttachmentState;
use super::replica::{RegisteredStorage, StorageStatus};
use crate::db::{Database, Session};
use crate::name::StorageName;
use crate::store::ObjectStorage;
use crate::store::storage::secret;

/// The object storages that this process's DuckDB knows.
#[derive(Debug)]
pub(super) struct Storages {
    database: Database,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: BTreeMap<StorageName, ObjectStorage>,
    /// Why storages are not known as they should be.
    failures: BTreeMap<StorageName, String>,
}

impl Storages {
    /// Returns an empty set for `database`.
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            state: Mutex::default(),
        }
    }

    /// Makes DuckDB know exactly `wanted`, as far as possible; what failed before is tried again. Returns whether there
    /// is a storage that it did not know, or not like that. Not to be called twice at a time.
    pub(super) async fn bring(&self, wanted: &BTreeMap<StorageName, ObjectStorage>) -> bool {
        let known = self.state().known.clone();
        for name in known.keys().filter(|name| !wanted.contains_key(*name)) {
            let unwanted = name.clone();
            let unregister = move |session: &mut Session| secret::unregister(session, unwanted.as_str());
            match self.database.run(unregister).await {
                Ok(()) => {
                    tracing::info!(storage = %name, "unregistered");
                    self.state().known.remove(name);
                }
                Err(error) => tracing::warn!(storage = %name, %error, "cannot be unregistered"),
            }
        }
        self.state().failures.retain(|name, _| wanted.contains_key(name));
        let mut has_news = false;
        for (name, storage) in wanted {
            if known.get(name) != Some(storage) {
                has_news |= self.register(name, storage).await;
            }
        }
        has_news
    }

    async fn register(&self, name: &StorageName, storage: &ObjectStorage) -> bool {
        let wanted = storage.clone();
        let register = move |session: &mut Session| secret::register(session, &wanted);
        let registered = self.database.run(register).await;
        let mut state = self.state();
        match registered {
            Ok(()) => {
                tracing::info!(storage = %name, scope = storage.scope, "registered");
                state.failures.remove(name);
                state.known.insert(name.clone(), storage.clone());
                true
            }
            Err(error) => {
                tracing::warn!(storage = %name, %error, "cannot be registered");
                state
                    .failures
                    .insert(name.clone(), error.public_message().to_owned());
                false
            }
        }
    }

    /// Returns the storages that DuckDB knows, without their secrets.
    pub(super) fn list(&self) -> Vec<RegisteredStorage> {
        self.state().known.values().map(RegisteredStorage::from).collect()
    }

    /// Returns whether DuckDB knows the storage.
    pub(super) fn status(&self, name: &StorageName) -> StorageStatus {
        let state = self.state();
        let failure = state.failures.get(name).cloned();
        let known = match (&failure, state.known.contains_key(name)) {
            (Some(_), _) => AttachmentState::Failed,
            (None, true) => AttachmentState::Attached,
            (None, false) => AttachmentState::Detached,
        };
        StorageStatus {
            name: name.clone(),
            state: known,
            error: failure.unwrap_or_default(),
        }
    }

    /// Each critical section leaves the value consistent, whatever happens in it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
