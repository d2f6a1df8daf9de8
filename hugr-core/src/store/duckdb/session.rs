//! What is done with a DuckDB file, on its thread.

use serde::de::DeserializeOwned;

use crate::db::Session;
use crate::error::{Error, ErrorCode, Result};
use crate::sql::param::Value;
use crate::sql::quote;
use crate::store::migration::{self, AppliedMigration, MIGRATIONS};
use crate::store::{Change, CoreState, Revision, StoreKeys, document, statement};

/// Reads the registry as part of a JSON document.
macro_rules! registry {
    () => {
        "'data_sources', (SELECT coalesce(json_group_array(d), '[]') FROM (\
            SELECT name, type, description, coalesce(prefix, '') AS prefix, as_module, path, disabled, \
            self_defined, read_only FROM data_sources) AS d), \
        'catalog_sources', (SELECT coalesce(json_group_array(c), '[]') FROM (\
            SELECT name, type, description, path FROM catalog_sources) AS c), \
        'links', (SELECT coalesce(json_group_array(l), '[]') FROM (\
            SELECT data_source_name AS source, catalog_name AS catalog FROM data_source_catalogs) AS l)"
    };
}

/// Reads who may do what as part of a JSON document. A column is looked for in the row where old registries lack it.
macro_rules! access {
    () => {
        ", 'access', json_object(\
        'roles', (SELECT coalesce(json_group_array(r), '[]') FROM (\
            SELECT name, coalesce(description, '') AS description, disabled, \
            coalesce((to_json(roles) ->> 'can_impersonate')::BOOLEAN, name = 'admin') AS can_impersonate \
            FROM roles) AS r), \
        'permissions', (SELECT coalesce(json_group_array(p), '[]') FROM (\
            SELECT role, type_name, field_name, hidden, disabled, filter, data FROM permissions) AS p), \
        'api_keys', (SELECT coalesce(json_group_array(k), '[]') FROM (\
            SELECT name, key, coalesce(description, '') AS description, nullif(default_role, '') AS default_role, \
            disabled, is_temporal, strftime(expires_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS expires_at, headers, claims \
            FROM api_keys) AS k))"
    };
}

/// Reads object storages as part of a JSON document.
macro_rules! storages {
    () => {
        ", 'storages', (SELECT coalesce(json_group_array(s), '[]') FROM (\
            SELECT name, type, scope, key, secret, region, endpoint, use_ssl, url_style, url_compatibility, \
            kms_key_id, account_id FROM object_storages) AS s)"
    };
}

/// Reads what databases of every age hold.
macro_rules! sources {
    () => {
        concat!(
            "SELECT json_object('revision', (SELECT revision FROM core_revision), \
            'loaded', (SELECT coalesce(json_group_array(m), '[]') FROM (\
                SELECT name, revision FROM loaded_data_sources) AS m), ",
            registry!(),
        )
    };
}

const READ_STATE: &str = concat!(sources!(), access!(), storages!(), ")::VARCHAR");
/// For a file that cannot be migrated, and has not seen object storages.
const READ_SOURCES_AND_ACCESS: &str = concat!(sources!(), access!(), ")::VARCHAR");
/// For a file that cannot be migrated, and has not seen roles.
const READ_SOURCES: &str = concat!(sources!(), ")::VARCHAR");
/// For a file that holds a registry and nothing of ours, with roles and without.
const READ_REGISTRY: &str = concat!(
    "SELECT json_object('revision', 0, 'loaded', '[]'::JSON, ",
    registry!(),
    access!(),
    ")::VARCHAR"
);
const READ_SOURCES_OF_REGISTRY: &str = concat!(
    "SELECT json_object('revision', 0, 'loaded', '[]'::JSON, ",
    registry!(),
    ")::VARCHAR"
);
const READ_REVISION: &str = "SELECT json(revision)::VARCHAR FROM core_revision";
const READ_LOG: &str = "SELECT coalesce(json_group_array(m), '[]')::VARCHAR FROM (\
    SELECT version, checksum FROM core_migrations ORDER BY version) AS m";
const COUNT_TABLE: &str = "SELECT json(count(*))::VARCHAR FROM duckdb_tables() \
    WHERE database_name = current_database() AND schema_name = current_schema() AND table_name = $1";

/// Returns the statements that make the file at `url` the present database, to read it.
pub(super) fn attach_read_only(url: &str) -> String {
    format!(
        "ATTACH {} AS core_file (READ_ONLY); USE core_file",
        quote::literal(url)
    )
}

/// Brings the tables to their present shape.
///
/// # Errors
/// `UNSUPPORTED` when a newer build has changed them.
pub(super) fn migrate(session: &mut Session) -> Result<()> {
    session.execute_batch(migration::CREATE_LOG)?;
    let applied: Vec<AppliedMigration> = read_json(session, READ_LOG, &[])?;
    for migration in migration::due(MIGRATIONS, &applied)? {
        session.execute_batch(migration.sql)?;
        let params = [
            Value::Int(migration.version),
            migration.name.into(),
            migration.checksum().into(),
        ];
        session.execute(migration::LOG_MIGRATION, &params)?;
    }
    Ok(())
}

/// Commits `changes`, inside a transaction.
///
/// # Errors
/// As [`CoreStore::commit`](crate::store::CoreStore::commit) says.
pub(super) fn commit(
    session: &mut Session,
    keys: &StoreKeys,
    expected: Option<Revision>,
    changes: &[Change],
) -> Result<Revision> {
    let stored = read_stored(session)?;
    stored.revision.require(expected)?;
    let new = keys.opened(stored.clone()).apply(changes)?;
    for statement in statement::between(&stored, &keys.sealed(&stored, &new)?)? {
        session.execute(statement.sql, &statement.params)?;
    }
    Ok(new.revision)
}

/// Seals with the present key what could be and is not, inside a transaction; returns whether there was any.
///
/// # Errors
/// As [`CoreStore::commit`](crate::store::CoreStore::commit) says.
pub(super) fn seal_anew(session: &mut Session, keys: &StoreKeys) -> Result<bool> {
    let is_due = keys.would_seal(&read_stored(session)?);
    if is_due {
        commit(session, keys, None, &[])?;
    }
    Ok(is_due)
}

/// Returns the present state, with credentials as they lie there.
///
/// # Errors
/// When the tables cannot be read.
pub(super) fn read_stored(session: &mut Session) -> Result<CoreState> {
    document::parse(&read_text(session, READ_STATE, &[])?)
}

/// Returns the present revision.
///
/// # Errors
/// When the tables cannot be read.
pub(super) fn read_revision(session: &mut Session) -> Result<Revision> {
    read_json(session, READ_REVISION, &[])
}

/// Returns the state of a file that cannot be migrated, or `None` when it holds no registry.
///
/// # Errors
/// `UNSUPPORTED` when a newer build has changed its tables.
pub(super) fn read_any(session: &mut Session) -> Result<Option<CoreState>> {
    if has_table(session, "core_migrations")? {
        let applied: Vec<AppliedMigration> = read_json(session, READ_LOG, &[])?;
        let due = migration::due(MIGRATIONS, &applied)?;
        let has_seen = |version| !due.iter().any(|migration| migration.version == version);
        let sql = match (has_seen(migration::ACCESS), has_seen(migration::STORAGES)) {
            (true, true) => READ_STATE,
            (true, false) => READ_SOURCES_AND_ACCESS,
            (false, _) => READ_SOURCES,
        };
        return document::parse(&read_text(session, sql, &[])?).map(Some);
    }
    if !has_table(session, "data_sources")? {
        return Ok(None);
    }
    let sql = if has_table(session, "roles")? {
        READ_REGISTRY
    } else {
        READ_SOURCES_OF_REGISTRY
    };
    document::parse(&read_text(session, sql, &[])?).map(Some)
}

fn has_table(session: &mut Session, name: &str) -> Result<bool> {
    let count: u64 = read_json(session, COUNT_TABLE, &[name.into()])?;
    Ok(count > 0)
}

fn read_json<T: DeserializeOwned>(session: &mut Session, sql: &'static str, params: &[Value]) -> Result<T> {
    let text = read_text(session, sql, params)?;
    serde_json::from_str(&text).map_err(|error| {
        Error::internal("the core database was read in an unexpected form").with_source(error)
    })
}

/// Returns the text in the first column of the first row.
fn read_text(session: &mut Session, sql: &'static str, params: &[Value]) -> Result<String> {
    session.query(sql, params)?.first_text().ok_or_else(|| {
        Error::new(
            ErrorCode::SourceUnavailable,
            "the core database has lost its revision",
        )
    })
}
