//! What a database says about its own tables and views, and the SDL that follows from it.
//!
//! Each kind of source has one statement that answers with an object as JSON per row ([`TableDescription`]); [`sdl`] turns
//! all of them into one document, with `references` for the foreign keys and `identifier` for names. `column_type` knows
//! which scalar holds which SQL type.
//!
//! Reading order: this file, [`sdl`], `column_type`, then the statements: `duckdb`, `postgres`, `mysql`.

mod column_type;
pub(super) mod duckdb;
mod identifier;
pub(super) mod mysql;
pub(super) mod postgres;
mod references;
mod sdl;

use arrow::array::{AsArray, RecordBatch};
use serde::Deserialize;

use crate::db::Session;
use crate::error::{Error, Result};

/// What a database says about its tables and views.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// Tables and views in the order of their schemas and names.
    pub tables: Vec<TableDescription>,
    /// Schemas whose names do not show in type names and modules.
    pub default_schemas: Vec<String>,
}

/// A table or view.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct TableDescription {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Whether it takes no changes.
    #[serde(default)]
    pub is_view: bool,
    /// What people read about it.
    #[serde(default)]
    pub comment: Option<String>,
    /// Its columns in order.
    #[serde(default)]
    pub columns: Option<Vec<ColumnDescription>>,
    /// The columns of its primary key in order.
    #[serde(default)]
    pub primary_key: Option<Vec<String>>,
    /// Its references to other tables.
    #[serde(default)]
    pub foreign_keys: Option<Vec<ForeignKeyDescription>>,
}

/// A column.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ColumnDescription {
    /// Its name.
    pub name: String,
    /// Its type as the database writes it.
    #[serde(rename = "type")]
    pub sql_type: String,
    /// Whether it may be NULL.
    pub is_nullable: bool,
    /// What people read about it.
    #[serde(default)]
    pub comment: Option<String>,
    /// The expression of its default.
    #[serde(default)]
    pub default: Option<String>,
    /// The sequence that gives its values, when the database names it beside the default.
    #[serde(default)]
    pub sequence: Option<String>,
}

/// A reference to another table.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ForeignKeyDescription {
    /// Name of the constraint.
    pub name: String,
    /// The referring columns.
    pub columns: Vec<String>,
    /// Schema of the referenced table.
    pub target_schema: String,
    /// The referenced table.
    pub target_table: String,
    /// The referenced columns, in the order of the referring ones.
    pub target_columns: Vec<String>,
}

impl Description {
    /// Returns the SDL of the tables and views; what cannot be served is left out.
    #[must_use]
    pub fn sdl(&self) -> String {
        sdl::write(self)
    }

    /// Runs `statement`, whose rows are tables as JSON.
    fn read(session: &mut Session, statement: &str, default_schemas: Vec<String>) -> Result<Self> {
        let rows = session.query(statement, &[])?;
        Self::of(&rows.batches, default_schemas)
    }

    /// Returns what the rows say, each of which is a table as JSON.
    fn of(batches: &[RecordBatch], default_schemas: Vec<String>) -> Result<Self> {
        let mut tables = Vec::new();
        for batch in batches {
            let texts = batch
                .column(0)
                .as_string_opt::<i32>()
                .ok_or_else(|| Error::internal("a description is not text"))?;
            for text in texts.iter().flatten() {
                let table: TableDescription = serde_json::from_str(text).map_err(|error| {
                    Error::internal("a table's description does not have the expected form")
                        .with_source(error)
                })?;
                tables.push(table);
            }
        }
        Ok(Self {
            tables,
            default_schemas,
        })
    }
}
