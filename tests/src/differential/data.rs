//! The schema of the tables, and their rows.

use std::fmt::Write;

use super::generate::value;
use super::model::{Kind, TABLES};
use super::plain::literal;
use super::random::Random;

/// Rows of each table.
const ROWS: usize = 40;

/// The schema.
pub const SDL: &str = r#"
type regions @table(name: "regions") {
  id: Int! @pk  title: String  area: Float
  parent_id: Int @field_references(references_name: "regions", field: "id", query: "parent", references_query: "children")
}
type customers @table(name: "customers") {
  id: Int! @pk  name: String  vip: Boolean  credit: Float  joined: Date
  region_id: Int @field_references(references_name: "regions", field: "id", query: "region", references_query: "customers")
}
type orders @table(name: "orders") {
  id: Int! @pk  status: String  pieces: Int  total: Float  paid: Boolean  placed: DateTime
  customer_id: Int @field_references(references_name: "customers", field: "id", query: "customer", references_query: "orders")
}
type labels @table(name: "labels") { id: Int! @pk  word: String  weight: Int }
type order_labels @table(name: "order_labels", is_m2m: true) {
  order_id: Int! @pk @field_references(references_name: "orders", field: "id", query: "order", references_query: "labels")
  label_id: Int! @pk @field_references(references_name: "labels", field: "id", query: "label", references_query: "orders")
}
"#;

/// Columns that refer to other tables.
const REFERENCES: [(&str, &str); 3] = [
    ("regions", "parent_id"),
    ("customers", "region_id"),
    ("orders", "customer_id"),
];

/// Returns the statements that make the tables and their rows, the same for the same seed; every database reads them.
#[must_use]
pub fn statements(seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut sql = String::new();
    for table in &TABLES {
        let reference = REFERENCES.iter().find(|(name, _)| *name == table.name);
        let _ = write!(sql, "CREATE TABLE {} (id INTEGER PRIMARY KEY", table.name);
        for column in table.columns {
            let _ = write!(sql, ", {} {}", column.name, type_name(column.kind));
        }
        if let Some((_, column)) = reference {
            let _ = write!(sql, ", {column} INTEGER");
        }
        sql.push_str(");\n");
        for id in 1..=ROWS {
            let _ = write!(sql, "INSERT INTO {} VALUES ({id}", table.name);
            for column in table.columns {
                let cell = if random.chance(15) {
                    "NULL".to_owned()
                } else {
                    literal(&value(&mut random, column.kind))
                };
                let _ = write!(sql, ", {cell}");
            }
            if reference.is_some() {
                // Some rows refer to none, many to the same few.
                let cell = if random.chance(15) {
                    "NULL".to_owned()
                } else {
                    (1 + random.below(ROWS / 3)).to_string()
                };
                let _ = write!(sql, ", {cell}");
            }
            sql.push_str(");\n");
        }
    }
    sql.push_str(
        "CREATE TABLE order_labels (order_id INTEGER, label_id INTEGER, PRIMARY KEY (order_id, label_id));\n",
    );
    for order in 1..=ROWS {
        for label in 1..=ROWS {
            if random.chance(5) {
                let _ = writeln!(sql, "INSERT INTO order_labels VALUES ({order}, {label});");
            }
        }
    }
    sql
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "INTEGER",
        Kind::Float => "DOUBLE PRECISION",
        Kind::Text => "VARCHAR",
        Kind::Bool => "BOOLEAN",
        Kind::Date => "DATE",
        Kind::DateTime => "TIMESTAMP",
    }
}
