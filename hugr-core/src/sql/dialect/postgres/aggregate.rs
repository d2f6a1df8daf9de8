//! Aggregates.
//!
//! PostgreSQL 15 has neither `any_value` nor `last`: both are items of an array of all values.
//!
//! ```text
//! any(x)    (array_agg(x) FILTER (WHERE x IS NOT NULL))[1]
//! last(x)   (array_agg(x ORDER BY …))[CAST(count(*) AS integer)]
//! ```
//!
//! PostGIS has no aggregate for intersections: the array of all geometries is folded, one after the other.

use super::geometry::geo_json;
use crate::sql::Value;
use crate::sql::ast::{Aggregate, AggregateFunction, Expr};
use crate::sql::render::Renderer;

/// Writes an aggregate, with its filter.
pub(super) fn write(out: &mut Renderer<'_>, aggregate: &Aggregate) {
    match &aggregate.function {
        AggregateFunction::CountRows => {
            out.text("count(*)");
            out.filter(aggregate.filter.as_ref());
        }
        AggregateFunction::Count => call(out, "count(", aggregate),
        AggregateFunction::Sum => call(out, "sum(", aggregate),
        AggregateFunction::Avg => {
            out.text("CAST(");
            call(out, "avg(", aggregate);
            out.text(" AS double precision)");
        }
        AggregateFunction::Min => call(out, "min(", aggregate),
        AggregateFunction::Max => call(out, "max(", aggregate),
        AggregateFunction::List => call(out, "array_agg(", aggregate),
        AggregateFunction::StringAgg(_) => call(out, "string_agg(", aggregate),
        AggregateFunction::BoolAnd => call(out, "bool_and(", aggregate),
        AggregateFunction::BoolOr => call(out, "bool_or(", aggregate),
        AggregateFunction::Any => any(out, aggregate),
        AggregateFunction::Last => last(out, aggregate),
        AggregateFunction::GeometryUnion => geo_json(out, |out| call(out, "ST_Union(", aggregate)),
        AggregateFunction::GeometryExtent => geo_json(out, |out| {
            out.text("CAST(");
            call(out, "ST_Extent(", aggregate);
            out.text(" AS geometry)");
        }),
        AggregateFunction::GeometryIntersection => geo_json(out, |out| intersection(out, aggregate)),
    }
}

fn call(out: &mut Renderer<'_>, function: &str, aggregate: &Aggregate) {
    out.text(function);
    if aggregate.is_distinct {
        out.text("DISTINCT ");
    }
    if let Some(argument) = &aggregate.argument {
        out.expr(argument);
    }
    if let AggregateFunction::StringAgg(separator) = &aggregate.function {
        out.text("::text, ");
        out.param(&Value::from(separator.as_str()));
    }
    out.order_by(" ORDER BY ", &aggregate.order_by);
    out.text(")");
    out.filter(aggregate.filter.as_ref());
}

fn any(out: &mut Renderer<'_>, aggregate: &Aggregate) {
    out.text("(");
    call(out, "array_agg(", &of_values(aggregate));
    out.text(")[1]");
}

/// The aggregate belongs to the statement around, whose rows are all that it names.
fn intersection(out: &mut Renderer<'_>, aggregate: &Aggregate) {
    out.text("(WITH RECURSIVE _all(items) AS MATERIALIZED (SELECT ");
    call(out, "array_agg(", &of_values(aggregate));
    out.text(
        "), _fold(number, value) AS (SELECT 1, items[1] FROM _all \
         UNION ALL SELECT number + 1, ST_Intersection(value, items[number + 1]) FROM _fold, _all \
         WHERE number < cardinality(items)) \
         SELECT value FROM _fold ORDER BY number DESC LIMIT 1)",
    );
}

/// Returns the aggregate of what is not NULL.
fn of_values(aggregate: &Aggregate) -> Aggregate {
    let mut conditions: Vec<_> = aggregate
        .argument
        .iter()
        .map(|argument| Expr::IsNull {
            expr: Box::new(argument.clone()),
            is_null: false,
        })
        .collect();
    conditions.extend(aggregate.filter.clone());
    Aggregate {
        filter: Some(Expr::And(conditions)),
        is_distinct: false,
        ..aggregate.clone()
    }
}

fn last(out: &mut Renderer<'_>, aggregate: &Aggregate) {
    out.text("(");
    call(out, "array_agg(", aggregate);
    out.text(")[CAST(count(*)");
    out.filter(aggregate.filter.as_ref());
    out.text(" AS integer)]");
}
