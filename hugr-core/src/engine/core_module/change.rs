//! The data of mutations on module `core` as changes of the core store.

use std::str::FromStr;

use serde_json::{Map, Value as Json};

use super::access_change;
use crate::error::{Error, ErrorCode, Result};
use crate::name::{CatalogSourceName, SourceName};
use crate::store::record::MASK;
use crate::store::{
    CatalogSource, CatalogSourceKind, CatalogSourcePatch, Change, DataSource, DataSourcePatch,
};

pub(super) type Data = Map<String, Json>;

/// Returns the changes that insert a row of `table`, with the rows nested in it.
pub(super) fn insert(table: &str, data: &Data) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    match table {
        "data_sources" => insert_data_source(data, &mut changes)?,
        "catalog_sources" => insert_catalog_source(data, &mut changes)?,
        "catalogs" => changes.push(Change::LinkCatalog {
            source: SourceName::from(required(data, "data_source_name")?),
            catalog: CatalogSourceName::from(required(data, "catalog_name")?),
        }),
        other => access_change::insert(other, data, &mut changes)?,
    }
    Ok(changes)
}

/// Returns the change that gives the row of `table` with `key` the values of `data`.
pub(super) fn update(table: &str, key: &Data, data: &Data) -> Result<Change> {
    if let Some((column, _)) = key
        .iter()
        .find(|(column, value)| data.get(*column).is_some_and(|new| new != *value))
    {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "column `{column}` of `{table}` is its key and cannot be changed; delete and insert instead"
            ),
        ));
    }
    match table {
        "data_sources" => Ok(Change::UpdateDataSource {
            name: SourceName::from(required(key, "name")?),
            patch: DataSourcePatch {
                kind: text(data, "type"),
                description: nullable_text(data, "description"),
                prefix: text(data, "prefix"),
                as_module: boolean(data, "as_module"),
                path: path(data)?,
                disabled: boolean(data, "disabled"),
                self_defined: boolean(data, "self_defined"),
                read_only: boolean(data, "read_only"),
            },
        }),
        "catalog_sources" => {
            let kind = text(data, "type");
            if let Some(kind) = &kind {
                CatalogSourceKind::from_str(kind)?;
            }
            Ok(Change::UpdateCatalogSource {
                name: CatalogSourceName::from(required(key, "name")?),
                patch: CatalogSourcePatch {
                    kind,
                    description: nullable_text(data, "description"),
                    path: path(data)?,
                },
            })
        }
        other => access_change::update(other, key, data),
    }
}

/// Returns the change that removes the row of `table` with `key`.
pub(super) fn delete(table: &str, key: &Data) -> Result<Change> {
    match table {
        "data_sources" => Ok(Change::DeleteDataSource(SourceName::from(required(key, "name")?))),
        "catalog_sources" => Ok(Change::DeleteCatalogSource(CatalogSourceName::from(required(
            key, "name",
        )?))),
        "catalogs" => Ok(Change::UnlinkCatalog {
            source: SourceName::from(required(key, "data_source_name")?),
            catalog: CatalogSourceName::from(required(key, "catalog_name")?),
        }),
        other => access_change::delete(other, key),
    }
}

fn insert_data_source(data: &Data, changes: &mut Vec<Change>) -> Result<()> {
    let name = SourceName::from(required(data, "name")?);
    let path = path(data)?.ok_or_else(|| missing("path"))?;
    changes.push(Change::InsertDataSource(DataSource {
        description: text(data, "description"),
        prefix: text(data, "prefix").unwrap_or_default(),
        as_module: boolean(data, "as_module").unwrap_or(false),
        disabled: boolean(data, "disabled").unwrap_or(false),
        self_defined: boolean(data, "self_defined").unwrap_or(false),
        read_only: boolean(data, "read_only").unwrap_or(false),
        ..DataSource::new(name.clone(), required(data, "type")?, path)
    }));
    for catalog in nested(data, "catalogs") {
        insert_catalog_source(catalog, changes)?;
        let catalog = CatalogSourceName::from(required(catalog, "name")?);
        changes.push(Change::LinkCatalog {
            source: name.clone(),
            catalog,
        });
    }
    Ok(())
}

fn insert_catalog_source(data: &Data, changes: &mut Vec<Change>) -> Result<()> {
    let name = CatalogSourceName::from(required(data, "name")?);
    let kind = required(data, "type")?;
    CatalogSourceKind::from_str(kind)?;
    changes.push(Change::InsertCatalogSource(CatalogSource {
        name: name.clone(),
        kind: kind.to_owned(),
        description: text(data, "description"),
        path: path(data)?.ok_or_else(|| missing("path"))?,
    }));
    for source in nested(data, "data_sources") {
        insert_data_source(source, changes)?;
        let source = SourceName::from(required(source, "name")?);
        changes.push(Change::LinkCatalog {
            source,
            catalog: name.clone(),
        });
    }
    Ok(())
}

pub(super) fn nested<'a>(data: &'a Data, member: &str) -> impl Iterator<Item = &'a Data> {
    let items = match data.get(member) {
        Some(Json::Array(items)) => items.as_slice(),
        Some(one @ Json::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    };
    items.iter().filter_map(Json::as_object)
}

pub(super) fn required<'a>(data: &'a Data, member: &str) -> Result<&'a str> {
    data.get(member)
        .and_then(Json::as_str)
        .ok_or_else(|| missing(member))
}

pub(super) fn text(data: &Data, member: &str) -> Option<String> {
    data.get(member).and_then(Json::as_str).map(str::to_owned)
}

/// An explicit null clears the column.
fn nullable_text(data: &Data, member: &str) -> Option<Option<String>> {
    data.get(member).map(|value| value.as_str().map(str::to_owned))
}

pub(super) fn boolean(data: &Data, member: &str) -> Option<bool> {
    data.get(member).and_then(Json::as_bool)
}

/// A path that was read has its password masked; writing it back would lose the password.
fn path(data: &Data) -> Result<Option<String>> {
    let path = text(data, "path");
    if path
        .as_deref()
        .is_some_and(|path| path.contains(&format!(":{MASK}@")))
    {
        return Err(Error::new(
            ErrorCode::BadRequest,
            "the path holds a masked password; give the password, or leave the path out to keep it",
        ));
    }
    Ok(path)
}

pub(super) fn missing(member: &str) -> Error {
    Error::new(ErrorCode::GraphqlValidation, format!("`{member}` is required"))
}

pub(super) fn read_only(table: &str) -> Error {
    Error::new(
        ErrorCode::Unsupported,
        format!("rows of `{table}` cannot be changed this way"),
    )
}
