//! Aggregates.
//!
//! PostgreSQL 15 has neither `any_value` nor `last`: both are items of an array of all values.
//!
//! ```text
//! any(x)    (array_agg(x) FILTER (WHERE x IS NOT NULL))[1]
//! last(x)   (array_agg(x ORDER BY …))[CAST(count(*) AS integer)]
//! ```

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
        // The planner takes such a query elsewhere: there is no such aggregate.
        AggregateFunction::GeometryIntersection => call(out, "ST_Intersection(", aggregate),
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
    let mut conditions: Vec<_> = aggregate
        .argument
        .iter()
        .map(|argument| Expr::IsNull {
            expr: Box::new(argument.clone()),
            is_null: false,
        })
        .collect();
    conditions.extend(aggregate.filter.clone());
    let some = Aggregate {
        filter: Some(Expr::And(conditions)),
        is_distinct: false,
        ..aggregate.clone()
    };
    out.text("(");
    call(out, "array_agg(", &some);
    out.text(")[1]");
}

fn last(out: &mut Renderer<'_>, aggregate: &Aggregate) {
    out.text("(");
    call(out, "array_agg(", aggregate);
    out.text(")[CAST(count(*)");
    out.filter(aggregate.filter.as_ref());
    out.text(" AS integer)]");
}
