//! The content of a core database as one JSON document, the form in which the adapters read it. PURE.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::access::{AccessState, ApiKey, Role, RolePermission};
use super::record::{CatalogSource, DataSource};
use super::state::{CoreState, Revision};
use super::storage::ObjectStorage;
use crate::error::{Error, Result};
use crate::name::{CatalogSourceName, SourceName};

#[derive(Deserialize)]
struct Document {
    revision: Revision,
    data_sources: Vec<DataSource>,
    catalog_sources: Vec<CatalogSource>,
    links: Vec<LinkRow>,
    loaded: Vec<LoadedRow>,
    /// Absent in a database that has no such tables.
    access: Option<AccessDocument>,
    /// As `access`.
    #[serde(default)]
    storages: Vec<ObjectStorage>,
}

#[derive(Deserialize)]
struct AccessDocument {
    roles: Vec<Role>,
    permissions: Vec<RolePermission>,
    api_keys: Vec<ApiKey>,
}

impl From<AccessDocument> for AccessState {
    fn from(document: AccessDocument) -> Self {
        let roles = document.roles.into_iter().map(|role| (role.name.clone(), role));
        let permissions = document.permissions.into_iter();
        let api_keys = document.api_keys.into_iter().map(|key| (key.name.clone(), key));
        Self {
            roles: roles.collect(),
            permissions: permissions
                .map(|permission| (permission.key.clone(), permission))
                .collect(),
            api_keys: api_keys.collect(),
        }
    }
}

#[derive(Deserialize)]
struct LinkRow {
    source: SourceName,
    catalog: CatalogSourceName,
}

#[derive(Deserialize)]
struct LoadedRow {
    name: SourceName,
    revision: Revision,
}

/// Returns the state that `json` describes. A load mark whose source is gone, as an edit by hand may leave it, is
/// dropped. A database without roles has the first ones.
///
/// # Errors
/// `INTERNAL` when `json` is not such a document.
pub(super) fn parse(json: &str) -> Result<CoreState> {
    let document: Document = serde_json::from_str(json).map_err(|error| {
        Error::internal("the core database was read in an unexpected form").with_source(error)
    })?;
    let data_sources: BTreeMap<_, _> = document
        .data_sources
        .into_iter()
        .map(|source| (source.name.clone(), source))
        .collect();
    let catalog_sources = document
        .catalog_sources
        .into_iter()
        .map(|catalog| (catalog.name.clone(), catalog))
        .collect();
    let links = document
        .links
        .into_iter()
        .map(|link| (link.source, link.catalog))
        .collect();
    let loaded = document
        .loaded
        .into_iter()
        .filter(|mark| data_sources.contains_key(&mark.name))
        .map(|mark| (mark.name, mark.revision))
        .collect();
    Ok(CoreState {
        revision: document.revision,
        data_sources,
        catalog_sources,
        links,
        loaded,
        access: document
            .access
            .map_or_else(AccessState::initial, AccessState::from),
        storages: document
            .storages
            .into_iter()
            .map(|storage| (storage.name.clone(), storage))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn a_document_becomes_a_state() {
        let state = parse(
            r#"{
                "revision": 7,
                "data_sources": [{
                    "name": "shop", "type": "duckdb", "description": null, "prefix": "", "as_module": true,
                    "path": "shop.duckdb", "disabled": false, "self_defined": false, "read_only": true
                }],
                "catalog_sources": [{"name": "sdl", "type": "text", "description": "Shop", "path": "type t"}],
                "links": [{"source": "shop", "catalog": "sdl"}],
                "loaded": [{"name": "shop", "revision": 5}, {"name": "gone", "revision": 6}]
            }"#,
        )
        .unwrap();
        let shop = SourceName::new("shop");
        assert_eq!(state.revision, Revision(7));
        assert!(state.data_sources[&shop].as_module && state.data_sources[&shop].read_only);
        assert_eq!(state.catalogs_of(&shop).count(), 1);
        assert_eq!(state.loaded, BTreeMap::from([(shop, Revision(5))]));
    }

    #[test]
    fn another_form_is_an_internal_error() {
        assert_eq!(
            parse(r#"{"revision": -1}"#).unwrap_err().code(),
            ErrorCode::Internal
        );
    }
}
