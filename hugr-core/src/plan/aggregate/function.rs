//! The functions of an aggregation, by their names in the schema.

use serde_json::Value as Json;

use crate::catalog::scalar::Scalar;
use crate::error::{Error, Result};
use crate::gql::Selected;
use crate::sql::ast::{AggregateFunction, Expr, SqlType};

/// Returns what the function that is selected computes.
pub(super) fn function_of(selected: &Selected) -> Result<AggregateFunction> {
    Ok(match selected.name.as_str() {
        "count" => AggregateFunction::Count,
        "sum" => AggregateFunction::Sum,
        "avg" => AggregateFunction::Avg,
        "min" => AggregateFunction::Min,
        "max" => AggregateFunction::Max,
        "list" => AggregateFunction::List,
        "any" => AggregateFunction::Any,
        "last" => AggregateFunction::Last,
        "bool_and" => AggregateFunction::BoolAnd,
        "bool_or" => AggregateFunction::BoolOr,
        "union" => AggregateFunction::GeometryUnion,
        "intersection" => AggregateFunction::GeometryIntersection,
        "extent" => AggregateFunction::GeometryExtent,
        "string_agg" => {
            let separator = selected
                .arguments
                .get("sep")
                .and_then(Json::as_str)
                .unwrap_or_default();
            AggregateFunction::StringAgg(separator.to_owned())
        }
        name => {
            return Err(Error::internal(format!(
                "there is no aggregate function `{name}`"
            )));
        }
    })
}

/// Returns whether the function makes geometries, which are shown as JSON text.
pub(super) fn is_geometry(function: &AggregateFunction) -> bool {
    matches!(
        function,
        AggregateFunction::GeometryUnion
            | AggregateFunction::GeometryIntersection
            | AggregateFunction::GeometryExtent
    )
}

/// Returns the value at a path of a JSON column, in the type that the function works on.
pub(super) fn at_path(document: &Expr, path: &str, function: &AggregateFunction) -> (Expr, Scalar) {
    let (ty, scalar) = match function {
        AggregateFunction::Sum | AggregateFunction::Avg | AggregateFunction::Min | AggregateFunction::Max => {
            (SqlType::Double, Scalar::Float)
        }
        AggregateFunction::StringAgg(_) => (SqlType::Text, Scalar::String),
        AggregateFunction::BoolAnd | AggregateFunction::BoolOr => (SqlType::Boolean, Scalar::Boolean),
        _ => (SqlType::Json, Scalar::Json),
    };
    let path = path
        .trim_start_matches("$.")
        .split('.')
        .map(str::to_owned)
        .collect();
    (
        Expr::JsonPath {
            document: Box::new(document.clone()),
            path,
            ty,
        },
        scalar,
    )
}

/// Returns the scalar that a function of `scalar` returns.
pub(super) fn result_scalar(scalar: Scalar, function: &Selected) -> Result<Scalar> {
    let has_path = scalar == Scalar::Json && function.arguments.contains_key("path");
    Ok(match function_of(function)? {
        AggregateFunction::Count | AggregateFunction::CountRows => Scalar::BigInt,
        AggregateFunction::Avg => Scalar::Float,
        AggregateFunction::StringAgg(_) => Scalar::String,
        AggregateFunction::BoolAnd | AggregateFunction::BoolOr => Scalar::Boolean,
        AggregateFunction::Sum | AggregateFunction::Min | AggregateFunction::Max if has_path => Scalar::Float,
        _ => scalar,
    })
}
