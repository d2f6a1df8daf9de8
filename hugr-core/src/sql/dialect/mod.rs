//! How a database spells what the tree means: small questions, one implementation per kind of database.

mod duckdb;

use std::fmt::Debug;

pub use duckdb::DuckDbDialect;

use super::ast::{Expr, Operator, SqlType};
use super::render::Renderer;

/// The spelling of one kind of database.
pub trait Dialect: Debug + Sync {
    /// Returns the name of a type.
    fn type_name(&self, ty: SqlType) -> &'static str;

    /// Writes the test `left operator right`.
    fn test(&self, out: &mut Renderer<'_>, operator: Operator, left: &Expr, right: &Expr);

    /// Writes a relation whose rows are the JSON array in parameter `rows`.
    fn json_rows(&self, out: &mut Renderer<'_>, rows: &Expr, columns: &[(String, SqlType)]);

    /// Writes `value` cast to `ty`.
    fn cast(&self, out: &mut Renderer<'_>, value: &Expr, ty: SqlType);

    /// Writes the list in the JSON array in parameter `items`.
    fn json_list(&self, out: &mut Renderer<'_>, items: &Expr, ty: SqlType);

    /// Writes a query of one column with the items of the JSON array in parameter `items`.
    fn json_items(&self, out: &mut Renderer<'_>, items: &Expr, ty: SqlType);
}
