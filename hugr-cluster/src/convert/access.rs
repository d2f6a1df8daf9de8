//! Roles, permissions and API keys. They travel as JSON, sealed: digests of keys are no business of others.

use hugr_core::store::{AccessChange, AccessState};
use hugr_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::secret::ClusterKeys;
use crate::secret::seal::SealedFor;

impl ClusterKeys {
    /// Returns `access` as it travels.
    pub(super) fn access_to_proto(&self, access: &AccessState) -> Result<Vec<u8>> {
        self.seal(&to_json(access)?, SealedFor::AccessState)
    }

    /// Returns the access state that travelled. A node of an older build sends none.
    pub(super) fn access_from_proto(&self, sealed: &[u8]) -> Result<AccessState> {
        if sealed.is_empty() {
            return Ok(AccessState::initial());
        }
        from_json(&self.open(sealed, SealedFor::AccessState)?)
    }

    /// Returns `change` as it travels.
    pub(super) fn access_change_to_proto(&self, change: &AccessChange) -> Result<Vec<u8>> {
        self.seal(&to_json(change)?, SealedFor::AccessChange)
    }

    /// Returns the change that travelled.
    pub(super) fn access_change_from_proto(&self, sealed: &[u8]) -> Result<AccessChange> {
        from_json(&self.open(sealed, SealedFor::AccessChange)?)
    }
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::internal("access rules cannot be written as JSON").with_source(error))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::internal("access rules travelled in an unexpected form").with_source(error))
}
