//! Changes of the core store.

use hugr_core::name::{CatalogSourceName, SourceName};
use hugr_core::store::{CatalogSourcePatch, Change, DataSourcePatch};
use hugr_core::{Error, ErrorCode, Result};

use super::incomplete;
use super::record::{catalog_from_proto, catalog_to_proto};
use crate::proto;
use crate::proto::change::Kind;
use crate::secret::ClusterKeys;
use crate::secret::seal::SealedFor;

impl ClusterKeys {
    /// Returns `change` as it travels.
    pub(crate) fn change_to_proto(&self, change: &Change) -> Result<proto::Change> {
        let kind = match change {
            Change::InsertDataSource(source) => Kind::InsertDataSource(self.data_source_to_proto(source)?),
            Change::UpdateDataSource { name, patch } => {
                Kind::UpdateDataSource(self.patch_to_proto(name, patch)?)
            }
            Change::DeleteDataSource(name) => Kind::DeleteDataSource(name.as_str().to_owned()),
            Change::InsertCatalogSource(catalog) => Kind::InsertCatalogSource(catalog_to_proto(catalog)),
            Change::UpdateCatalogSource { name, patch } => {
                Kind::UpdateCatalogSource(catalog_patch_to_proto(name, patch))
            }
            Change::DeleteCatalogSource(name) => Kind::DeleteCatalogSource(name.as_str().to_owned()),
            Change::LinkCatalog { source, catalog } => Kind::LinkCatalog(link_to_proto(source, catalog)),
            Change::UnlinkCatalog { source, catalog } => Kind::UnlinkCatalog(link_to_proto(source, catalog)),
            Change::Access(change) => Kind::SealedAccess(self.access_change_to_proto(change)?),
            Change::RegisterStorage(storage) => Kind::RegisterSealedStorage(self.storage_to_proto(storage)?),
            Change::UnregisterStorage(name) => Kind::UnregisterStorage(name.as_str().to_owned()),
            Change::Load(name) => Kind::Load(name.as_str().to_owned()),
            Change::Unload(name) => Kind::Unload(name.as_str().to_owned()),
            unknown => {
                let message = format!("the cluster protocol cannot carry the change {unknown:?}");
                return Err(Error::new(ErrorCode::Unsupported, message));
            }
        };
        Ok(proto::Change { kind: Some(kind) })
    }

    /// Returns the change that travelled.
    pub(crate) fn change_from_proto(&self, change: proto::Change) -> Result<Change> {
        Ok(match change.kind.ok_or_else(|| incomplete("change"))? {
            Kind::InsertDataSource(source) => Change::InsertDataSource(self.data_source_from_proto(source)?),
            Kind::UpdateDataSource(update) => self.update_from_proto(update)?,
            Kind::DeleteDataSource(name) => Change::DeleteDataSource(name.into()),
            Kind::InsertCatalogSource(catalog) => Change::InsertCatalogSource(catalog_from_proto(catalog)),
            Kind::UpdateCatalogSource(update) => Change::UpdateCatalogSource {
                name: update.name.into(),
                patch: CatalogSourcePatch {
                    kind: update.kind,
                    description: update.description.map(|text| text.value),
                    path: update.path,
                },
            },
            Kind::DeleteCatalogSource(name) => Change::DeleteCatalogSource(name.into()),
            Kind::LinkCatalog(link) => Change::LinkCatalog {
                source: link.source.into(),
                catalog: link.catalog.into(),
            },
            Kind::UnlinkCatalog(link) => Change::UnlinkCatalog {
                source: link.source.into(),
                catalog: link.catalog.into(),
            },
            Kind::SealedAccess(sealed) => Change::Access(self.access_change_from_proto(&sealed)?),
            Kind::RegisterSealedStorage(sealed) => Change::RegisterStorage(self.storage_from_proto(&sealed)?),
            Kind::UnregisterStorage(name) => Change::UnregisterStorage(name.into()),
            Kind::Load(name) => Change::Load(name.into()),
            Kind::Unload(name) => Change::Unload(name.into()),
        })
    }

    fn patch_to_proto(&self, name: &SourceName, patch: &DataSourcePatch) -> Result<proto::DataSourceUpdate> {
        let sealed_path = patch
            .path
            .as_deref()
            .map(|path| self.seal(path, SealedFor::SourcePath(name.as_str())))
            .transpose()?;
        Ok(proto::DataSourceUpdate {
            name: name.as_str().to_owned(),
            kind: patch.kind.clone(),
            description: patch.description.clone().map(|value| proto::TextChange { value }),
            prefix: patch.prefix.clone(),
            as_module: patch.as_module,
            sealed_path,
            disabled: patch.disabled,
            self_defined: patch.self_defined,
            read_only: patch.read_only,
        })
    }

    fn update_from_proto(&self, update: proto::DataSourceUpdate) -> Result<Change> {
        let path = update
            .sealed_path
            .map(|sealed| self.open(&sealed, SealedFor::SourcePath(&update.name)))
            .transpose()?;
        Ok(Change::UpdateDataSource {
            name: update.name.into(),
            patch: DataSourcePatch {
                kind: update.kind,
                description: update.description.map(|text| text.value),
                prefix: update.prefix,
                as_module: update.as_module,
                path,
                disabled: update.disabled,
                self_defined: update.self_defined,
                read_only: update.read_only,
            },
        })
    }
}

fn catalog_patch_to_proto(
    name: &CatalogSourceName,
    patch: &CatalogSourcePatch,
) -> proto::CatalogSourceUpdate {
    proto::CatalogSourceUpdate {
        name: name.as_str().to_owned(),
        kind: patch.kind.clone(),
        description: patch.description.clone().map(|value| proto::TextChange { value }),
        path: patch.path.clone(),
    }
}

fn link_to_proto(source: &SourceName, catalog: &CatalogSourceName) -> proto::CatalogLink {
    proto::CatalogLink {
        source: source.as_str().to_owned(),
        catalog: catalog.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use hugr_auth::RoleName;
    use hugr_auth::Secret;
    use hugr_core::store::{
        AccessChange, CatalogSource, CoreState, DataSource, ObjectStorage, PermissionKey,
        RolePermissionPatch, StorageKind, UrlStyle,
    };
    use prost::Message as _;

    use super::*;

    const DSN: &str = "postgres://u:password@h/db";

    fn keys() -> ClusterKeys {
        ClusterKeys::derive(&Secret::new("a")).unwrap()
    }

    fn all_changes() -> Vec<Change> {
        let catalog = CatalogSource {
            name: "sdl".into(),
            kind: "text".to_owned(),
            description: Some("d".to_owned()),
            path: "type T".to_owned(),
        };
        let patch = DataSourcePatch {
            description: Some(None),
            path: Some(DSN.to_owned()),
            read_only: Some(true),
            ..DataSourcePatch::default()
        };
        let (source, linked) = (SourceName::from("shop"), CatalogSourceName::from("sdl"));
        vec![
            Change::InsertDataSource(DataSource::new("shop", "postgres", DSN)),
            Change::InsertCatalogSource(catalog),
            Change::LinkCatalog {
                source: source.clone(),
                catalog: linked.clone(),
            },
            Change::UpdateDataSource {
                name: source.clone(),
                patch,
            },
            Change::UpdateCatalogSource {
                name: linked.clone(),
                patch: CatalogSourcePatch::default(),
            },
            Change::Load(source.clone()),
            Change::Access(access_change()),
            Change::RegisterStorage(storage()),
            Change::Unload(source.clone()),
            Change::UnlinkCatalog {
                source: source.clone(),
                catalog: linked.clone(),
            },
            Change::DeleteCatalogSource(linked),
            Change::DeleteDataSource(source),
            Change::UnregisterStorage("minio".into()),
        ]
    }

    fn storage() -> ObjectStorage {
        ObjectStorage {
            name: "minio".into(),
            kind: StorageKind::S3,
            scope: "s3://bucket".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("password"),
            region: String::new(),
            endpoint: "minio:9000".to_owned(),
            use_ssl: false,
            url_style: UrlStyle::Path,
            url_compatibility: false,
            kms_key_id: String::new(),
            account_id: String::new(),
        }
    }

    fn access_change() -> AccessChange {
        AccessChange::UpdatePermission {
            key: PermissionKey {
                role: RoleName::new("readonly"),
                type_name: "Mutation".into(),
                field_name: "*".into(),
            },
            patch: RolePermissionPatch {
                filter: Some(None),
                data: Some(Some("password".into())),
                ..RolePermissionPatch::default()
            },
        }
    }

    #[test]
    fn changes_survive_the_way() {
        for change in all_changes() {
            let sent = keys().change_to_proto(&change).unwrap();
            assert_eq!(keys().change_from_proto(sent).unwrap(), change);
        }
    }

    #[test]
    fn states_survive_the_way() {
        let state = CoreState::initial()
            .apply(all_changes().get(..8).unwrap())
            .unwrap();
        let sent = keys().state_to_proto(&state).unwrap();
        assert_eq!(keys().state_from_proto(sent).unwrap(), state);
    }

    #[test]
    fn passwords_do_not_travel_in_the_clear() {
        for change in all_changes() {
            let bytes = keys().change_to_proto(&change).unwrap().encode_to_vec();
            assert!(
                !bytes.windows(8).any(|window| window == b"password"),
                "{change:?}"
            );
        }
    }
}
