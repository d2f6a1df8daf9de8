//! What a server can do.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::connection::Connection;
use super::error::query_error;
use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;
use crate::sql::dialect::{PostgresDialect, PostgresExtensions};
use crate::sql::quote;

/// First version that is supported.
const MIN_VERSION: u16 = 13;

const FEATURES: &str = "SELECT current_setting('server_version_num')::int / 10000, \
    coalesce((SELECT array_agg(extname::text) FROM pg_extension), '{}')";

/// Asks the server of `source`.
///
/// # Errors
/// `UNSUPPORTED` when it is too old, and those of asking.
pub(super) async fn ask_features(source: &SourceName, connection: &Connection) -> Result<PostgresDialect> {
    let row = query_one(connection, FEATURES)
        .await
        .map_err(|error| query_error(source, error))?;
    let unexpected = || Error::internal("the answer on the server's features is odd");
    let row = row.ok_or_else(unexpected)?;
    let version: i32 = row.try_get(0).map_err(|error| unexpected().with_source(error))?;
    let extensions: Vec<String> = row.try_get(1).map_err(|error| unexpected().with_source(error))?;
    let version = u16::try_from(version).unwrap_or(0);
    if version < MIN_VERSION {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("data source `{source}` is PostgreSQL {version}; {MIN_VERSION} or later is needed"),
        ));
    }
    let has = |name: &str| extensions.iter().any(|extension| extension == name);
    Ok(PostgresDialect {
        version,
        extensions: PostgresExtensions {
            postgis: has("postgis"),
            vector: has("vector"),
            timescale: has("timescaledb"),
        },
    })
}

/// Asks the server of `source` which relations `search_path` finds that are not in the schema `public`, the one in which
/// DuckDB looks for names without a schema. Poolers give each transaction another session, so that the path is set for the
/// one statement.
///
/// # Errors
/// Those of asking.
pub(super) async fn ask_schemas(
    source: &SourceName,
    connection: &Connection,
    search_path: &str,
) -> Result<HashMap<String, String>> {
    let sql = format!(
        "WITH path AS MATERIALIZED (SELECT set_config('search_path', {}, true)) \
         SELECT c.relname::text, n.nspname::text FROM path, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$|public$)' \
         AND pg_table_is_visible(CASE WHEN set_config IS NOT NULL THEN c.oid END)",
        quote::literal(search_path)
    );
    let rows = connection
        .driver
        .drive(connection.client.query_typed(&sql, &[]))
        .await;
    let rows = rows.map_err(|error| query_error(source, error))?;
    let mut schemas = HashMap::with_capacity(rows.len());
    for row in rows {
        let text = |index| {
            row.try_get::<_, String>(index)
                .map_err(|error| Error::internal("the answer on schemas is odd").with_source(error))
        };
        schemas.insert(text(0)?, text(1)?);
    }
    Ok(schemas)
}

/// Asks for one row by a statement without a name, which poolers let through.
pub(super) async fn query_one(
    connection: &Connection,
    sql: &str,
) -> Result<Option<Row>, tokio_postgres::Error> {
    let rows = connection
        .driver
        .drive(connection.client.query_typed(sql, &[]))
        .await?;
    Ok(rows.into_iter().next())
}
