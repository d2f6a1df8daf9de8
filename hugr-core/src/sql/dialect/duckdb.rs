//! DuckDB's spelling.

use super::Dialect;
use crate::sql::ast::{Expr, Operator, SqlType};
use crate::sql::quote;
use crate::sql::render::Renderer;

/// DuckDB 1.5.
#[derive(Clone, Copy, Debug)]
pub struct DuckDbDialect;

impl Dialect for DuckDbDialect {
    fn type_name(&self, ty: SqlType) -> &'static str {
        match ty {
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
            SqlType::DoubleList => "DOUBLE[]",
        }
    }

    fn test(&self, out: &mut Renderer<'_>, operator: Operator, left: &Expr, right: &Expr) {
        match operator {
            Operator::Eq => out.infix(left, "=", right),
            Operator::Ne => out.infix(left, "<>", right),
            Operator::Gt => out.infix(left, ">", right),
            Operator::Gte => out.infix(left, ">=", right),
            Operator::Lt => out.infix(left, "<", right),
            Operator::Lte => out.infix(left, "<=", right),
            Operator::Like => out.infix(left, "LIKE", right),
            Operator::Ilike => out.infix(left, "ILIKE", right),
            Operator::Regex => out.call("regexp_matches", &[left, right]),
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
            Operator::JsonHas => out.call("json_exists", &[left, right]),
            Operator::JsonHasAll => {
                out.text("list_bool_and(list_transform(");
                out.expr(right);
                out.text(", lambda key: json_exists(");
                out.expr(left);
                out.text(", key)))");
            }
            Operator::GeometryEquals => out.call("ST_Equals", &[left, right]),
            Operator::GeometryIntersects => out.call("ST_Intersects", &[left, right]),
            Operator::GeometryContains => out.call("ST_Contains", &[left, right]),
        }
    }

    fn json_rows(&self, out: &mut Renderer<'_>, rows: &Expr, columns: &[(String, SqlType)]) {
        let members: Vec<_> = columns
            .iter()
            .map(|(name, ty)| format!("{}:{}", json_text(name), json_text(self.type_name(*ty))))
            .collect();
        out.text("SELECT unnest(from_json(");
        out.expr(rows);
        out.text(", ");
        out.text(&quote::literal(&format!("[{{{}}}]", members.join(","))));
        out.text("), recursive := true)");
    }

    fn cast(&self, out: &mut Renderer<'_>, value: &Expr, ty: SqlType) {
        match ty {
            SqlType::Geometry => return out.call("ST_GeomFromText", &[value]),
            SqlType::GeoJson => return out.call("ST_GeomFromGeoJSON", &[value]),
            _ => {}
        }
        out.text("CAST(");
        out.expr(value);
        out.text(" AS ");
        out.text(self.type_name(ty));
        out.text(")");
    }

    fn json_list(&self, out: &mut Renderer<'_>, items: &Expr, ty: SqlType) {
        out.text("from_json(");
        out.expr(items);
        out.text(", ");
        out.text(&quote::literal(&format!("[{}]", json_text(self.type_name(ty)))));
        out.text(")");
    }

    fn json_items(&self, out: &mut Renderer<'_>, items: &Expr, ty: SqlType) {
        out.text("SELECT unnest(");
        self.json_list(out, items, ty);
        out.text(")");
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
