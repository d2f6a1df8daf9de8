//! A core store in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hugr_core::store::{Change, CoreState, CoreStore, Revision, StoreAccess};
use hugr_core::{Error, ErrorCode, Result};

/// A core store in memory; clones share it.
#[derive(Clone, Debug)]
pub struct MemoryCoreStore(Arc<Mutex<Arc<CoreState>>>);

impl Default for MemoryCoreStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryCoreStore {
    /// Returns a new store.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Arc::new(CoreState::initial()))))
    }

    fn lock(&self) -> MutexGuard<'_, Arc<CoreState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CoreStore for MemoryCoreStore {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    fn access(&self) -> StoreAccess {
        StoreAccess::ReadWrite
    }

    async fn revision(&self) -> Result<Revision> {
        Ok(self.lock().revision)
    }

    async fn snapshot(&self) -> Result<Arc<CoreState>> {
        Ok(Arc::clone(&self.lock()))
    }

    async fn adopt(&self, state: &CoreState) -> Result<bool> {
        let mut present = self.lock();
        let is_newer = present.revision < state.revision || present.is_initial();
        if is_newer {
            *present = Arc::new(state.clone());
        }
        Ok(is_newer)
    }

    async fn commit(&self, expected: Option<Revision>, changes: &[Change]) -> Result<Revision> {
        let mut state = self.lock();
        if expected.is_some_and(|expected| expected != state.revision) {
            let message = format!("the core store is at revision {}", state.revision);
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        *state = Arc::new(state.apply(changes)?);
        Ok(state.revision)
    }
}
