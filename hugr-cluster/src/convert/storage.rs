//! Object storages. They travel as JSON, sealed, for their credentials.

use std::collections::BTreeMap;

use hugr_core::name::StorageName;
use hugr_core::store::ObjectStorage;
use hugr_core::{Error, Result};

use crate::secret::ClusterKeys;
use crate::secret::seal::SealedFor;

impl ClusterKeys {
    /// Returns `storages` as they travel.
    pub(super) fn storages_to_proto(
        &self,
        storages: &BTreeMap<StorageName, ObjectStorage>,
    ) -> Result<Vec<Vec<u8>>> {
        storages
            .values()
            .map(|storage| self.storage_to_proto(storage))
            .collect()
    }

    /// Returns the storages that travelled.
    pub(super) fn storages_from_proto(
        &self,
        sealed: &[Vec<u8>],
    ) -> Result<BTreeMap<StorageName, ObjectStorage>> {
        let mut storages = BTreeMap::new();
        for sealed in sealed {
            let storage = self.storage_from_proto(sealed)?;
            storages.insert(storage.name.clone(), storage);
        }
        Ok(storages)
    }

    /// Returns `storage` as it travels.
    pub(super) fn storage_to_proto(&self, storage: &ObjectStorage) -> Result<Vec<u8>> {
        let json = serde_json::to_string(storage).map_err(|error| {
            Error::internal("an object storage cannot be written as JSON").with_source(error)
        })?;
        self.seal(&json, SealedFor::Storage)
    }

    /// Returns the storage that travelled.
    pub(super) fn storage_from_proto(&self, sealed: &[u8]) -> Result<ObjectStorage> {
        serde_json::from_str(&self.open(sealed, SealedFor::Storage)?).map_err(|error| {
            Error::internal("an object storage travelled in an unexpected form").with_source(error)
        })
    }
}
