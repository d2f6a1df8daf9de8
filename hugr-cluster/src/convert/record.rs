//! Records and states of the core store. Paths of data sources travel sealed.

use std::collections::{BTreeMap, BTreeSet};

use hugr_core::Result;
use hugr_core::name::SourceName;
use hugr_core::store::{CatalogSource, CoreState, DataSource, Revision};

use crate::proto;
use crate::secret::ClusterKeys;
use crate::secret::seal::SealedFor;

impl ClusterKeys {
    /// Returns `state` as it travels.
    pub(crate) fn state_to_proto(&self, state: &CoreState) -> Result<proto::CoreState> {
        let data_sources = state
            .data_sources
            .values()
            .map(|source| self.data_source_to_proto(source))
            .collect::<Result<_>>()?;
        Ok(proto::CoreState {
            revision: state.revision.0,
            data_sources,
            catalog_sources: state.catalog_sources.values().map(catalog_to_proto).collect(),
            links: state
                .links
                .iter()
                .map(|(source, catalog)| proto::CatalogLink {
                    source: source.as_str().to_owned(),
                    catalog: catalog.as_str().to_owned(),
                })
                .collect(),
            loaded: state
                .loaded
                .iter()
                .map(|(source, revision)| proto::LoadMark {
                    source: source.as_str().to_owned(),
                    revision: revision.0,
                })
                .collect(),
            sealed_access: self.access_to_proto(&state.access)?,
            sealed_storages: self.storages_to_proto(&state.storages)?,
        })
    }

    /// Returns the state that travelled.
    pub(crate) fn state_from_proto(&self, state: proto::CoreState) -> Result<CoreState> {
        let mut data_sources = BTreeMap::new();
        for source in state.data_sources {
            let source = self.data_source_from_proto(source)?;
            data_sources.insert(source.name.clone(), source);
        }
        let catalogs = state.catalog_sources.into_iter().map(catalog_from_proto);
        let links = state
            .links
            .into_iter()
            .map(|link| (link.source.into(), link.catalog.into()));
        let loaded = state
            .loaded
            .into_iter()
            .map(|mark| (SourceName::from(mark.source), Revision(mark.revision)));
        Ok(CoreState {
            revision: Revision(state.revision),
            data_sources,
            catalog_sources: catalogs.map(|catalog| (catalog.name.clone(), catalog)).collect(),
            links: links.collect::<BTreeSet<_>>(),
            loaded: loaded.collect(),
            access: self.access_from_proto(&state.sealed_access)?,
            storages: self.storages_from_proto(&state.sealed_storages)?,
        })
    }

    /// Returns `source` as it travels.
    pub(super) fn data_source_to_proto(&self, source: &DataSource) -> Result<proto::DataSource> {
        Ok(proto::DataSource {
            name: source.name.as_str().to_owned(),
            kind: source.kind.clone(),
            description: source.description.clone(),
            prefix: source.prefix.clone(),
            as_module: source.as_module,
            sealed_path: self.seal(&source.path, SealedFor::SourcePath(source.name.as_str()))?,
            disabled: source.disabled,
            self_defined: source.self_defined,
            read_only: source.read_only,
        })
    }

    /// Returns the source that travelled.
    pub(super) fn data_source_from_proto(&self, source: proto::DataSource) -> Result<DataSource> {
        let path = self.open(&source.sealed_path, SealedFor::SourcePath(&source.name))?;
        Ok(DataSource {
            name: source.name.into(),
            kind: source.kind,
            description: source.description,
            prefix: source.prefix,
            as_module: source.as_module,
            path,
            disabled: source.disabled,
            self_defined: source.self_defined,
            read_only: source.read_only,
        })
    }
}

/// Returns `catalog` as it travels.
pub(super) fn catalog_to_proto(catalog: &CatalogSource) -> proto::CatalogSource {
    proto::CatalogSource {
        name: catalog.name.as_str().to_owned(),
        kind: catalog.kind.clone(),
        description: catalog.description.clone(),
        path: catalog.path.clone(),
    }
}

/// Returns the catalog source that travelled.
pub(super) fn catalog_from_proto(catalog: proto::CatalogSource) -> CatalogSource {
    CatalogSource {
        name: catalog.name.into(),
        kind: catalog.kind,
        description: catalog.description,
        path: catalog.path,
    }
}
