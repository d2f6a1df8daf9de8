//! The statements that bring a core database from one state to the next, for PostgreSQL and DuckDB alike. PURE.

use super::record::{CatalogSource, DataSource};
use super::state::{CoreState, Revision};
use super::{access, storage};
use crate::error::{Error, Result};
use crate::sql::param::Value;

/// A statement with its bound values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) sql: &'static str,
    pub(super) params: Vec<Value>,
}

const INSERT_DATA_SOURCE: &str = "INSERT INTO data_sources (name, type, description, prefix, as_module, path, \
    disabled, self_defined, read_only) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const UPDATE_DATA_SOURCE: &str = "UPDATE data_sources SET type = $2, description = $3, prefix = $4, as_module = $5, \
    path = $6, disabled = $7, self_defined = $8, read_only = $9, updated_at = CAST(now() AS timestamp) \
    WHERE name = $1";
const DELETE_DATA_SOURCE: &str = "DELETE FROM data_sources WHERE name = $1";
const INSERT_CATALOG_SOURCE: &str =
    "INSERT INTO catalog_sources (name, type, description, path) VALUES ($1, $2, $3, $4)";
const UPDATE_CATALOG_SOURCE: &str = "UPDATE catalog_sources SET type = $2, description = $3, path = $4, \
    updated_at = CAST(now() AS timestamp) WHERE name = $1";
const DELETE_CATALOG_SOURCE: &str = "DELETE FROM catalog_sources WHERE name = $1";
const INSERT_LINK: &str = "INSERT INTO data_source_catalogs (data_source_name, catalog_name) VALUES ($1, $2)";
const DELETE_LINK: &str =
    "DELETE FROM data_source_catalogs WHERE data_source_name = $1 AND catalog_name = $2";
const MARK_LOADED: &str = "INSERT INTO loaded_data_sources (name, revision) VALUES ($1, $2) \
    ON CONFLICT (name) DO UPDATE SET revision = excluded.revision";
const UNMARK_LOADED: &str = "DELETE FROM loaded_data_sources WHERE name = $1";
const SET_REVISION: &str = "UPDATE core_revision SET revision = $1";

/// Returns the statements that turn a database with content `old` into one with content `new`, deletions first.
///
/// # Errors
/// `INTERNAL` when a revision is too large for the database.
pub(super) fn between(old: &CoreState, new: &CoreState) -> Result<Vec<Statement>> {
    let mut statements = Vec::new();
    push_deletions(old, new, &mut statements);
    access::statement::push_deletions(&old.access, &new.access, &mut statements);
    push_registry_changes(old, new, &mut statements);
    access::statement::push_changes(&old.access, &new.access, &mut statements);
    storage::statement::push(&old.storages, &new.storages, &mut statements);
    for (name, revision) in &new.loaded {
        if old.loaded.get(name) != Some(revision) {
            let params = vec![name.as_str().into(), stored(*revision)?];
            statements.push(Statement {
                sql: MARK_LOADED,
                params,
            });
        }
    }
    statements.push(Statement {
        sql: SET_REVISION,
        params: vec![stored(new.revision)?],
    });
    Ok(statements)
}

fn push_deletions(old: &CoreState, new: &CoreState, statements: &mut Vec<Statement>) {
    let mut delete = |sql, params| statements.push(Statement { sql, params });
    for name in old.loaded.keys().filter(|name| !new.loaded.contains_key(*name)) {
        delete(UNMARK_LOADED, vec![name.as_str().into()]);
    }
    for (source, catalog) in old.links.difference(&new.links) {
        delete(DELETE_LINK, vec![source.as_str().into(), catalog.as_str().into()]);
    }
    for name in old
        .data_sources
        .keys()
        .filter(|name| !new.data_sources.contains_key(*name))
    {
        delete(DELETE_DATA_SOURCE, vec![name.as_str().into()]);
    }
    for name in old
        .catalog_sources
        .keys()
        .filter(|name| !new.catalog_sources.contains_key(*name))
    {
        delete(DELETE_CATALOG_SOURCE, vec![name.as_str().into()]);
    }
}

fn push_registry_changes(old: &CoreState, new: &CoreState, statements: &mut Vec<Statement>) {
    let mut write = |sql, params| statements.push(Statement { sql, params });
    for (name, source) in &new.data_sources {
        match old.data_sources.get(name) {
            None => write(INSERT_DATA_SOURCE, data_source_params(source)),
            Some(before) if before != source => write(UPDATE_DATA_SOURCE, data_source_params(source)),
            Some(_) => {}
        }
    }
    for (name, catalog) in &new.catalog_sources {
        match old.catalog_sources.get(name) {
            None => write(INSERT_CATALOG_SOURCE, catalog_source_params(catalog)),
            Some(before) if before != catalog => write(UPDATE_CATALOG_SOURCE, catalog_source_params(catalog)),
            Some(_) => {}
        }
    }
    for (source, catalog) in new.links.difference(&old.links) {
        write(INSERT_LINK, vec![source.as_str().into(), catalog.as_str().into()]);
    }
}

fn data_source_params(source: &DataSource) -> Vec<Value> {
    vec![
        source.name.as_str().into(),
        source.kind.as_str().into(),
        source.description.as_deref().into(),
        source.prefix.as_str().into(),
        source.as_module.into(),
        source.path.as_str().into(),
        source.disabled.into(),
        source.self_defined.into(),
        source.read_only.into(),
    ]
}

fn catalog_source_params(catalog: &CatalogSource) -> Vec<Value> {
    vec![
        catalog.name.as_str().into(),
        catalog.kind.as_str().into(),
        catalog.description.as_deref().into(),
        catalog.path.as_str().into(),
    ]
}

fn stored(revision: Revision) -> Result<Value> {
    i64::try_from(revision.0)
        .map(Value::Int)
        .map_err(|error| Error::internal("the revision does not fit a bigint").with_source(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Change;

    fn tables(old: &CoreState, new: &CoreState) -> Vec<String> {
        between(old, new)
            .unwrap()
            .into_iter()
            .map(|statement| {
                statement
                    .sql
                    .split(['(', '=', '$'])
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn an_empty_commit_raises_the_revision_only() {
        let old = CoreState::default();
        let new = old.apply(&[]).unwrap();
        assert_eq!(
            between(&old, &new).unwrap(),
            [Statement {
                sql: SET_REVISION,
                params: vec![Value::Int(1)]
            }]
        );
    }

    #[test]
    fn what_stays_equal_is_not_written() {
        let source = DataSource::new("shop", "duckdb", "shop.duckdb");
        let old = CoreState::default()
            .apply(&[Change::InsertDataSource(source)])
            .unwrap();
        let new = old.apply(&[Change::Load("shop".into())]).unwrap();
        assert_eq!(
            tables(&old, &new),
            [
                "INSERT INTO loaded_data_sources",
                "UPDATE core_revision SET revision"
            ]
        );
    }

    #[test]
    fn deletions_come_first() {
        let source = DataSource::new("shop", "duckdb", "shop.duckdb");
        let old = CoreState::default()
            .apply(&[
                Change::InsertDataSource(source.clone()),
                Change::Load("shop".into()),
            ])
            .unwrap();
        let renamed = DataSource {
            name: "store".into(),
            ..source
        };
        let new = old
            .apply(&[
                Change::InsertDataSource(renamed),
                Change::DeleteDataSource("shop".into()),
            ])
            .unwrap();
        assert_eq!(
            tables(&old, &new),
            [
                "DELETE FROM loaded_data_sources WHERE name",
                "DELETE FROM data_sources WHERE name",
                "INSERT INTO data_sources",
                "UPDATE core_revision SET revision"
            ]
        );
    }
}
