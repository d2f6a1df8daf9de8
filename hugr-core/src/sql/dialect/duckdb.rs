//! DuckDB's spelling.

mod in_list;

use std::borrow::Cow;

use super::json_key::{json_key_path, json_step};
use super::{Dialect, RowShape};
use crate::sql::Value;
use crate::sql::ast::{
    Aggregate, AggregateFunction, BLOCK_SEPARATOR, DatePart, Expr, GeometryFunction, InList, Operator,
    RangeBound, Series, SqlType, TimeUnit, VectorMeasure,
};
use crate::sql::quote;
use crate::sql::render::{ITEM, Renderer};
use crate::sql::write::{DatabaseKind, Sequence};

/// DuckDB 1.5.
#[derive(Clone, Copy, Debug)]
pub struct DuckDbDialect;

impl Dialect for DuckDbDialect {
    fn type_name(&self, ty: SqlType) -> Cow<'static, str> {
        Cow::Borrowed(match ty {
            SqlType::Boolean => "BOOLEAN",
            SqlType::Integer => "INTEGER",
            SqlType::BigInt => "BIGINT",
            SqlType::Double => "DOUBLE",
            SqlType::Text => "VARCHAR",
            SqlType::Date => "DATE",
            SqlType::Time => "TIME",
            SqlType::Timestamp => "TIMESTAMP",
            SqlType::TimestampTz => "TIMESTAMPTZ",
            SqlType::Interval => "INTERVAL",
            SqlType::Json => "JSON",
            SqlType::Geometry | SqlType::GeoJson => "GEOMETRY",
            SqlType::TextList => "VARCHAR[]",
            // It has no ranges: they are kept as text.
            SqlType::IntRange | SqlType::BigIntRange | SqlType::TimestampRange => "VARCHAR",
            SqlType::Vector(length) => return Cow::Owned(format!("FLOAT[{length}]")),
        })
    }

    fn test(&self, out: &mut Renderer<'_>, operator: Operator, left: &Expr, right: &Expr) {
        match operator {
            Operator::ListContains | Operator::ListIntersects if is_interval_list(right) => {
                let function = if operator == Operator::ListContains {
                    "list_has_all("
                } else {
                    "list_has_any("
                };
                out.text(function);
                lengths(out, left);
                out.text(", ");
                lengths(out, right);
                out.text(")");
            }
            Operator::Eq => out.infix(left, "=", right),
            Operator::Same => out.infix(left, "IS NOT DISTINCT FROM", right),
            Operator::Ne => out.infix(left, "<>", right),
            Operator::Gt => out.infix(left, ">", right),
            Operator::Gte => out.infix(left, ">=", right),
            Operator::Lt => out.infix(left, "<", right),
            Operator::Lte => out.infix(left, "<=", right),
            // UUIDs are text here, for which DuckDB has no patterns; the cast of what is text costs nothing.
            Operator::Like => out.infix(&as_text(left), "LIKE", right),
            Operator::Ilike => out.infix(&as_text(left), "ILIKE", right),
            Operator::Regex => out.call("regexp_matches", &[&as_text(left), right]),
            Operator::ListContains => out.call("list_has_all", &[left, right]),
            Operator::ListIntersects => out.call("list_has_any", &[left, right]),
            Operator::JsonEquals => {
                // DuckDB compares JSON as text; documents that contain each other are equal.
                out.text("(");
                out.call("json_contains", &[left, right]);
                out.text(" AND ");
                out.call("json_contains", &[right, left]);
                out.text(")");
            }
            Operator::JsonContains => out.call("json_contains", &[left, right]),
            Operator::JsonHas => out.call("json_exists", &[left, &as_paths(right)]),
            Operator::JsonHasAll => {
                out.text("list_bool_and(list_transform(");
                out.expr(&as_paths(right));
                out.text(", lambda key: json_exists(");
                out.expr(left);
                out.text(", key)))");
            }
            Operator::GeometryEquals => out.call("ST_Equals", &[left, right]),
            Operator::GeometryIntersects => out.call("ST_Intersects", &[left, right]),
            Operator::GeometryContains => out.call("ST_Contains", &[left, right]),
            // The planner refuses them: ranges are text.
            Operator::RangeContains => out.infix(left, "@>", right),
            Operator::RangeIntersects => out.infix(left, "&&", right),
        }
    }

    fn json_rows(&self, out: &mut Renderer<'_>, rows: Value, shape: RowShape<'_>) {
        let members: Vec<_> = shape
            .columns
            .iter()
            .map(|(name, ty)| format!("{}:{}", json_text(name), json_text(&self.type_name(*ty))))
            .collect();
        out.text("SELECT unnest(from_json(_json.text, ");
        out.text(&quote::literal(&format!("[{{{}}}]", members.join(","))));
        // Of a column, not of the parameter: a constant's value would be a tree of boxed values, which takes twice as long.
        out.text("), recursive := true) FROM (SELECT unnest(string_split(");
        out.take_param(rows);
        out.text(&format!(
            ", chr({}))) AS text) AS _json",
            u32::from(BLOCK_SEPARATOR)
        ));
    }

    fn next_values(&self, out: &mut Renderer<'_>, sequence: &Sequence) {
        let count = sequence.count;
        match sequence.kind {
            DatabaseKind::DuckDb => {
                let path = std::iter::once(&sequence.database).chain(&sequence.path);
                let name: Vec<_> = path.map(|part| quote::identifier(part)).collect();
                out.text("SELECT nextval(");
                out.text(&quote::literal(&name.join(".")));
                out.text(&format!(") AS {} FROM range({count})", Sequence::COLUMN));
            }
            // The function wants constants; none of them is a value of a client's.
            DatabaseKind::AttachedPostgres => {
                let name: Vec<_> = sequence.path.iter().map(|part| quote::identifier(part)).collect();
                let query = format!(
                    "SELECT nextval({}) AS {} FROM generate_series(1, {count})",
                    quote::literal(&name.join(".")),
                    Sequence::COLUMN
                );
                out.text(&format!(
                    "SELECT * FROM postgres_query({}, {})",
                    quote::literal(&sequence.database),
                    quote::literal(&query)
                ));
            }
        }
    }

    fn cast(&self, out: &mut Renderer<'_>, value: &Expr, ty: SqlType) {
        match ty {
            // The functions are overloaded, so that the type of a parameter cannot be told from them.
            SqlType::Geometry => return out.call("ST_GeomFromText", &[&as_text(value)]),
            SqlType::GeoJson => return out.call("ST_GeomFromGeoJSON", &[&as_text(value)]),
            _ => {}
        }
        out.text("CAST(");
        out.expr(value);
        out.text(" AS ");
        out.text(&self.type_name(ty));
        out.text(")");
    }

    fn list(&self, out: &mut Renderer<'_>, items: &Value, ty: SqlType) {
        out.text("from_json(");
        out.param(items);
        out.text(", ");
        out.text(&quote::literal(&format!("[{}]", json_text(&self.type_name(ty)))));
        out.text(")");
    }

    fn items(&self, out: &mut Renderer<'_>, values: &[Value], ty: SqlType) {
        let items: Vec<_> = values.iter().map(Value::to_json).collect();
        out.text("SELECT unnest(");
        self.list(out, &Value::Text(serde_json::Value::Array(items).to_string()), ty);
        out.text(")");
    }

    fn series(&self, out: &mut Renderer<'_>, series: &Series) {
        out.text("SELECT unnest(");
        out.call("generate_series", &[&series.first, &series.last, &series.step]);
        out.text(")");
    }

    fn in_list(&self, out: &mut Renderer<'_>, expr: &Expr, list: &InList) {
        in_list::write(self, out, expr, list);
    }

    fn member(&self, out: &mut Renderer<'_>, value: &Expr, name: &str, _ty: Option<SqlType>) {
        out.expr(value);
        out.text("[");
        out.text(&quote::literal(name));
        out.text("]");
    }

    fn aggregate(&self, out: &mut Renderer<'_>, aggregate: &Aggregate) {
        let is_geometry = matches!(
            aggregate.function,
            AggregateFunction::GeometryUnion
                | AggregateFunction::GeometryIntersection
                | AggregateFunction::GeometryExtent
        );
        if is_geometry {
            out.text("ST_AsGeoJSON(");
        }
        out.text(match &aggregate.function {
            AggregateFunction::CountRows => "count(*",
            AggregateFunction::Count => "count(",
            AggregateFunction::Sum => "sum(",
            AggregateFunction::Avg => "avg(",
            AggregateFunction::Min => "min(",
            AggregateFunction::Max => "max(",
            AggregateFunction::List => "array_agg(",
            AggregateFunction::Any => "any_value(",
            AggregateFunction::Last => "last(",
            AggregateFunction::StringAgg(_) => "string_agg(",
            AggregateFunction::BoolAnd => "bool_and(",
            AggregateFunction::BoolOr => "bool_or(",
            AggregateFunction::GeometryUnion => "ST_Union_Agg(",
            AggregateFunction::GeometryIntersection => "ST_Intersection_Agg(",
            AggregateFunction::GeometryExtent => "ST_Extent_Agg(",
        });
        if aggregate.is_distinct {
            out.text("DISTINCT ");
        }
        if let Some(argument) = &aggregate.argument {
            out.expr(argument);
        }
        if let AggregateFunction::StringAgg(separator) = &aggregate.function {
            out.text(", ");
            out.expr(&Expr::Param(Value::from(separator.as_str()), None));
        }
        out.order_by(" ORDER BY ", &aggregate.order_by);
        out.text(if is_geometry { "))" } else { ")" });
        out.filter(aggregate.filter.as_ref());
    }

    fn json_path(&self, out: &mut Renderer<'_>, document: &Expr, path: &[String], ty: SqlType) {
        // The path is text of the client's, so it is bound like any other value.
        let members = path.iter().filter(|member| !member.is_empty());
        let path = members.fold("$".to_owned(), |path, member| path + &json_step(member));
        let path = Expr::Param(Value::Text(path), None);
        if ty == SqlType::Json {
            return out.call("json_extract", &[document, &path]);
        }
        out.text("TRY_CAST(");
        out.call("json_extract_string", &[document, &path]);
        out.text(" AS ");
        out.text(&self.type_name(ty));
        out.text(")");
    }

    fn date_part(&self, out: &mut Renderer<'_>, part: DatePart, value: &Expr) {
        out.text("CAST(date_part('");
        out.text(part.name());
        out.text("', ");
        out.expr(value);
        out.text(") AS BIGINT)");
    }

    fn date_trunc(&self, out: &mut Renderer<'_>, unit: TimeUnit, value: &Expr) {
        out.text("date_trunc('");
        out.text(match unit {
            TimeUnit::Minute => "minute",
            TimeUnit::Hour => "hour",
            TimeUnit::Day => "day",
            TimeUnit::Week => "week",
            TimeUnit::Month => "month",
            TimeUnit::Quarter => "quarter",
            TimeUnit::Year => "year",
        });
        out.text("', ");
        out.expr(value);
        out.text(")");
    }

    fn time_bucket(&self, out: &mut Renderer<'_>, width: &Expr, value: &Expr) {
        out.call("time_bucket", &[width, value]);
    }

    fn json_shape(&self, out: &mut Renderer<'_>, document: &Expr, shape: &str) {
        // The shape decides the result's type, so it cannot be bound; it holds names of types and quoted keys only.
        out.text("CAST(json_transform(");
        out.expr(document);
        out.text(", ");
        out.text(&quote::literal(shape));
        out.text(") AS JSON)");
    }

    fn range_bound(&self, out: &mut Renderer<'_>, bound: RangeBound, range: &Expr) {
        // The planner refuses them: ranges are text.
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

    fn geometry(&self, out: &mut Renderer<'_>, function: &GeometryFunction, value: &Expr) {
        // The spheroid functions of DuckDB take latitude before longitude.
        let (name, is_flipped) = match function {
            // Its geometries do not say in which system they are.
            GeometryFunction::InSystem(_) => return out.expr(value),
            GeometryFunction::Transform { .. } => ("ST_Transform", false),
            GeometryFunction::Centroid => ("ST_Centroid", false),
            GeometryFunction::Buffer(_) => ("ST_Buffer", false),
            GeometryFunction::Simplify(_) => ("ST_Simplify", false),
            GeometryFunction::SimplifyTopology(_) => ("ST_SimplifyPreserveTopology", false),
            GeometryFunction::StartPoint => ("ST_StartPoint", false),
            GeometryFunction::EndPoint => ("ST_EndPoint", false),
            GeometryFunction::Reverse => ("ST_Reverse", false),
            GeometryFunction::FlipCoordinates => ("ST_FlipCoordinates", false),
            GeometryFunction::ConvexHull => ("ST_ConvexHull", false),
            GeometryFunction::Envelope => ("ST_Envelope", false),
            GeometryFunction::Area => ("ST_Area", false),
            GeometryFunction::Length => ("ST_Length", false),
            GeometryFunction::Perimeter => ("ST_Perimeter", false),
            GeometryFunction::AreaSpheroid => ("ST_Area_Spheroid", true),
            GeometryFunction::LengthSpheroid => ("ST_Length_Spheroid", true),
            GeometryFunction::PerimeterSpheroid => ("ST_Perimeter_Spheroid", true),
        };
        out.text(name);
        out.text(if is_flipped { "(ST_FlipCoordinates(" } else { "(" });
        out.expr(value);
        match function {
            GeometryFunction::Transform { from, to } => {
                out.text(&format!(", 'EPSG:{from}', 'EPSG:{to}', always_xy := true"));
            }
            GeometryFunction::Buffer(amount)
            | GeometryFunction::Simplify(amount)
            | GeometryFunction::SimplifyTopology(amount) => {
                out.text(", ");
                out.expr(&Expr::Param(Value::Float(*amount), None));
            }
            _ => {}
        }
        out.text(if is_flipped { "))" } else { ")" });
    }

    fn vector_distance(&self, out: &mut Renderer<'_>, measure: VectorMeasure, vectors: &(Expr, Expr)) {
        let function = match measure {
            VectorMeasure::L2 => "array_distance",
            VectorMeasure::Cosine => "array_cosine_distance",
            VectorMeasure::Inner => "array_negative_inner_product",
        };
        out.call(function, &[&vectors.0, &vectors.1]);
    }

    fn integer_divide(&self, out: &mut Renderer<'_>, value: &Expr, divisor: i64) {
        out.infix(value, "//", &Expr::Number(divisor));
    }

    fn hexadecimal(&self, out: &mut Renderer<'_>, number: &Expr) {
        out.text("lower(");
        out.call("to_hex", &[number]);
        out.text(")");
    }

    fn for_each(&self, out: &mut Renderer<'_>, list: &Expr, becomes: &Expr) {
        out.text("list_transform(");
        out.expr(list);
        out.text(", lambda ");
        out.text(ITEM);
        out.text(": ");
        out.expr(becomes);
        out.text(")");
    }
}

fn is_interval_list(list: &Expr) -> bool {
    matches!(list, Expr::List(_, SqlType::Interval))
}

/// Writes a list of durations as their lengths: in lists DuckDB takes a day and 24 hours for different.
fn lengths(out: &mut Renderer<'_>, list: &Expr) {
    out.text("list_transform(");
    out.expr(list);
    out.text(", lambda item: epoch_us(item))");
}

/// Returns keys of JSON documents, one or a list, as paths; what is a path stays one.
fn as_paths(keys: &Expr) -> Expr {
    match keys {
        Expr::Param(Value::Text(key), ty) => Expr::Param(Value::Text(json_key_path(key)), *ty),
        Expr::List(Value::Text(items), ty) => {
            let items: Vec<String> = serde_json::from_str(items).unwrap_or_default();
            let paths: Vec<_> = items.iter().map(|key| json_key_path(key)).collect();
            Expr::List(Value::Text(serde_json::Value::from(paths).to_string()), *ty)
        }
        other => other.clone(),
    }
}

fn as_text(value: &Expr) -> Expr {
    Expr::Cast(Box::new(value.clone()), SqlType::Text)
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
