//! Tables and views of a PostgreSQL database, from its own catalog: DuckDB does not pass on comments and references.

use super::Description;
use crate::db::Session;
use crate::error::Result;
use crate::source::{NativeDatabase, ReadTerms};
use crate::sql::{Statement, quote};

/// The schema whose name is not written.
const DEFAULT_SCHEMA: &str = "public";

/// Lists tables and views as JSON. Left out: the system's schemas, what an extension owns, partitions (their table is
/// there), and what may not be read. A domain counts as the type below it, an enum as text.
const STATEMENT: &str = "
SELECT json_build_object(
  'schema', n.nspname, 'name', c.relname, 'is_view', c.relkind IN ('v', 'm'),
  'comment', obj_description(c.oid, 'pg_class'),
  'columns', (
    SELECT json_agg(json_build_object(
      'name', a.attname,
      'type', CASE
        WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod)
        WHEN t.typtype = 'e' THEN 'text'
        ELSE format_type(a.atttypid, a.atttypmod) END,
      'is_nullable', NOT (a.attnotnull OR t.typnotnull),
      'comment', col_description(c.oid, a.attnum),
      'sequence', CASE WHEN c.relkind IN ('r', 'p')
        THEN pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) END,
      'default', pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'primary_key', (
    SELECT json_agg(a.attname ORDER BY k.place)
    FROM pg_constraint p CROSS JOIN LATERAL unnest(p.conkey) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
    WHERE p.conrelid = c.oid AND p.contype = 'p'),
  'foreign_keys', (
    SELECT json_agg(json_build_object(
      'name', f.conname,
      'columns', (SELECT json_agg(a.attname ORDER BY k.place)
        FROM unnest(f.conkey) WITH ORDINALITY AS k(number, place)
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number),
      'target_schema', tn.nspname, 'target_table', tc.relname,
      'target_columns', (SELECT json_agg(a.attname ORDER BY k.place)
        FROM unnest(f.confkey) WITH ORDINALITY AS k(number, place)
        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number)) ORDER BY f.conname)
    FROM pg_constraint f JOIN pg_class tc ON tc.oid = f.confrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
    WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conparentid = 0))::text AS description
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^(pg_|_timescaledb)'
  AND n.nspname NOT IN ('timescaledb_experimental', 'timescaledb_information')
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
  AND NOT EXISTS (SELECT FROM pg_depend e
    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY n.nspname, c.relname";

/// Describes the database of a source that answers itself.
///
/// # Errors
/// As the database says.
pub(in crate::source) async fn ask(database: &dyn NativeDatabase) -> Result<Description> {
    let terms = ReadTerms {
        is_snapshot: false,
        may_change: false,
        time_zone: "UTC".into(),
    };
    let statement = Statement {
        sql: STATEMENT.to_owned(),
        params: Vec::new(),
    };
    let read = database.read(&terms).await?;
    let tables = read.query(&statement).await?;
    read.finish().await?;
    Description::of(&[tables], vec![DEFAULT_SCHEMA.to_owned()])
}

/// Describes the database that is attached as `database`.
///
/// # Errors
/// As the database says.
pub(in crate::source) fn describe(session: &mut Session, database: &str) -> Result<Description> {
    let statement = format!(
        "SELECT description FROM postgres_query({}, {})",
        quote::literal(database),
        quote::literal(STATEMENT)
    );
    Description::read(session, &statement, vec![DEFAULT_SCHEMA.to_owned()])
}
