//! The operators of one column's filter. A new operator starts in [`FilterOperator`] and becomes SQL here.

use serde_json::{Map, Value as Json};

use super::literal::{bind_scalar, parse_scalar};
use crate::catalog::scalar::{FilterOperator, Scalar};
use crate::error::{Error, ErrorCode, Result};
use crate::sql::Value;
use crate::sql::ast::{Expr, InList, Operator, RangeBound, SqlType};

/// Returns the conditions of `filter` on a column of `scalar`; operators with a null value vanish.
pub(super) fn scalar_conditions(
    scalar: Scalar,
    column: &Expr,
    filter: &Map<String, Json>,
    member: &str,
) -> Result<Vec<Expr>> {
    conditions(scalar.filter_operators(), filter, member, |operator, value| {
        scalar_condition(scalar, operator, column.clone(), value)
    })
}

/// Returns the conditions of `tests` on a value of groups, which can be compared in more ways than a column is filtered.
pub(super) fn group_conditions(
    scalar: Scalar,
    value: &Expr,
    tests: &Map<String, Json>,
    member: &str,
) -> Result<Vec<Expr>> {
    use FilterOperator::{Eq, Gt, Gte, Ilike, In, IsNull, Like, Lt, Lte, Ne, Regex};
    let known: &[FilterOperator] = match scalar {
        Scalar::String => &[Eq, Ne, Gt, Gte, Lt, Lte, In, Like, Ilike, Regex, IsNull],
        Scalar::Boolean => &[Eq, Ne, IsNull],
        Scalar::Int
        | Scalar::BigInt
        | Scalar::Float
        | Scalar::Date
        | Scalar::Time
        | Scalar::Timestamp
        | Scalar::DateTime
        | Scalar::Interval => &[Eq, Ne, Gt, Gte, Lt, Lte, In, IsNull],
        Scalar::Json
        | Scalar::Geometry
        | Scalar::IntRange
        | Scalar::BigIntRange
        | Scalar::TimestampRange
        | Scalar::H3Cell
        | Scalar::Vector => &[IsNull],
    };
    conditions(known, tests, member, |operator, wanted| {
        scalar_condition(scalar, operator, value.clone(), wanted)
    })
}

/// Returns the conditions of `filter` on a column that is a list of `scalar`.
pub(super) fn list_conditions(
    scalar: Scalar,
    column: &Expr,
    filter: &Map<String, Json>,
    member: &str,
) -> Result<Vec<Expr>> {
    conditions(
        scalar.list_filter_operators(),
        filter,
        member,
        |operator, value| {
            let column = column.clone();
            if operator == FilterOperator::IsNull {
                return null_test(column, value);
            }
            let list = list(scalar, value)?;
            match operator {
                FilterOperator::Contains => Ok(Expr::test(Operator::ListContains, column, list)),
                FilterOperator::Intersects => Ok(Expr::test(Operator::ListIntersects, column, list)),
                _ => Ok(Expr::equals(column, list)),
            }
        },
    )
}

/// Returns the list of values that a filter compares with; a single value is a list of one.
fn values_of(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items.iter().filter(|item| !item.is_null()).cloned().collect(),
        other => vec![other.clone()],
    }
}

fn conditions(
    known: &[FilterOperator],
    filter: &Map<String, Json>,
    member: &str,
    condition: impl Fn(FilterOperator, &Json) -> Result<Expr>,
) -> Result<Vec<Expr>> {
    let mut conditions = Vec::new();
    for (name, value) in filter.iter().filter(|(_, value)| !value.is_null()) {
        let operator = known
            .iter()
            .copied()
            .find(|operator| operator.as_str() == name)
            .ok_or_else(|| {
                let valid: Vec<_> = known.iter().map(|operator| operator.as_str()).collect();
                Error::new(
                    ErrorCode::GraphqlValidation,
                    format!(
                        "unknown operator `{name}` in the filter of `{member}`; valid are {}",
                        valid.join(", ")
                    ),
                )
            })?;
        conditions.push(condition(operator, value)?);
    }
    Ok(conditions)
}

fn scalar_condition(scalar: Scalar, operator: FilterOperator, column: Expr, value: &Json) -> Result<Expr> {
    if let Some(bound) = scalar.range_bound() {
        return range_condition((scalar, bound), operator, column, value);
    }
    let test = match operator {
        FilterOperator::IsNull => return null_test(column, value),
        FilterOperator::In => return in_list(scalar, column, value),
        FilterOperator::Has => {
            return Ok(Expr::test(
                Operator::JsonHas,
                column,
                bind_scalar(Scalar::String, value)?,
            ));
        }
        FilterOperator::HasAll => {
            return Ok(Expr::test(
                Operator::JsonHasAll,
                column,
                list(Scalar::String, value)?,
            ));
        }
        FilterOperator::Eq => match scalar {
            Scalar::Geometry => Operator::GeometryEquals,
            Scalar::Json => Operator::JsonEquals,
            _ => Operator::Eq,
        },
        FilterOperator::Ne => Operator::Ne,
        FilterOperator::Gt => Operator::Gt,
        FilterOperator::Gte => Operator::Gte,
        FilterOperator::Lt => Operator::Lt,
        FilterOperator::Lte => Operator::Lte,
        FilterOperator::Like => Operator::Like,
        FilterOperator::Ilike => Operator::Ilike,
        FilterOperator::Regex => Operator::Regex,
        FilterOperator::Contains if scalar == Scalar::Geometry => Operator::GeometryContains,
        FilterOperator::Contains => Operator::JsonContains,
        FilterOperator::Intersects => Operator::GeometryIntersects,
        FilterOperator::Includes
        | FilterOperator::Excludes
        | FilterOperator::Upper
        | FilterOperator::Lower
        | FilterOperator::UpperInclusive
        | FilterOperator::LowerInclusive
        | FilterOperator::UpperInf
        | FilterOperator::LowerInf => {
            return Err(Error::internal("a range operator on a scalar that is no range"));
        }
    };
    Ok(Expr::test(test, column, bind_scalar(scalar, value)?))
}

/// Returns the condition on a range of `scalars.0`, whose bounds are of `scalars.1`.
fn range_condition(
    scalars: (Scalar, Scalar),
    operator: FilterOperator,
    column: Expr,
    value: &Json,
) -> Result<Expr> {
    let range = |value| bind_scalar(scalars.0, value);
    // The bound's own type decides what it is compared with.
    let bound = |value| {
        let (value, ty) = parse_scalar(scalars.1, value)?;
        Ok::<_, Error>(Expr::Param(value, Some(ty.unwrap_or(json_item_type(scalars.1)))))
    };
    let of_bounds = |asked: RangeBound, value: Expr| {
        Expr::equals(Expr::RangeBound(asked, Box::new(column.clone())), value)
    };
    let truth = |value: &Json| bind_scalar(Scalar::Boolean, value);
    Ok(match operator {
        FilterOperator::IsNull => null_test(column, value)?,
        FilterOperator::Eq => Expr::equals(column, range(value)?),
        FilterOperator::Contains => Expr::test(Operator::RangeContains, column, bound(value)?),
        FilterOperator::Includes => Expr::test(Operator::RangeContains, column, range(value)?),
        FilterOperator::Intersects => Expr::test(Operator::RangeIntersects, column, range(value)?),
        FilterOperator::Excludes => Expr::test(Operator::RangeIntersects, column, range(value)?).negated(),
        FilterOperator::Upper => of_bounds(RangeBound::Upper, bound(value)?),
        FilterOperator::Lower => of_bounds(RangeBound::Lower, bound(value)?),
        FilterOperator::UpperInclusive => of_bounds(RangeBound::UpperInclusive, truth(value)?),
        FilterOperator::LowerInclusive => of_bounds(RangeBound::LowerInclusive, truth(value)?),
        FilterOperator::UpperInf => of_bounds(RangeBound::UpperInfinite, truth(value)?),
        FilterOperator::LowerInf => of_bounds(RangeBound::LowerInfinite, truth(value)?),
        _ => return Err(Error::internal("an operator that ranges do not have")),
    })
}

fn null_test(column: Expr, value: &Json) -> Result<Expr> {
    let is_null = value.as_bool().ok_or_else(|| {
        Error::new(
            ErrorCode::GraphqlValidation,
            "operator `is_null` expects true or false",
        )
    })?;
    Ok(Expr::IsNull {
        expr: Box::new(column),
        is_null,
    })
}

fn in_list(scalar: Scalar, column: Expr, value: &Json) -> Result<Expr> {
    let items = values_of(value);
    if items.is_empty() {
        return Ok(Expr::Bool(false));
    }
    let mut values = Vec::with_capacity(items.len());
    for item in &items {
        values.push(parse_scalar(scalar, item)?.0);
    }
    Ok(is_one_of(column, values, json_item_type(scalar)))
}

/// Returns the condition that a key is one of `values`, for rows that are matched with their parents afterwards.
pub(super) fn is_key_among(expr: Expr, values: Vec<Value>, ty: SqlType) -> Expr {
    one_of(expr, values, ty, true)
}

/// Returns the condition that `expr` is one of `values`, of which there is at least one.
pub(super) fn is_one_of(expr: Expr, values: Vec<Value>, ty: SqlType) -> Expr {
    one_of(expr, values, ty, false)
}

fn one_of(expr: Expr, values: Vec<Value>, ty: SqlType, may_widen: bool) -> Expr {
    Expr::In {
        expr: Box::new(expr),
        list: InList {
            values,
            ty,
            may_widen,
        },
    }
}

/// Returns the values as one bound list.
fn list(scalar: Scalar, value: &Json) -> Result<Expr> {
    let mut items = Vec::new();
    for item in values_of(value) {
        items.push(parse_scalar(scalar, &item)?.0.to_json());
    }
    Ok(Expr::List(
        Value::Text(Json::Array(items).to_string()),
        json_item_type(scalar),
    ))
}

/// Returns the type in which the items of a JSON array are read as `scalar`.
pub(super) fn json_item_type(scalar: Scalar) -> SqlType {
    match scalar {
        Scalar::Int => SqlType::Integer,
        Scalar::BigInt => SqlType::BigInt,
        Scalar::Float => SqlType::Double,
        Scalar::Boolean => SqlType::Boolean,
        Scalar::Date => SqlType::Date,
        Scalar::Time => SqlType::Time,
        Scalar::Timestamp => SqlType::TimestampTz,
        Scalar::DateTime => SqlType::Timestamp,
        Scalar::Interval => SqlType::Interval,
        Scalar::String
        | Scalar::Json
        | Scalar::Geometry
        | Scalar::IntRange
        | Scalar::BigIntRange
        | Scalar::TimestampRange
        | Scalar::H3Cell
        | Scalar::Vector => SqlType::Text,
    }
}
