//! PostgreSQL's spelling, from version 13 on; nothing here needs a later one without asking for it.
//!
//! Values are bound as text of a type that the statement says or that follows from the column beside them, so that an enum
//! or a UUID is compared with its index. Lists are one array each. Structs are `jsonb` documents.
//!
//! Reading order: this file, [`json`], [`aggregate`], [`time`], [`geometry`].

mod aggregate;
mod geometry;
mod json;
mod time;

use std::borrow::Cow;

use super::{Dialect, RowShape, UpsertStyle};
use crate::sql::Value;
use crate::sql::ast::{
    Aggregate, DatePart, Expr, GeometryFunction, InList, Operator, ROW_POSITION, RangeBound, Series, SqlType,
    TimeUnit, VectorMeasure,
};
use crate::sql::quote;
use crate::sql::render::{ITEM, Renderer};
use crate::sql::write::Sequence;

/// PostgreSQL, with what one server of it has beyond the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PostgresDialect {
    /// Major version.
    pub version: u16,
    /// Extensions that a schema may need.
    pub extensions: PostgresExtensions,
}

/// The extensions of a database that make a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PostgresExtensions {
    /// PostGIS.
    pub postgis: bool,
    /// pgvector.
    pub vector: bool,
    /// TimescaleDB.
    pub timescale: bool,
}

impl Dialect for PostgresDialect {
    fn type_name(&self, ty: SqlType) -> Cow<'static, str> {
        Cow::Borrowed(match ty {
            SqlType::Boolean => "boolean",
            SqlType::Integer => "integer",
            SqlType::BigInt => "bigint",
            SqlType::Double => "double precision",
            SqlType::Text => "text",
            SqlType::Date => "date",
            SqlType::Time => "time",
            SqlType::Timestamp => "timestamp",
            SqlType::TimestampTz => "timestamptz",
            SqlType::Interval => "interval",
            SqlType::Json => "jsonb",
            SqlType::Geometry | SqlType::GeoJson => "geometry",
            SqlType::TextList => "text[]",
            SqlType::Vector(_) => "vector",
            SqlType::IntRange => "int4range",
            SqlType::BigIntRange => "int8range",
            SqlType::TimestampRange => "tstzrange",
        })
    }

    fn param(&self, out: &mut Renderer<'_>, value: &Value) {
        out.param(value);
        // A number keeps its own type: as that of a narrower column beside it, it might not fit. Comparisons across the
        // integer types use the column's index; a `numeric` turns into a double where one stands beside it.
        match value {
            Value::Int(_) => out.text("::bigint"),
            Value::Float(_) => out.text("::numeric"),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) => {}
        }
    }

    fn test(&self, out: &mut Renderer<'_>, operator: Operator, left: &Expr, right: &Expr) {
        match operator {
            Operator::Eq if json::is_document(left) => json::equal_lists(out, left, right),
            Operator::Eq => out.infix(left, "=", right),
            Operator::Same => out.infix(left, "IS NOT DISTINCT FROM", right),
            Operator::Ne => out.infix(left, "<>", right),
            Operator::Gt => out.infix(left, ">", right),
            Operator::Gte => out.infix(left, ">=", right),
            Operator::Lt => out.infix(left, "<", right),
            Operator::Lte => out.infix(left, "<=", right),
            // Without an escape character, as everywhere else.
            Operator::Like => pattern(out, left, "LIKE", right),
            Operator::Ilike => pattern(out, left, "ILIKE", right),
            Operator::Regex => out.infix(&as_text(left), "~", right),
            Operator::ListContains if json::is_document(left) => json::contains_items(out, left, right),
            Operator::ListIntersects if json::is_document(left) => json::has_items(out, left, right),
            Operator::ListContains => lists(out, left, "@>", right),
            Operator::ListIntersects => lists(out, left, "&&", right),
            Operator::JsonEquals => json::infix(out, left, "=", right),
            Operator::JsonContains => json::infix(out, left, "@>", right),
            Operator::JsonHas => json::has(out, left, right),
            Operator::JsonHasAll => json::has_all(out, left, right),
            Operator::GeometryEquals => geometry::test(out, "ST_Equals", left, right),
            Operator::GeometryIntersects => geometry::overlap_test(out, "ST_Intersects", left, right),
            Operator::GeometryContains => geometry::overlap_test(out, "ST_Contains", left, right),
            Operator::RangeContains => out.infix(left, "@>", right),
            Operator::RangeIntersects => out.infix(left, "&&", right),
        }
    }

    fn upsert_style(&self) -> UpsertStyle {
        UpsertStyle::OnConflict
    }

    fn json_rows(&self, out: &mut Renderer<'_>, rows: Value, shape: RowShape<'_>) {
        if let Some(table) = shape.like {
            out.text("SELECT ");
            out.list(shape.columns, |out, (name, _)| match name.as_str() {
                // A function gives its rows in their order.
                ROW_POSITION => {
                    out.text(&format!(
                        "row_number() OVER () - 1 AS {}",
                        quote::identifier(name)
                    ));
                }
                name => out.text(&quote::identifier(name)),
            });
            out.text(" FROM json_populate_recordset(NULL::");
            out.path(table);
            out.text(", CAST(");
            out.take_param(rows);
            return out.text(" AS json))");
        }
        out.text("SELECT * FROM json_to_recordset(CAST(");
        out.take_param(rows);
        out.text(" AS json)) AS _rows(");
        out.list(shape.columns, |out, (name, ty)| {
            out.text(&quote::identifier(name));
            out.text(" ");
            out.text(&self.type_name(*ty));
        });
        out.text(")");
    }

    fn next_values(&self, out: &mut Renderer<'_>, sequence: &Sequence) {
        let name: Vec<_> = sequence.path.iter().map(|part| quote::identifier(part)).collect();
        out.text("SELECT nextval(");
        out.text(&quote::literal(&name.join(".")));
        out.text(&format!(") AS {} FROM generate_series(1, ", Sequence::COLUMN));
        out.take_param(Value::Int(i64::try_from(sequence.count).unwrap_or(i64::MAX)));
        out.text("::bigint)");
    }

    fn cast(&self, out: &mut Renderer<'_>, value: &Expr, ty: SqlType) {
        match ty {
            SqlType::Geometry => return out.call("ST_GeomFromText", &[value]),
            SqlType::GeoJson => return out.call("ST_GeomFromGeoJSON", &[&as_text(value)]),
            _ => {}
        }
        out.text("CAST(");
        match value {
            Expr::Param(value, None) if !matches!(value, Value::Int(_) | Value::Float(_)) => out.param(value),
            value => out.expr(value),
        }
        out.text(" AS ");
        out.text(&self.type_name(ty));
        out.text(")");
    }

    fn list(&self, out: &mut Renderer<'_>, items: &Value, ty: SqlType) {
        array(out, &items_of(items));
        out.text("::");
        out.text(&self.type_name(ty));
        out.text("[]");
    }

    fn items(&self, out: &mut Renderer<'_>, values: &[Value], ty: SqlType) {
        out.text("SELECT unnest(");
        array(out, values);
        out.text("::");
        out.text(&self.type_name(ty));
        out.text("[])");
    }

    fn series(&self, out: &mut Renderer<'_>, series: &Series) {
        out.text("SELECT ");
        out.call("generate_series", &[&series.first, &series.last, &series.step]);
    }

    fn in_list(&self, out: &mut Renderer<'_>, expr: &Expr, list: &InList) {
        out.text("(");
        out.expr(expr);
        out.text(" = ANY(");
        array(out, &list.values);
        // Text takes the column's type, which may be an enum or a UUID.
        match list.ty {
            SqlType::Text => {}
            SqlType::Integer | SqlType::BigInt => out.text("::bigint[]"),
            SqlType::Double => out.text("::numeric[]"),
            ty => {
                out.text("::");
                out.text(&self.type_name(ty));
                out.text("[]");
            }
        }
        out.text("))");
    }

    fn member(&self, out: &mut Renderer<'_>, value: &Expr, name: &str, ty: Option<SqlType>) {
        json::member(self, out, value, name, ty);
    }

    fn distinct_rows_are_sorted_by_their_keys(&self) -> bool {
        true
    }

    fn aggregate(&self, out: &mut Renderer<'_>, aggregate: &Aggregate) {
        aggregate::write(out, aggregate);
    }

    fn json_path(&self, out: &mut Renderer<'_>, document: &Expr, path: &[String], ty: SqlType) {
        json::at_path(self, out, document, path, ty);
    }

    fn date_part(&self, out: &mut Renderer<'_>, part: DatePart, value: &Expr) {
        time::part(out, part, value);
    }

    fn date_trunc(&self, out: &mut Renderer<'_>, unit: TimeUnit, value: &Expr) {
        time::trunc(out, unit, value);
    }

    fn time_bucket(&self, out: &mut Renderer<'_>, width: &Expr, value: &Expr) {
        time::bucket(self, out, width, value);
    }

    fn json_shape(&self, out: &mut Renderer<'_>, document: &Expr, shape: &str) {
        json::shape(out, document, shape);
    }

    fn range_bound(&self, out: &mut Renderer<'_>, bound: RangeBound, range: &Expr) {
        let function = match bound {
            RangeBound::Upper => "upper",
            RangeBound::Lower => "lower",
            RangeBound::UpperInclusive => "upper_inc",
            RangeBound::LowerInclusive => "lower_inc",
            RangeBound::UpperInfinite => "upper_inf",
            RangeBound::LowerInfinite => "lower_inf",
        };
        out.call(function, &[range]);
    }

    fn geo_json(&self, out: &mut Renderer<'_>, geometry: &Expr) {
        geometry::geo_json(out, |out| out.expr(geometry));
    }

    fn geometry(&self, out: &mut Renderer<'_>, function: &GeometryFunction, value: &Expr) {
        geometry::function(out, function, value);
    }

    fn vector_distance(&self, out: &mut Renderer<'_>, measure: VectorMeasure, vectors: &(Expr, Expr)) {
        if measure != VectorMeasure::Cosine {
            return self.nearness(out, measure, vectors);
        }
        // A vector of zeros has no direction: it is as far away as can be. One that is not there has no distance.
        out.text("CASE WHEN ");
        self.nearness(out, measure, vectors);
        out.text(" = 'NaN' THEN 2.0 ELSE ");
        self.nearness(out, measure, vectors);
        out.text(" END");
    }

    fn nearness(&self, out: &mut Renderer<'_>, measure: VectorMeasure, vectors: &(Expr, Expr)) {
        // These are what indexes sort by; what is no number comes after all numbers.
        let operator = match measure {
            VectorMeasure::L2 => "<->",
            VectorMeasure::Inner => "<#>",
            VectorMeasure::Cosine => "<=>",
        };
        out.infix(&vectors.0, operator, &vectors.1);
    }

    fn integer_divide(&self, out: &mut Renderer<'_>, value: &Expr, divisor: i64) {
        out.infix(value, "/", &Expr::Number(divisor));
    }

    fn hexadecimal(&self, out: &mut Renderer<'_>, number: &Expr) {
        out.call("to_hex", &[number]);
    }

    fn for_each(&self, out: &mut Renderer<'_>, list: &Expr, becomes: &Expr) {
        // Of an empty list nothing is aggregated, which is NULL; a list that is NULL stays so.
        out.text("CASE WHEN ");
        out.expr(list);
        out.text(" IS NOT NULL THEN ARRAY(SELECT ");
        out.expr(becomes);
        out.text(" FROM unnest(");
        out.expr(list);
        out.text(") WITH ORDINALITY AS _items(");
        out.text(ITEM);
        out.text(", _place) ORDER BY _place) END");
    }
}

/// Enums and UUIDs are text here, for which the server has no patterns; the cast of what is text costs nothing.
fn pattern(out: &mut Renderer<'_>, left: &Expr, operator: &str, right: &Expr) {
    out.text("(");
    out.expr(&as_text(left));
    out.text(" ");
    out.text(operator);
    out.text(" ");
    out.expr(right);
    out.text(" ESCAPE '')");
}

/// A list beside a column takes the column's type: `varchar[]` and `text[]` have no operators with each other.
fn lists(out: &mut Renderer<'_>, left: &Expr, operator: &str, right: &Expr) {
    let Expr::List(items, _) = right else {
        return out.infix(left, operator, right);
    };
    out.text("(");
    out.expr(left);
    out.text(" ");
    out.text(operator);
    out.text(" ");
    array(out, &items_of(items));
    out.text(")");
}

fn array(out: &mut Renderer<'_>, values: &[Value]) {
    out.param(&Value::List(values.to_vec()));
}

/// The items of a JSON array; what is no array is a list of one.
fn items_of(list: &Value) -> Vec<Value> {
    let Value::Text(text) = list else {
        return vec![list.clone()];
    };
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Array(items)) => items.into_iter().map(value_of).collect(),
        _ => vec![list.clone()],
    }
}

fn value_of(item: serde_json::Value) -> Value {
    match item {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::String(text) => Value::Text(text),
        other => Value::Text(other.to_string()),
    }
}

fn as_text(value: &Expr) -> Expr {
    Expr::Cast(Box::new(value.clone()), SqlType::Text)
}
