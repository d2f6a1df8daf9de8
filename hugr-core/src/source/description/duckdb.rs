//! Tables and views of a database that is attached to DuckDB, as DuckDB lists them.

use super::Description;
use crate::db::Session;
use crate::error::Result;
use crate::sql::quote;

/// The schema whose name is not written.
const DEFAULT_SCHEMA: &str = "main";

/// Describes the attached database `database`.
///
/// # Errors
/// As DuckDB says.
pub(in crate::source) fn describe(session: &mut Session, database: &str) -> Result<Description> {
    Description::read(session, &statement(database), vec![DEFAULT_SCHEMA.to_owned()])
}

/// Returns the statement that lists tables and views as JSON.
fn statement(database: &str) -> String {
    let database = quote::literal(database);
    format!(
        "WITH objects AS (
           SELECT schema_name, table_name, false AS is_view, comment FROM duckdb_tables()
           WHERE database_name = {database} AND NOT internal AND NOT temporary
           UNION ALL
           SELECT schema_name, view_name, true, comment FROM duckdb_views()
           WHERE database_name = {database} AND NOT internal AND NOT temporary),
         columns AS (
           SELECT schema_name, table_name,
             list({{'name': column_name, 'type': data_type, 'is_nullable': is_nullable, 'comment': comment,
                    'default': column_default}} ORDER BY column_index) AS columns
           FROM duckdb_columns() WHERE database_name = {database} GROUP BY ALL),
         keys AS (
           SELECT schema_name, table_name, first(constraint_column_names) AS primary_key
           FROM duckdb_constraints()
           WHERE database_name = {database} AND constraint_type = 'PRIMARY KEY' GROUP BY ALL),
         links AS (
           SELECT schema_name, table_name,
             list({{'name': constraint_name, 'columns': constraint_column_names, 'target_schema': schema_name,
                    'target_table': referenced_table, 'target_columns': referenced_column_names}}
                  ORDER BY constraint_index) AS foreign_keys
           FROM duckdb_constraints()
           WHERE database_name = {database} AND constraint_type = 'FOREIGN KEY' GROUP BY ALL)
         SELECT to_json({{'schema': schema_name, 'name': table_name, 'is_view': is_view, 'comment': comment,
                          'columns': columns, 'primary_key': primary_key, 'foreign_keys': foreign_keys}})::VARCHAR
         FROM objects LEFT JOIN columns USING (schema_name, table_name) LEFT JOIN keys USING (schema_name, table_name)
           LEFT JOIN links USING (schema_name, table_name)
         ORDER BY schema_name, table_name"
    )
}
