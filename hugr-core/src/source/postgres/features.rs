//! What a server can do.

use tokio_postgres::Row;

use super::connection::Connection;
use super::error::query_error;
use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;
use crate::sql::dialect::{PostgresDialect, PostgresExtensions};

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
