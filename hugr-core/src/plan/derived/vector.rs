//! Distances of vectors, and the rows that are nearest to one.

use serde_json::{Map, Value as Json};

use crate::catalog::model::{BaseType, DataObject, Field};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::plan::column;
use crate::plan::link::LinkRows;
use crate::sql::Value;
use crate::sql::ast::{
    Direction, Expr, OrderItem, Relation, RelationSource, ResultColumn, Select, SqlType, VectorMeasure,
};

/// Returns the distance of a vector to the argument `vector`, in the measure `distance`.
pub(super) fn distance(field: &Field, value: Expr, arguments: &Arguments) -> Result<Expr> {
    let other = vector(field, arguments.get("vector").unwrap_or(&Json::Null))?;
    let measure = measure(arguments.get("distance"))?;
    Ok(Expr::VectorDistance {
        measure,
        vectors: Box::new((value, other)),
    })
}

/// Returns the rows of `base` that the argument `similarity` wants, nearest first; `base` itself without it.
pub(in crate::plan) fn nearest_rows(
    object: &DataObject,
    alias: &str,
    selected: &Selected,
    base: Select,
) -> Result<Select> {
    let Some(similarity) = selected.arguments.get("similarity").and_then(Json::as_object) else {
        return Ok(base);
    };
    let (key, limit) = nearest(object, alias, similarity)?;
    Ok(Select {
        from: Some(candidates(alias, base, key.clone(), limit)),
        order_by: vec![key],
        ..Select::default()
    })
}

/// Makes the rows of a link those that the argument `similarity` wants, of all that meet its conditions, before they are
/// given to parents. Returns the key by which they are sorted, nearest first; `None` without the argument.
pub(in crate::plan) fn nearest_rows_of_link(
    target: &DataObject,
    rows: &mut LinkRows,
    conditions: &mut Vec<Expr>,
    selected: &Selected,
) -> Result<Option<OrderItem>> {
    let Some(similarity) = selected.arguments.get("similarity").and_then(Json::as_object) else {
        return Ok(None);
    };
    let (key, limit) = nearest(target, &rows.alias, similarity)?;
    let joined = rows.joins.iter_mut().map(|join| &mut join.relation);
    let relation = std::iter::once(&mut rows.from)
        .chain(joined)
        .find(|relation| relation.alias == rows.alias)
        .ok_or_else(|| Error::internal("the rows of a link are not among its relations"))?;
    let all = Select {
        from: Some(relation.clone()),
        filters: std::mem::take(conditions),
        ..Select::default()
    };
    *relation = candidates(&rows.alias, all, key.clone(), limit);
    Ok(Some(key))
}

/// Returns the `limit` first rows of `base` by `key`, under the same alias.
fn candidates(alias: &str, base: Select, key: OrderItem, limit: u64) -> Relation {
    let page = Select {
        columns: vec![ResultColumn {
            expr: Expr::AllColumns(alias.to_owned()),
            alias: String::new(),
        }],
        order_by: vec![key],
        limit: Some(limit),
        ..base
    };
    Relation {
        source: RelationSource::Query(Box::new(page)),
        alias: alias.to_owned(),
    }
}

/// Returns the sort key and number of rows that the argument `similarity` wants.
fn nearest(object: &DataObject, alias: &str, similarity: &Map<String, Json>) -> Result<(OrderItem, u64)> {
    let name = similarity.get("name").and_then(Json::as_str).unwrap_or_default();
    let is_vector = |field: &&Field| field.ty.base == BaseType::Scalar(Scalar::Vector);
    let field = object.fields.get(name).filter(is_vector).ok_or_else(|| {
        let valid: Vec<_> = object
            .fields
            .values()
            .filter(is_vector)
            .map(|field| field.name.as_str())
            .collect();
        let message = format!(
            "`{name}` is not a vector of `{}`; valid are {}",
            object.name,
            valid.join(", ")
        );
        Error::new(ErrorCode::GraphqlValidation, message)
    })?;
    let expr = distance(field, column::value(object, alias, field)?, similarity)?;
    let limit = similarity.get("limit").and_then(Json::as_u64).unwrap_or(0);
    Ok((
        OrderItem {
            expr,
            direction: Direction::Ascending,
            nulls: None,
        },
        limit,
    ))
}

fn vector(field: &Field, value: &Json) -> Result<Expr> {
    let invalid = |reason: String| {
        Error::new(
            ErrorCode::GraphqlValidation,
            format!("argument `vector`: {reason}"),
        )
    };
    let numbers: Vec<f64> = match value {
        Json::Array(items) => items.iter().filter_map(Json::as_f64).collect(),
        Json::String(text) => serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?,
        _ => return Err(invalid("expected a list of numbers".to_owned())),
    };
    if value.as_array().is_some_and(|items| items.len() != numbers.len()) {
        return Err(invalid("expected a list of numbers".to_owned()));
    }
    let given = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    if let Some(length) = field.options.vector_length.filter(|length| *length != given) {
        return Err(invalid(format!(
            "`{}` has {length} dimensions, not {given}",
            field.name
        )));
    }
    Ok(Expr::Param(
        Value::Text(Json::from(numbers).to_string()),
        Some(SqlType::Vector(given)),
    ))
}

fn measure(value: Option<&Json>) -> Result<VectorMeasure> {
    match value.and_then(Json::as_str).unwrap_or_default() {
        "L2" => Ok(VectorMeasure::L2),
        "Cosine" => Ok(VectorMeasure::Cosine),
        "Inner" => Ok(VectorMeasure::Inner),
        other => Err(Error::new(
            ErrorCode::GraphqlValidation,
            format!("unknown vector distance `{other}`; valid are L2, Cosine, Inner"),
        )),
    }
}
