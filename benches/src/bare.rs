//! Statements without the engine: prepared once, executed with bound values, their rows fetched as Arrow.

use std::path::Path;

use duckdb::{Connection, Statement, params_from_iter};
use hugr_core::sql::Value;

use crate::Failure;
use crate::shop::{SOURCE, path_text};

/// Opens a connection that sees the file at `path` as the engine's connections see a data source.
///
/// # Errors
/// When the file cannot be opened.
pub fn connect(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open_in_memory()?;
    let path = path_text(path)?.replace('\'', "''");
    connection.execute_batch(&format!("ATTACH DATABASE '{path}' AS \"{SOURCE}\" (READ_ONLY)"))?;
    Ok(connection)
}

/// Runs a prepared statement and returns the number of its rows.
///
/// # Errors
/// As DuckDB says.
pub fn run(statement: &mut Statement<'_>, params: &[Value]) -> Result<usize, Failure> {
    let rows = statement.query_arrow(params_from_iter(params.iter().map(bound)))?;
    Ok(rows.map(|batch| batch.num_rows()).sum())
}

fn bound(value: &Value) -> duckdb::types::Value {
    match value {
        Value::Null => duckdb::types::Value::Null,
        Value::Bool(value) => duckdb::types::Value::Boolean(*value),
        Value::Int(value) => duckdb::types::Value::BigInt(*value),
        Value::Float(value) => duckdb::types::Value::Double(*value),
        Value::Text(value) => duckdb::types::Value::Text(value.clone()),
        Value::List(_) => duckdb::types::Value::Text(value.to_json().to_string()),
    }
}
