//! Measures of cubes: fields that are aggregated over the rows that are equal in all other selected fields.

use serde_json::Value as Json;

use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::sql::ast::{Aggregate, AggregateFunction, Expr};

/// The argument that names the measure.
pub(super) const ARGUMENT: &str = "measurement_func";

/// Returns whether `arguments` ask for a measure.
pub(in crate::plan) fn is_measured(arguments: &Arguments) -> bool {
    arguments.get(ARGUMENT).is_some_and(|value| !value.is_null())
}

/// Returns the measure of `value` that `arguments` ask for; `value` itself when they ask for none.
pub(super) fn measured(value: Expr, arguments: &Arguments) -> Result<Expr> {
    if !is_measured(arguments) {
        return Ok(value);
    }
    let name = arguments.get(ARGUMENT).and_then(Json::as_str).unwrap_or_default();
    Ok(Expr::Aggregate(Box::new(Aggregate {
        function: function(name)?,
        argument: Some(value),
        is_distinct: false,
        order_by: Vec::new(),
        filter: None,
    })))
}

fn function(name: &str) -> Result<AggregateFunction> {
    Ok(match name {
        "SUM" => AggregateFunction::Sum,
        "AVG" => AggregateFunction::Avg,
        "MIN" => AggregateFunction::Min,
        "MAX" => AggregateFunction::Max,
        "ANY" => AggregateFunction::Any,
        "OR" => AggregateFunction::BoolOr,
        "AND" => AggregateFunction::BoolAnd,
        other => {
            return Err(Error::new(
                ErrorCode::GraphqlValidation,
                format!("unknown measure `{other}`; valid are SUM, AVG, MIN, MAX, ANY, OR, AND"),
            ));
        }
    })
}
