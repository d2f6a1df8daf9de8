//! How a database spells what the tree means: small questions, one implementation per kind of database.

mod duckdb;
mod json_key;

use std::borrow::Cow;
use std::fmt::Debug;

pub use duckdb::DuckDbDialect;

use super::ast::{Aggregate, DatePart, Expr, GeometryFunction, Operator, SqlType, TimeUnit, VectorMeasure};
use super::render::Renderer;
use super::write::Sequence;

/// The spelling of one kind of database.
pub trait Dialect: Debug + Sync {
    /// Returns the name of a type.
    fn type_name(&self, ty: SqlType) -> Cow<'static, str>;

    /// Writes the test `left operator right`.
    fn test(&self, out: &mut Renderer<'_>, operator: Operator, left: &Expr, right: &Expr);

    /// Writes a relation whose rows are the JSON array in parameter `rows`.
    fn json_rows(&self, out: &mut Renderer<'_>, rows: &Expr, columns: &[(String, SqlType)]);

    /// Writes a query with the next values of a sequence, in the column [`Sequence::COLUMN`].
    fn next_values(&self, out: &mut Renderer<'_>, sequence: &Sequence);

    /// Writes `value` cast to `ty`.
    fn cast(&self, out: &mut Renderer<'_>, value: &Expr, ty: SqlType);

    /// Writes the list in the JSON array in parameter `items`.
    fn json_list(&self, out: &mut Renderer<'_>, items: &Expr, ty: SqlType);

    /// Writes a query of one column with the items of the JSON array in parameter `items`.
    fn json_items(&self, out: &mut Renderer<'_>, items: &Expr, ty: SqlType);

    /// Writes an aggregate, without its filter.
    fn aggregate(&self, out: &mut Renderer<'_>, aggregate: &Aggregate);

    /// Writes the value at `path` in a JSON document, read as `ty`; NULL when it is not of that type.
    fn json_path(&self, out: &mut Renderer<'_>, document: &Expr, path: &[String], ty: SqlType);

    /// Writes a part of a date or time, as a whole number.
    fn date_part(&self, out: &mut Renderer<'_>, part: DatePart, value: &Expr);

    /// Writes a date or time, cut off to `unit`.
    fn date_trunc(&self, out: &mut Renderer<'_>, unit: TimeUnit, value: &Expr);

    /// Writes an instant, cut off to a multiple of `width`.
    fn time_bucket(&self, out: &mut Renderer<'_>, width: &Expr, value: &Expr);

    /// Writes a JSON document in the shape of a sample.
    fn json_shape(&self, out: &mut Renderer<'_>, document: &Expr, shape: &str);

    /// Writes a function of a geometry.
    fn geometry(&self, out: &mut Renderer<'_>, function: &GeometryFunction, value: &Expr);

    /// Writes the distance of two vectors.
    fn vector_distance(&self, out: &mut Renderer<'_>, measure: VectorMeasure, vectors: &(Expr, Expr));

    /// Writes `value` divided by `divisor`, as a whole number.
    fn integer_divide(&self, out: &mut Renderer<'_>, value: &Expr, divisor: i64);
}
