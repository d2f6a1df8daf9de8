//! Everything the core store holds, at one revision, and the rules by which it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::access::AccessState;
use super::change::Change;
use super::record::{CatalogSource, DataSource};
use super::storage::ObjectStorage;
use crate::error::{Error, ErrorCode, Result};
use crate::name::{CatalogSourceName, SourceName, StorageName};

/// Counts the commits of a core store; 0 is the empty store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// Returns the revision of the next commit.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Checks that the present revision is the `expected` one, if any is.
    ///
    /// # Errors
    /// `CONFLICT` when it is not.
    pub fn require(self, expected: Option<Self>) -> Result<()> {
        match expected {
            Some(expected) if expected != self => Err(Error::new(
                ErrorCode::Conflict,
                format!("the core store is at revision {self}, not at {expected}"),
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The whole content of a core store at one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreState {
    /// Number of commits so far.
    pub revision: Revision,
    /// Data sources by name.
    pub data_sources: BTreeMap<SourceName, DataSource>,
    /// Catalog sources by name.
    pub catalog_sources: BTreeMap<CatalogSourceName, CatalogSource>,
    /// Which data source is described by which catalog sources.
    pub links: BTreeSet<(SourceName, CatalogSourceName)>,
    /// The sources that should be loaded, each with the revision of the last [`Change::Load`]: a node that holds
    /// an older one loads it anew.
    pub loaded: BTreeMap<SourceName, Revision>,
    /// Roles, permissions and API keys.
    pub access: AccessState,
    /// Object storages by name.
    #[serde(default)]
    pub storages: BTreeMap<StorageName, ObjectStorage>,
}

impl CoreState {
    /// Returns what a new store holds: no sources, and the first roles.
    #[must_use]
    pub fn initial() -> Self {
        Self {
            access: AccessState::initial(),
            ..Self::default()
        }
    }

    /// Returns the state after `changes` as one commit.
    ///
    /// # Errors
    /// `CONFLICT` when a name is taken or a link exists, `NOT_FOUND` when a named thing is missing, `BAD_REQUEST`
    /// when a value is not valid.
    pub fn apply(&self, changes: &[Change]) -> Result<Self> {
        let mut next = self.clone();
        next.revision = self.revision.next();
        for change in changes {
            require_storable(change)?;
            next.apply_one(change)?;
        }
        Ok(next)
    }

    /// Returns the catalog sources of `source`, by name.
    pub fn catalogs_of<'a>(&'a self, source: &'a SourceName) -> impl Iterator<Item = &'a CatalogSource> {
        self.links
            .iter()
            .filter(move |(linked, _)| linked == source)
            .filter_map(|(_, name)| self.catalog_sources.get(name))
    }

    fn apply_one(&mut self, change: &Change) -> Result<()> {
        match change {
            Change::InsertDataSource(source) => self.insert_data_source(source),
            Change::UpdateDataSource { name, patch } => {
                let source = self
                    .data_sources
                    .get_mut(name)
                    .ok_or_else(|| missing("data source", name))?;
                source.kind = patch.kind.clone().unwrap_or_else(|| source.kind.clone());
                source.description = patch
                    .description
                    .clone()
                    .unwrap_or_else(|| source.description.clone());
                source.prefix = patch.prefix.clone().unwrap_or_else(|| source.prefix.clone());
                source.as_module = patch.as_module.unwrap_or(source.as_module);
                source.path = patch.path.clone().unwrap_or_else(|| source.path.clone());
                source.disabled = patch.disabled.unwrap_or(source.disabled);
                source.self_defined = patch.self_defined.unwrap_or(source.self_defined);
                source.read_only = patch.read_only.unwrap_or(source.read_only);
                Ok(())
            }
            Change::DeleteDataSource(name) => {
                self.data_sources
                    .remove(name)
                    .ok_or_else(|| missing("data source", name))?;
                self.links.retain(|(source, _)| source != name);
                self.loaded.remove(name);
                Ok(())
            }
            Change::InsertCatalogSource(catalog) => {
                require_name("catalog source", catalog.name.as_str())?;
                if self.catalog_sources.contains_key(&catalog.name) {
                    return Err(taken("catalog source", &catalog.name));
                }
                self.catalog_sources.insert(catalog.name.clone(), catalog.clone());
                Ok(())
            }
            Change::UpdateCatalogSource { name, patch } => {
                let catalog = self
                    .catalog_sources
                    .get_mut(name)
                    .ok_or_else(|| missing("catalog source", name))?;
                catalog.kind = patch.kind.clone().unwrap_or_else(|| catalog.kind.clone());
                catalog.description = patch
                    .description
                    .clone()
                    .unwrap_or_else(|| catalog.description.clone());
                catalog.path = patch.path.clone().unwrap_or_else(|| catalog.path.clone());
                Ok(())
            }
            Change::DeleteCatalogSource(name) => {
                self.catalog_sources
                    .remove(name)
                    .ok_or_else(|| missing("catalog source", name))?;
                self.links.retain(|(_, catalog)| catalog != name);
                Ok(())
            }
            Change::LinkCatalog { source, catalog } => self.link(source, catalog),
            Change::UnlinkCatalog { source, catalog } => {
                let link = (source.clone(), catalog.clone());
                if self.links.remove(&link) {
                    Ok(())
                } else {
                    Err(missing("catalog link", format!("{source} - {catalog}")))
                }
            }
            Change::Access(change) => self.access.apply(change),
            Change::RegisterStorage(storage) => self.register_storage(storage),
            Change::UnregisterStorage(name) => self
                .storages
                .remove(name)
                .map(drop)
                .ok_or_else(|| missing("object storage", name)),
            Change::Load(name) => self.load(name),
            Change::Unload(name) => self
                .loaded
                .remove(name)
                .map(drop)
                .ok_or_else(|| not_loaded(name, self.data_sources.contains_key(name))),
        }
    }

    fn insert_data_source(&mut self, source: &DataSource) -> Result<()> {
        require_name("data source", source.name.as_str())?;
        if self.data_sources.contains_key(&source.name) {
            return Err(taken("data source", &source.name));
        }
        self.data_sources.insert(source.name.clone(), source.clone());
        Ok(())
    }

    fn link(&mut self, source: &SourceName, catalog: &CatalogSourceName) -> Result<()> {
        if !self.data_sources.contains_key(source) {
            return Err(missing("data source", source));
        }
        if !self.catalog_sources.contains_key(catalog) {
            return Err(missing("catalog source", catalog));
        }
        if self.links.insert((source.clone(), catalog.clone())) {
            Ok(())
        } else {
            Err(taken("catalog link", format!("{source} - {catalog}")))
        }
    }

    /// DuckDB, where storages become secrets, does not tell upper from lower case in their names.
    fn register_storage(&mut self, storage: &ObjectStorage) -> Result<()> {
        require_name("object storage", storage.name.as_str())?;
        let written_otherwise = self
            .storages
            .keys()
            .find(|name| **name != storage.name && name.as_str().eq_ignore_ascii_case(storage.name.as_str()));
        if let Some(other) = written_otherwise {
            return Err(taken("object storage", other));
        }
        self.storages.insert(storage.name.clone(), storage.clone());
        Ok(())
    }

    fn load(&mut self, name: &SourceName) -> Result<()> {
        if !self.data_sources.contains_key(name) {
            return Err(missing("data source", name));
        }
        self.loaded.insert(name.clone(), self.revision);
        Ok(())
    }
}

/// Refuses the one character that PostgreSQL's text type cannot hold, for all stores alike, and what a store would take
/// for sealed.
fn require_storable(change: &Change) -> Result<()> {
    if change.writes_nul() {
        return Err(Error::new(
            ErrorCode::BadRequest,
            "names, paths and other texts must not hold the character NUL (U+0000)",
        ));
    }
    if change.writes_sealed() {
        return Err(Error::new(
            ErrorCode::BadRequest,
            "credentials must be given as they are, not sealed by a core store",
        ));
    }
    Ok(())
}

pub(super) fn require_name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(
            ErrorCode::BadRequest,
            format!("the name of a {what} must not be empty"),
        ));
    }
    Ok(())
}

pub(super) fn missing(what: &str, name: impl fmt::Display) -> Error {
    Error::new(ErrorCode::NotFound, format!("{what} `{name}` not found"))
}

pub(super) fn taken(what: &str, name: impl fmt::Display) -> Error {
    Error::new(ErrorCode::Conflict, format!("{what} `{name}` already exists"))
}

fn not_loaded(name: &SourceName, is_registered: bool) -> Error {
    if is_registered {
        Error::new(ErrorCode::Conflict, format!("data source `{name}` is not loaded"))
    } else {
        missing("data source", name)
    }
}
