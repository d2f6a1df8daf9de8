//! A state held in this process's memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Change, CoreState, Revision, StoreAccess, StoreKeys};
use crate::error::Result;

/// A state and the rules by which it may change.
#[derive(Debug)]
pub(super) struct HeldState {
    access: StoreAccess,
    present: Mutex<Arc<CoreState>>,
}

impl HeldState {
    /// Returns `state`, open to changes as `access` says.
    pub(super) fn new(state: CoreState, access: StoreAccess) -> Self {
        Self {
            access,
            present: Mutex::new(Arc::new(state)),
        }
    }

    /// Returns which changes are taken.
    pub(super) fn access(&self) -> StoreAccess {
        self.access
    }

    /// Returns the present state.
    pub(super) fn snapshot(&self) -> Arc<CoreState> {
        Arc::clone(&self.lock())
    }

    /// Applies `changes` on top of `expected`, if given. `store` is what refusals call the store.
    ///
    /// # Errors
    /// As [`CoreStore::commit`](super::CoreStore::commit) says.
    pub(super) fn commit(
        &self,
        store: &str,
        expected: Option<Revision>,
        changes: &[Change],
    ) -> Result<Revision> {
        self.access.require(store, changes)?;
        let mut present = self.lock();
        present.revision.require(expected)?;
        let next = present.apply(changes)?;
        *present = Arc::new(next);
        Ok(present.revision)
    }

    /// Takes `state` in place of an older one, or of that of a new store; returns whether it did.
    pub(super) fn adopt(&self, state: &CoreState) -> bool {
        let mut present = self.lock();
        let is_newer = present.revision < state.revision || present.is_initial();
        if self.access == StoreAccess::ReadOnly || !is_newer {
            return false;
        }
        *present = Arc::new(state.clone());
        true
    }

    /// Opens with `keys` what lies sealed in the state; its revision stays the same.
    pub(super) fn open_with(&self, keys: &StoreKeys) {
        let mut present = self.lock();
        *present = Arc::new(keys.opened(CoreState::clone(&present)));
    }

    /// A poisoned lock is taken over: the state is replaced whole.
    fn lock(&self) -> MutexGuard<'_, Arc<CoreState>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
