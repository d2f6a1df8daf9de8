//! How a database spells what the tree means: small questions, one implementation per kind of database.

mod duckdb;
mod json_key;
mod postgres;

use std::borrow::Cow;
use std::fmt::Debug;

pub use duckdb::DuckDbDialect;
pub use postgres::{PostgresDialect, PostgresExtensions};

use super::ast::{
    Aggregate, DatePart, Expr, GeometryFunction, InList, Operator, RangeBound, Series, SqlType, TimeUnit,
    VectorMeasure,
};
use super::param::Value;
use super::render::Renderer;
use super::write::Sequence;

/// Which database runs a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Backend {
    /// The engine's DuckDB, to which sources are attached.
    #[default]
    DuckDb,
    /// A PostgreSQL source itself.
    Postgres(PostgresDialect),
}

impl Backend {
    /// Returns how it spells statements.
    #[must_use]
    pub fn dialect(&self) -> &dyn Dialect {
        match self {
            Self::DuckDb => &DuckDbDialect,
            Self::Postgres(dialect) => dialect,
        }
    }
}

/// What rows that are read from JSON look like.
#[derive(Clone, Copy, Debug)]
pub struct RowShape<'a> {
    /// Columns with their types.
    pub columns: &'a [(String, SqlType)],
    /// The table whose columns they are, except for [`ROW_POSITION`](super::ast::ROW_POSITION).
    pub like: Option<&'a [String]>,
}

/// How rows are inserted that may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpsertStyle {
    /// `MERGE INTO`.
    Merge,
    /// `INSERT … ON CONFLICT`, which names the new row `excluded` and wants a unique index.
    OnConflict,
}

/// The spelling of one kind of database.
pub trait Dialect: Debug + Sync {
    /// Returns the name of a type.
    fn type_name(&self, ty: SqlType) -> Cow<'static, str>;

    /// Writes the test `left operator right`.
    fn test(&self, out: &mut Renderer<'_>, operator: Operator, left: &Expr, right: &Expr);

    /// Writes a query whose rows are the JSON array `rows`.
    fn json_rows(&self, out: &mut Renderer<'_>, rows: Value, shape: RowShape<'_>);

    /// Returns how rows are inserted that may be there already.
    fn upsert_style(&self) -> UpsertStyle {
        UpsertStyle::Merge
    }

    /// Writes a query with the next values of a sequence, in the column [`Sequence::COLUMN`].
    fn next_values(&self, out: &mut Renderer<'_>, sequence: &Sequence);

    /// Writes `value` cast to `ty`.
    fn cast(&self, out: &mut Renderer<'_>, value: &Expr, ty: SqlType);

    /// Writes a bound value whose type follows from where it stands.
    fn param(&self, out: &mut Renderer<'_>, value: &Value) {
        out.param(value);
    }

    /// Writes the list in `items`, the text of a JSON array.
    fn list(&self, out: &mut Renderer<'_>, items: &Value, ty: SqlType);

    /// Writes a query of one column with a row for each of `values`.
    fn items(&self, out: &mut Renderer<'_>, values: &[Value], ty: SqlType);

    /// Writes a query of one column with a row for each time of `series`.
    fn series(&self, out: &mut Renderer<'_>, series: &Series);

    /// Writes the condition that `expr` is one of `list`.
    fn in_list(&self, out: &mut Renderer<'_>, expr: &Expr, list: &InList);

    /// Writes the member `name` of a struct, read as `ty` where structs are documents.
    fn member(&self, out: &mut Renderer<'_>, value: &Expr, name: &str, ty: Option<SqlType>);

    /// Returns whether `DISTINCT ON` wants the rows sorted by its keys first.
    fn distinct_rows_are_sorted_by_their_keys(&self) -> bool {
        false
    }

    /// Writes an aggregate, with its filter.
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

    /// Writes what a range says of its bounds.
    fn range_bound(&self, out: &mut Renderer<'_>, bound: RangeBound, range: &Expr);

    /// Writes a geometry as the text of a GeoJSON document.
    fn geo_json(&self, out: &mut Renderer<'_>, geometry: &Expr) {
        out.call("ST_AsGeoJSON", &[geometry]);
    }

    /// Writes a function of a geometry.
    fn geometry(&self, out: &mut Renderer<'_>, function: &GeometryFunction, value: &Expr);

    /// Writes the distance of two vectors.
    fn vector_distance(&self, out: &mut Renderer<'_>, measure: VectorMeasure, vectors: &(Expr, Expr));

    /// Writes what sorts rows as the distance of two vectors does, for a sort by nothing else, the smallest first.
    fn nearness(&self, out: &mut Renderer<'_>, measure: VectorMeasure, vectors: &(Expr, Expr)) {
        self.vector_distance(out, measure, vectors);
    }

    /// Writes `value` divided by `divisor`, as a whole number.
    fn integer_divide(&self, out: &mut Renderer<'_>, value: &Expr, divisor: i64);

    /// Writes a whole number as text in hexadecimal digits.
    fn hexadecimal(&self, out: &mut Renderer<'_>, number: &Expr);

    /// Writes the list of what [`ITEM`](crate::sql::render::ITEM) becomes for each item of `list`.
    fn for_each(&self, out: &mut Renderer<'_>, list: &Expr, becomes: &Expr);
}
