//! [`Description`] → SDL text.
//!
//! Names that GraphQL does not allow are changed, and the SQL name is kept beside them. Columns whose type no scalar holds
//! are left out, with the keys that they are part of; so are tables without columns.

use std::collections::HashSet;
use std::fmt::Write;

use super::column_type::{self, ColumnType};
use super::identifier::{SAFE_START, free_name, identifier};
use super::references::{self, Reference};
use super::{ColumnDescription, Description, TableDescription};
use crate::catalog::scalar::Scalar;
use crate::catalog::sdl::quoted;
use crate::sql::quote;

/// Types that a source cannot define.
const TAKEN_TYPES: [&str; 5] = [
    "Query",
    "Mutation",
    "Subscription",
    "Function",
    "MutationFunction",
];

/// A table or view that is served.
pub(super) struct Served<'a> {
    pub(super) table: &'a TableDescription,
    pub(super) type_name: String,
    /// Columns with the names and types of their fields, in order.
    pub(super) fields: Vec<(&'a ColumnDescription, String, ColumnType)>,
}

impl Served<'_> {
    /// Returns the names of the fields of `columns`; `None` when one of them is not served.
    pub(super) fn fields_of(&self, columns: &[String]) -> Option<Vec<&str>> {
        let find = |column: &String| {
            let mut fields = self.fields.iter();
            let found = fields.find(|(described, ..)| described.name == *column);
            found.map(|(_, field, _)| field.as_str())
        };
        columns.iter().map(find).collect()
    }
}

/// Returns the SDL of `description`.
pub(super) fn write(description: &Description) -> String {
    let served = served(description);
    let mut text = String::new();
    for (object, references) in served.iter().zip(references::of(&served)) {
        if !text.is_empty() {
            text.push('\n');
        }
        write_object(&mut text, description, object, &references);
    }
    text
}

fn served(description: &Description) -> Vec<Served<'_>> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut served = Vec::new();
    for table in &description.tables {
        let fields = fields(table);
        if fields.is_empty() {
            continue;
        }
        let stem = if is_default(description, &table.schema) {
            identifier(&table.name)
        } else {
            identifier(&format!("{}.{}", table.schema, table.name))
        };
        let is_reserved = TAKEN_TYPES.contains(&stem.as_str()) || Scalar::from_name(&stem).is_some();
        let stem = if is_reserved {
            format!("{SAFE_START}{stem}")
        } else {
            stem
        };
        served.push(Served {
            table,
            type_name: free_name(&stem, &mut taken),
            fields,
        });
    }
    served
}

fn fields(table: &TableDescription) -> Vec<(&ColumnDescription, String, ColumnType)> {
    let mut taken = HashSet::new();
    let columns = table.columns.iter().flatten();
    columns
        .filter_map(|column| {
            let ty = column_type::of_sql(&column.sql_type)?;
            Some((column, free_name(&identifier(&column.name), &mut taken), ty))
        })
        .collect()
}

fn write_object(
    text: &mut String,
    description: &Description,
    object: &Served<'_>,
    references: &[Reference<'_>],
) {
    let table = object.table;
    push_description(text, "", table.comment.as_deref());
    let directive = if table.is_view { "view" } else { "table" };
    let sql_name = quoted(&sql_name(table));
    let _ = write!(text, "type {} @{directive}(name: {sql_name})", object.type_name);
    if !is_default(description, &table.schema) {
        let _ = write!(text, " @module(name: {})", quoted(&identifier(&table.schema)));
    }
    for reference in references {
        let _ = write!(text, "\n  {}", reference.directive());
    }
    text.push_str(" {\n");
    let primary_key = table.primary_key.as_deref().unwrap_or_default();
    let has_whole_key = object.fields_of(primary_key).is_some();
    for (column, name, ty) in &object.fields {
        let is_key = has_whole_key && primary_key.contains(&column.name);
        write_field(text, column, name, ty, is_key);
    }
    text.push_str("}\n");
}

fn write_field(text: &mut String, column: &ColumnDescription, name: &str, ty: &ColumnType, is_key: bool) {
    push_description(text, "  ", column.comment.as_deref());
    let scalar = ty.scalar.as_str();
    let mark = if column.is_nullable { "" } else { "!" };
    let _ = if ty.is_list {
        write!(text, "  {name}: [{scalar}]{mark}")
    } else {
        write!(text, "  {name}: {scalar}{mark}")
    };
    if is_key {
        text.push_str(" @pk");
    }
    if name != column.name {
        let _ = write!(text, " @field_source(field: {})", quoted(&column.name));
    }
    if let Some(length) = ty.length {
        let _ = write!(text, " @dim(len: {length})");
    }
    let sequence = column
        .sequence
        .as_deref()
        .or_else(|| column.default.as_deref().and_then(sequence_of));
    if let Some(sequence) = sequence {
        let _ = write!(text, " @default(sequence: {})", quoted(sequence));
    }
    text.push('\n');
}

fn push_description(text: &mut String, indent: &str, comment: Option<&str>) {
    if let Some(comment) = comment.filter(|comment| !comment.trim().is_empty()) {
        let _ = writeln!(text, "{indent}{}", quoted(comment));
    }
}

fn is_default(description: &Description, schema: &str) -> bool {
    schema.is_empty()
        || description
            .default_schemas
            .iter()
            .any(|default| default == schema)
}

/// Returns the name of `table` as `@table` and `@view` hold it.
fn sql_name(table: &TableDescription) -> String {
    let name = sql_identifier(&table.name);
    match table.schema.as_str() {
        "" | "main" | "public" => name,
        schema => format!("{}.{name}", sql_identifier(schema)),
    }
}

fn sql_identifier(name: &str) -> String {
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && name.starts_with(|first: char| !first.is_ascii_digit());
    if is_plain {
        name.to_owned()
    } else {
        quote::identifier(name)
    }
}

/// Returns the sequence of a default such as `nextval('shop.seq'::regclass)`.
fn sequence_of(default: &str) -> Option<&str> {
    let rest = default.trim().strip_prefix("nextval('")?;
    let (sequence, _) = rest.split_once('\'')?;
    (!sequence.is_empty()).then_some(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SdlDocument, SourceSchema};

    /// Checks the SDL of the tables that `json` describes, which must compile.
    #[track_caller]
    fn check(json: &str, expect: &str) {
        let description = Description {
            tables: serde_json::from_str(json).unwrap(),
            default_schemas: vec!["main".to_owned()],
        };
        let sdl = description.sdl();
        assert_eq!(sdl, expect);
        let schema = SourceSchema::new("ro", vec![SdlDocument::new("ro", sdl)]);
        if let Err(errors) = crate::catalog::compile::compile(&schema) {
            panic!("{errors:#?}");
        }
    }

    #[test]
    fn keys_comments_and_sql_names_are_kept() {
        check(
            r#"[{"schema": "main", "name": "Makers", "comment": "who \"makes\"", "columns": [
                 {"name": "id", "type": "INTEGER", "is_nullable": false, "default": "nextval('s')"},
                 {"name": "Odd Col", "type": "INTEGER", "is_nullable": true, "comment": "odd"},
                 {"name": "huge", "type": "HUGEINT", "is_nullable": true}], "primary_key": ["id"]},
               {"schema": "x-y", "name": "1st", "is_view": true, "columns": [
                 {"name": "_a", "type": "FLOAT[2]", "is_nullable": true}]}]"#,
            "\"who \\\"makes\\\"\"\ntype Makers @table(name: \"\\\"Makers\\\"\") {\n  \
             id: Int! @pk @default(sequence: \"s\")\n  \"odd\"\n  Odd_Col: Int @field_source(field: \"Odd Col\")\n}\n\n\
             type x_y_1st @view(name: \"\\\"x-y\\\".\\\"1st\\\"\") @module(name: \"x_y\") {\n  \
             db_a: Vector @field_source(field: \"_a\") @dim(len: 2)\n}\n",
        );
    }

    #[test]
    fn a_key_with_a_column_that_is_left_out_is_none() {
        check(
            r#"[{"schema": "main", "name": "t", "columns": [
                 {"name": "a", "type": "HUGEINT", "is_nullable": false},
                 {"name": "b", "type": "INTEGER", "is_nullable": false}], "primary_key": ["a", "b"]}]"#,
            "type t @table(name: \"t\") {\n  b: Int!\n}\n",
        );
    }

    #[test]
    fn references_have_names_of_their_own() {
        check(
            r#"[{"schema": "main", "name": "t", "columns": [
                 {"name": "id", "type": "INTEGER", "is_nullable": false},
                 {"name": "up", "type": "INTEGER", "is_nullable": true}], "primary_key": ["id"], "foreign_keys": [
                 {"name": "fk", "columns": ["up"], "target_schema": "main", "target_table": "t", "target_columns": ["id"]}]},
               {"schema": "main", "name": "u", "columns": [
                 {"name": "t_id", "type": "INTEGER", "is_nullable": true}], "foreign_keys": [
                 {"name": "fk", "columns": ["t_id"], "target_schema": "main", "target_table": "t", "target_columns": ["id"]}]},
               {"schema": "main", "name": "v", "columns": [
                 {"name": "t_id", "type": "INTEGER", "is_nullable": true}], "foreign_keys": [
                 {"name": "fk", "columns": ["t_id"], "target_schema": "main", "target_table": "t", "target_columns": ["id"]}]}]"#,
            "type t @table(name: \"t\")\n  @references(name: \"t_fk_fk\", references_name: \"t\", source_fields: [\"up\"], \
             references_fields: [\"id\"], query: \"ref_fk\", references_query: \"ref_fk_back\") {\n  id: Int! @pk\n  up: Int\n}\n\n\
             type u @table(name: \"u\")\n  @references(name: \"u_fk_fk\", references_name: \"t\", source_fields: [\"t_id\"], \
             references_fields: [\"id\"], query: \"ref_fk\", references_query: \"ref_u_fk\") {\n  t_id: Int\n}\n\n\
             type v @table(name: \"v\")\n  @references(name: \"v_fk_fk\", references_name: \"t\", source_fields: [\"t_id\"], \
             references_fields: [\"id\"], query: \"ref_fk\", references_query: \"ref_v_fk\") {\n  t_id: Int\n}\n",
        );
    }

    #[test]
    fn names_that_become_the_same_are_numbered() {
        check(
            r#"[{"schema": "main", "name": "a-b", "columns": [{"name": "x y", "type": "INTEGER", "is_nullable": true},
                 {"name": "x_y", "type": "INTEGER", "is_nullable": true}]},
               {"schema": "main", "name": "a_b", "columns": [{"name": "Query", "type": "INTEGER", "is_nullable": true}]},
               {"schema": "main", "name": "Query", "columns": [{"name": "id", "type": "INTEGER", "is_nullable": true}]}]"#,
            "type a_b @table(name: \"\\\"a-b\\\"\") {\n  x_y: Int @field_source(field: \"x y\")\n  \
             x_y_2: Int @field_source(field: \"x_y\")\n}\n\ntype a_b_2 @table(name: \"a_b\") {\n  Query: Int\n}\n\n\
             type db_Query @table(name: \"\\\"Query\\\"\") {\n  id: Int\n}\n",
        );
    }
}
