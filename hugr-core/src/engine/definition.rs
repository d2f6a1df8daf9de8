//! Data sources that a host declares in code.

use crate::name::{CatalogSourceName, SourceName};
use crate::store::{
    CatalogSource, CatalogSourceKind, CatalogSourcePatch, Change, CoreState, DataSource, DataSourcePatch,
};

/// A data source with its SDL, to be registered and loaded when the engine is built.
#[derive(Clone, Debug)]
pub struct SourceDefinition {
    source: DataSource,
    catalogs: Vec<CatalogSource>,
}

impl DataSource {
    /// Returns a DuckDB source: a file, or `:memory:`.
    #[must_use]
    pub fn duckdb(name: impl Into<SourceName>, path: impl Into<String>) -> SourceDefinition {
        SourceDefinition {
            source: Self::new(name, "duckdb", path),
            catalogs: Vec::new(),
        }
    }

    /// Returns a PostgreSQL source: `postgres://user:password@host:port/database`.
    #[must_use]
    pub fn postgres(name: impl Into<SourceName>, url: impl Into<String>) -> SourceDefinition {
        SourceDefinition {
            source: Self::new(name, "postgres", url),
            catalogs: Vec::new(),
        }
    }
}

impl SourceDefinition {
    /// Describes the source by SDL text.
    #[must_use]
    pub fn with_sdl(self, sdl: impl Into<String>) -> Self {
        self.with_catalog(CatalogSourceKind::Text, sdl.into())
    }

    /// Describes the source by the `.graphql` files of a folder.
    #[must_use]
    pub fn with_schema_folder(self, folder: impl Into<String>) -> Self {
        self.with_catalog(CatalogSourceKind::LocalFs, folder.into())
    }

    /// Describes the source by what its database says of its tables and views; catalogs may add to it.
    #[must_use]
    pub fn self_defined(mut self) -> Self {
        self.source.self_defined = true;
        self
    }

    /// Puts `prefix` and `_` before each of its type names.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.source.prefix = prefix.into();
        self
    }

    /// Puts its root fields into a module of its name.
    #[must_use]
    pub fn as_module(mut self) -> Self {
        self.source.as_module = true;
        self
    }

    /// Opens and serves it without mutations.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.source.read_only = true;
        self
    }

    fn with_catalog(mut self, kind: CatalogSourceKind, path: String) -> Self {
        let name = CatalogSourceName::from(format!("{}:{}", self.source.name, self.catalogs.len() + 1));
        self.catalogs.push(CatalogSource {
            name,
            kind: kind.as_str().to_owned(),
            description: None,
            path,
        });
        self
    }

    /// Returns the changes after which `state` registers exactly this definition and wants it loaded.
    pub(super) fn changes(&self, state: &CoreState) -> Vec<Change> {
        let mut changes = Vec::new();
        let name = &self.source.name;
        match state.data_sources.get(name) {
            None => changes.push(Change::InsertDataSource(self.source.clone())),
            Some(present) if *present != self.source => changes.push(Change::UpdateDataSource {
                name: name.clone(),
                patch: replacement(&self.source),
            }),
            Some(_) => {}
        }
        for catalog in &self.catalogs {
            match state.catalog_sources.get(&catalog.name) {
                None => changes.push(Change::InsertCatalogSource(catalog.clone())),
                Some(present) if present != catalog => changes.push(Change::UpdateCatalogSource {
                    name: catalog.name.clone(),
                    patch: CatalogSourcePatch {
                        kind: Some(catalog.kind.clone()),
                        description: None,
                        path: Some(catalog.path.clone()),
                    },
                }),
                Some(_) => {}
            }
            if !state.links.contains(&(name.clone(), catalog.name.clone())) {
                changes.push(Change::LinkCatalog {
                    source: name.clone(),
                    catalog: catalog.name.clone(),
                });
            }
        }
        if !changes.is_empty() || !state.loaded.contains_key(name) {
            changes.push(Change::Load(name.clone()));
        }
        changes
    }
}

fn replacement(source: &DataSource) -> DataSourcePatch {
    DataSourcePatch {
        kind: Some(source.kind.clone()),
        description: Some(source.description.clone()),
        prefix: Some(source.prefix.clone()),
        as_module: Some(source.as_module),
        path: Some(source.path.clone()),
        disabled: Some(source.disabled),
        self_defined: Some(source.self_defined),
        read_only: Some(source.read_only),
    }
}
