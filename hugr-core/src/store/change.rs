//! What can happen to the core store's state.

use serde::{Deserialize, Serialize};

use super::access::AccessChange;
use super::keys;
use super::record::{CatalogSource, CatalogSourcePatch, DataSource, DataSourcePatch};
use super::storage::ObjectStorage;
use crate::name::{CatalogSourceName, SourceName, StorageName};

/// One change; a commit is a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Change {
    /// Adds a data source; its name must be free.
    InsertDataSource(DataSource),
    /// Changes columns of a data source. What is loaded stays as it is until the next load.
    UpdateDataSource {
        /// Which.
        name: SourceName,
        /// The new values.
        patch: DataSourcePatch,
    },
    /// Removes a data source with its links and takes it out of the loaded set.
    DeleteDataSource(SourceName),
    /// Adds a catalog source; its name must be free.
    InsertCatalogSource(CatalogSource),
    /// Changes columns of a catalog source.
    UpdateCatalogSource {
        /// Which.
        name: CatalogSourceName,
        /// The new values.
        patch: CatalogSourcePatch,
    },
    /// Removes a catalog source with its links.
    DeleteCatalogSource(CatalogSourceName),
    /// Says that a data source is described by a catalog source; linking twice is a conflict.
    LinkCatalog {
        /// The data source.
        source: SourceName,
        /// The catalog source.
        catalog: CatalogSourceName,
    },
    /// Takes such a link away.
    UnlinkCatalog {
        /// The data source.
        source: SourceName,
        /// The catalog source.
        catalog: CatalogSourceName,
    },
    /// Changes who may do what.
    Access(AccessChange),
    /// Adds an object storage, or replaces the one of the same name.
    RegisterStorage(ObjectStorage),
    /// Removes an object storage.
    UnregisterStorage(StorageName),
    /// Wants the source loaded, or loaded anew: its load mark becomes the commit's revision.
    Load(SourceName),
    /// Wants the source not loaded; it stays registered.
    Unload(SourceName),
}

impl Change {
    /// Returns whether a read-only store takes the change, in memory.
    #[must_use]
    pub fn is_kept_in_memory_too(&self) -> bool {
        matches!(
            self,
            Self::Load(_) | Self::Unload(_) | Self::RegisterStorage(_) | Self::UnregisterStorage(_)
        )
    }

    /// Returns whether the change would write the character NUL, which not every store can hold.
    pub(super) fn writes_nul(&self) -> bool {
        if let Self::Access(change) = self {
            return change.writes_nul();
        }
        self.written_texts().iter().any(|text| text.contains('\0'))
    }

    /// Returns whether the change would write what a store has sealed: it opens in its own place only.
    pub(super) fn writes_sealed(&self) -> bool {
        self.written_texts().into_iter().any(keys::is_sealed)
    }

    fn written_texts(&self) -> Vec<&str> {
        let (required, description) = match self {
            Self::InsertDataSource(source) => (
                vec![source.name.as_str(), &source.kind, &source.prefix, &source.path],
                source.description.as_deref(),
            ),
            Self::InsertCatalogSource(catalog) => (
                vec![catalog.name.as_str(), &catalog.kind, &catalog.path],
                catalog.description.as_deref(),
            ),
            Self::UpdateDataSource { patch, .. } => (
                [&patch.kind, &patch.prefix, &patch.path]
                    .into_iter()
                    .filter_map(Option::as_deref)
                    .collect(),
                patch.description.as_ref().and_then(Option::as_deref),
            ),
            Self::UpdateCatalogSource { patch, .. } => (
                [&patch.kind, &patch.path]
                    .into_iter()
                    .filter_map(Option::as_deref)
                    .collect(),
                patch.description.as_ref().and_then(Option::as_deref),
            ),
            Self::RegisterStorage(storage) => (vec![storage.secret.expose()], None),
            // These name what is there already, or are looked at where they are made.
            Self::DeleteDataSource(_)
            | Self::DeleteCatalogSource(_)
            | Self::LinkCatalog { .. }
            | Self::UnlinkCatalog { .. }
            | Self::Access(_)
            | Self::UnregisterStorage(_)
            | Self::Load(_)
            | Self::Unload(_) => (Vec::new(), None),
        };
        required.into_iter().chain(description).collect()
    }
}
