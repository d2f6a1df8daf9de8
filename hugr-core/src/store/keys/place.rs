//! The places of a core store's content where credentials lie.

use std::fmt;

use crate::name::{CatalogSourceName, SourceName, StorageName};
use crate::store::record::mask_password;
use crate::store::state::CoreState;

/// Where a credential lies. What is sealed for one place does not open in another.
pub(super) enum Place {
    DataSource(SourceName),
    CatalogSource(CatalogSourceName),
    Storage(StorageName),
}

impl Place {
    /// Returns whether `text`, lying here, should be sealed: of paths, those of which a part would be masked.
    pub(super) fn is_secret(&self, text: &str) -> bool {
        match self {
            Self::Storage(_) => !text.is_empty(),
            Self::DataSource(_) | Self::CatalogSource(_) => mask_password(text) != text,
        }
    }

    /// Returns what lies here in `state`.
    pub(super) fn find<'a>(&self, state: &'a CoreState) -> Option<&'a str> {
        match self {
            Self::DataSource(name) => state.data_sources.get(name).map(|source| &*source.path),
            Self::CatalogSource(name) => state.catalog_sources.get(name).map(|catalog| &*catalog.path),
            Self::Storage(name) => state.storages.get(name).map(|storage| storage.secret.expose()),
        }
    }

    /// Returns what a value is sealed for.
    pub(super) fn context(&self) -> Vec<u8> {
        match self {
            Self::DataSource(name) => format!("data-source-path/{name}").into_bytes(),
            Self::CatalogSource(name) => format!("catalog-source-path/{name}").into_bytes(),
            Self::Storage(name) => format!("object-storage-secret/{name}").into_bytes(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataSource(name) => write!(f, "data source `{name}`"),
            Self::CatalogSource(name) => write!(f, "catalog source `{name}`"),
            Self::Storage(name) => write!(f, "object storage `{name}`"),
        }
    }
}

/// Returns the texts of `state` that are, or may be, credentials.
pub(super) fn credentials(state: &mut CoreState) -> Vec<(Place, &mut String)> {
    let sources = state.data_sources.values_mut();
    let sources = sources.map(|source| (Place::DataSource(source.name.clone()), &mut source.path));
    let catalogs = state.catalog_sources.values_mut();
    let catalogs = catalogs.map(|catalog| (Place::CatalogSource(catalog.name.clone()), &mut catalog.path));
    let storages = state.storages.values_mut();
    let storages =
        storages.map(|storage| (Place::Storage(storage.name.clone()), storage.secret.expose_mut()));
    sources.chain(catalogs).chain(storages).collect()
}
