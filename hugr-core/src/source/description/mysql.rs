//! Tables and views of a MySQL or MariaDB database: types as DuckDB reads them, keys and comments from its own catalog.

use super::Description;
use crate::db::Session;
use crate::error::Result;
use crate::sql::quote;

/// Tables and views with their comments; a view's comment is the word `VIEW`.
const TABLES: &str = "
SELECT TABLE_SCHEMA AS schema_name, TABLE_NAME AS table_name, TABLE_TYPE <> 'BASE TABLE' AS is_view,
  CASE WHEN TABLE_TYPE = 'BASE TABLE' THEN TABLE_COMMENT END AS comment
FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(DATABASE(), TABLE_SCHEMA)
  AND TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')";

/// Comments and nullability of columns.
const COLUMNS: &str = "
SELECT TABLE_SCHEMA AS schema_name, TABLE_NAME AS table_name, COLUMN_NAME AS column_name,
  IS_NULLABLE = 'YES' AS is_nullable, COLUMN_COMMENT AS comment
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(DATABASE(), TABLE_SCHEMA)";

/// Columns of primary keys and of references, one a row.
const KEYS: &str = "
SELECT k.TABLE_SCHEMA AS schema_name, k.TABLE_NAME AS table_name, k.CONSTRAINT_NAME AS constraint_name,
  k.COLUMN_NAME AS column_name, k.ORDINAL_POSITION AS place, k.REFERENCED_TABLE_SCHEMA AS target_schema,
  k.REFERENCED_TABLE_NAME AS target_table, k.REFERENCED_COLUMN_NAME AS target_column
FROM information_schema.KEY_COLUMN_USAGE k WHERE k.TABLE_SCHEMA = COALESCE(DATABASE(), k.TABLE_SCHEMA)
  AND (k.CONSTRAINT_NAME = 'PRIMARY' OR k.REFERENCED_TABLE_NAME IS NOT NULL)";

/// Describes the database that is attached as `database`; the schema `default_schema` is that of the connection.
///
/// # Errors
/// As the database says.
pub(in crate::source) fn describe(
    session: &mut Session,
    database: &str,
    default_schema: &str,
) -> Result<Description> {
    Description::read(session, &statement(database), vec![default_schema.to_owned()])
}

/// Returns the statement that lists tables and views as JSON.
fn statement(database: &str) -> String {
    let name = quote::literal(database);
    let ask = |statement: &str| format!("mysql_query({name}, {})", quote::literal(statement));
    format!(
        "WITH columns AS (
           SELECT schema_name, table_name,
             list({{'name': column_name, 'type': data_type, 'is_nullable': own.is_nullable, 'comment': own.comment}}
                  ORDER BY column_index) AS columns
           FROM duckdb_columns() JOIN {columns} AS own USING (schema_name, table_name, column_name)
           WHERE database_name = {name} GROUP BY ALL),
         key_columns AS MATERIALIZED (SELECT * FROM {keys}),
         keys AS (
           SELECT schema_name, table_name, list(column_name ORDER BY place) AS primary_key FROM key_columns
           WHERE constraint_name = 'PRIMARY' GROUP BY ALL),
         links AS (
           SELECT schema_name, table_name,
             list({{'name': constraint_name, 'columns': columns, 'target_schema': target_schema,
                    'target_table': target_table, 'target_columns': target_columns}}
                  ORDER BY constraint_name) AS foreign_keys
           FROM (SELECT schema_name, table_name, constraint_name, target_schema, target_table,
                   list(column_name ORDER BY place) AS columns, list(target_column ORDER BY place) AS target_columns
                 FROM key_columns WHERE target_table IS NOT NULL GROUP BY ALL)
           GROUP BY ALL)
         SELECT to_json({{'schema': schema_name, 'name': table_name, 'is_view': is_view::BOOLEAN, 'comment': comment,
                          'columns': columns, 'primary_key': primary_key, 'foreign_keys': foreign_keys}})::VARCHAR
         FROM {tables} AS objects LEFT JOIN columns USING (schema_name, table_name)
           LEFT JOIN keys USING (schema_name, table_name) LEFT JOIN links USING (schema_name, table_name)
         ORDER BY schema_name, table_name",
        columns = ask(COLUMNS),
        keys = ask(KEYS),
        tables = ask(TABLES),
    )
}
