//! The content of a core store as a document that people keep, and how a store comes to the content of another.

use serde::{Deserialize, Serialize};

use super::access::{AccessChange, ApiKeyHash};
use super::change::Change;
use super::record::{MASK, mask_password};
use super::state::CoreState;
use crate::error::{Error, ErrorCode, Result};
use hugr_auth::Secret;

/// The present form of the document.
const VERSION: u32 = 1;

/// The content of a core store as a document: data sources, catalog sources and their links, what is loaded, roles,
/// permissions, API keys and object storages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CoreExport {
    /// Form of the document.
    version: u32,
    /// Whether it holds credentials; without them it can be read, not imported.
    has_secrets: bool,
    content: CoreState,
}

impl CoreExport {
    /// Returns the document of `state` with everything in it: passwords in paths, keys of object storages, and digests of
    /// API keys.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when some of them are sealed with a key that the store did not have.
    pub fn with_secrets(state: &CoreState) -> Result<Self> {
        state.require_opened()?;
        Ok(Self {
            version: VERSION,
            has_secrets: true,
            content: state.clone(),
        })
    }

    /// Returns the document of `state` without credentials: passwords in paths, secret keys of object storages and digests
    /// of API keys are masked.
    #[must_use]
    pub fn without_secrets(state: &CoreState) -> Self {
        let mut content = state.clone();
        for source in content.data_sources.values_mut() {
            source.path = mask_password(&source.path);
        }
        for catalog in content.catalog_sources.values_mut() {
            catalog.path = mask_password(&catalog.path);
        }
        for storage in content.storages.values_mut() {
            storage.secret = Secret::new(MASK);
        }
        for key in content.access.api_keys.values_mut() {
            key.key = ApiKeyHash::masked();
        }
        Self {
            version: VERSION,
            has_secrets: false,
            content,
        }
    }

    /// Returns the document as JSON text.
    ///
    /// # Errors
    /// `INTERNAL` when it cannot be written, which does not happen.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self)
            .map_err(|error| Error::internal("the core store cannot be written as JSON").with_source(error))
    }

    /// Reads JSON text.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is not such a document, with the place of the mistake.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            let message = format!("this is no export of a core store: {error}");
            Error::new(ErrorCode::BadRequest, message)
        })
    }

    /// Returns the state that the document describes.
    ///
    /// # Errors
    /// `UNSUPPORTED` when a newer build has written it, `BAD_REQUEST` when it holds no secrets.
    pub fn into_state(self) -> Result<CoreState> {
        if self.version != VERSION {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "the document has form {}, this build knows {VERSION}; use the build that wrote it",
                    self.version
                ),
            ));
        }
        if !self.has_secrets {
            return Err(Error::new(
                ErrorCode::BadRequest,
                "the document was exported without secrets, so it cannot be imported; export it with --secrets",
            ));
        }
        Ok(self.content)
    }
}

impl CoreState {
    /// Returns whether there is nothing but what a new store holds.
    #[must_use]
    pub fn is_initial(&self) -> bool {
        let initial = Self::initial();
        *self
            == Self {
                revision: self.revision,
                ..initial
            }
    }

    /// Returns the changes after which this state holds what `target` does, whatever it held before. What `target` has
    /// loaded is loaded anew.
    #[must_use]
    pub fn changes_to(&self, target: &Self) -> Vec<Change> {
        let mut changes = self.removals();
        changes.extend(target.additions());
        changes
    }

    /// Returns the changes that remove everything. Links and load marks go with their sources, permissions with roles.
    fn removals(&self) -> Vec<Change> {
        let sources = self.data_sources.keys().cloned().map(Change::DeleteDataSource);
        let catalogs = self
            .catalog_sources
            .keys()
            .cloned()
            .map(Change::DeleteCatalogSource);
        let keys = self.access.api_keys.keys().cloned();
        let keys = keys.map(|name| Change::Access(AccessChange::DeleteApiKey(name)));
        let roles = self.access.roles.keys().cloned();
        let roles = roles.map(|name| Change::Access(AccessChange::DeleteRole(name)));
        let storages = self.storages.keys().cloned().map(Change::UnregisterStorage);
        sources
            .chain(catalogs)
            .chain(keys)
            .chain(roles)
            .chain(storages)
            .collect()
    }

    /// Returns the changes that add everything to an empty state, in an order in which each finds what it needs. A source
    /// that was disabled after it had been loaded is not loaded again.
    fn additions(&self) -> Vec<Change> {
        let storages = self.storages.values().cloned().map(Change::RegisterStorage);
        let catalogs = self
            .catalog_sources
            .values()
            .cloned()
            .map(Change::InsertCatalogSource);
        let sources = self.data_sources.values().cloned().map(Change::InsertDataSource);
        let links = self.links.iter().map(|(source, catalog)| Change::LinkCatalog {
            source: source.clone(),
            catalog: catalog.clone(),
        });
        let roles = self.access.roles.values().cloned();
        let roles = roles.map(|role| Change::Access(AccessChange::InsertRole(role)));
        let permissions = self.access.permissions.values().cloned();
        let permissions =
            permissions.map(|permission| Change::Access(AccessChange::InsertPermission(permission)));
        let keys = self.access.api_keys.values().cloned();
        let keys = keys.map(|key| Change::Access(AccessChange::InsertApiKey(key)));
        let is_enabled = |name: &&_| {
            self.data_sources
                .get(*name)
                .is_some_and(|source| !source.disabled)
        };
        let loads = self.loaded.keys().filter(is_enabled).cloned().map(Change::Load);
        storages
            .chain(catalogs)
            .chain(sources)
            .chain(links)
            .chain(roles)
            .chain(permissions)
            .chain(keys)
            .chain(loads)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use hugr_auth::RoleName;

    use super::*;
    use crate::name::SourceName;
    use crate::store::{ApiKey, CatalogSource, DataSource, ObjectStorage, Role, StorageKind, UrlStyle};

    const DSN: &str = "postgres://u:geheim@h/db";

    fn full() -> CoreState {
        let catalog = CatalogSource {
            name: "sdl".into(),
            kind: "text".to_owned(),
            description: None,
            path: "type T".to_owned(),
        };
        let storage = ObjectStorage {
            name: "minio".into(),
            kind: StorageKind::S3,
            scope: "s3://bucket".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("geheim"),
            region: String::new(),
            endpoint: "minio:9000".to_owned(),
            use_ssl: false,
            url_style: UrlStyle::Path,
            url_compatibility: false,
            kms_key_id: String::new(),
            account_id: String::new(),
        };
        let key = ApiKey::new("key", "geheim", RoleName::new("reader"));
        let changes = [
            Change::InsertDataSource(DataSource::new("shop", "postgres", DSN)),
            Change::InsertCatalogSource(catalog),
            Change::LinkCatalog {
                source: "shop".into(),
                catalog: "sdl".into(),
            },
            Change::RegisterStorage(storage),
            Change::Access(AccessChange::InsertRole(Role::new("reader"))),
            Change::Access(AccessChange::InsertApiKey(key)),
            Change::Load("shop".into()),
        ];
        CoreState::initial().apply(&changes).unwrap()
    }

    #[test]
    fn every_state_comes_to_every_other() {
        let other = CoreState::initial()
            .apply(&[Change::InsertDataSource(DataSource::new("other", "duckdb", ""))])
            .unwrap();
        for (from, to) in [
            (CoreState::initial(), full()),
            (other.clone(), full()),
            (full(), other),
            (full(), full()),
            (full(), CoreState::initial()),
        ] {
            let reached = from.apply(&from.changes_to(&to)).unwrap();
            let expected = CoreState {
                revision: from.revision.next(),
                loaded: to
                    .loaded
                    .keys()
                    .map(|name| (name.clone(), from.revision.next()))
                    .collect(),
                ..to
            };
            assert_eq!(reached, expected);
        }
    }

    #[test]
    fn a_document_survives_being_written() {
        let text = CoreExport::with_secrets(&full()).unwrap().to_json().unwrap();
        let read = CoreExport::from_json(&text).unwrap();
        assert_eq!(read.into_state().unwrap(), full());
    }

    #[test]
    fn without_secrets_there_is_none_and_no_import() {
        let export = CoreExport::without_secrets(&full());
        let text = export.to_json().unwrap();
        let shop = SourceName::new("shop");
        let digest = full()
            .access
            .api_keys
            .values()
            .map(|key| key.key.as_str().to_owned())
            .next();
        assert!(
            !text.contains("geheim") && !text.contains(&digest.unwrap()),
            "{text}"
        );
        assert_eq!(export.content.data_sources[&shop].path, "postgres://u:***@h/db");
        assert_eq!(export.into_state().unwrap_err().code(), ErrorCode::BadRequest);
    }

    #[test]
    fn only_a_new_store_is_initial() {
        assert!(CoreState::initial().is_initial());
        assert!(!full().is_initial());
    }
}
