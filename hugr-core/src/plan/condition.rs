//! Filters become conditions (spec/queries.md §1.3, §2.4).
//!
//! A condition whose value is null disappears and never means "is NULL"; what holds only such conditions disappears with
//! it. That is why these functions return an `Option`.

use serde_json::{Map, Value as Json};

use super::column;
use super::link::{self, LinkTarget};
use super::literal::bind_scalar;
use super::object::{DeletedRows, Objects};
use super::operator::{list_conditions, scalar_conditions};
use super::structure::struct_member;
use crate::catalog::model::{BaseType, Cardinality, DataObject, Field, Link, StructType};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::sql::ast::Expr;
use crate::sql::dialect::Backend;

/// Returns the condition that `filter` puts on the row of `object` under `alias`; `None` when nothing is left of it.
pub(super) fn object_filter(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    filter: &Map<String, Json>,
) -> Result<Option<Expr>> {
    let mut terms = Vec::new();
    for (member, value) in filter.iter().filter(|(_, value)| !value.is_null()) {
        let term = if let Some(field) = object.fields.get(member.as_str()) {
            field_filter(objects, &column::value(object, alias, field)?, field, value)?
        } else if let Some(link) = object.links.get(member.as_str()) {
            link_filter(objects, object, alias, link, value)?
        } else {
            combinator(member, value, |nested| {
                object_filter(objects, object, alias, nested)
            })?
        };
        terms.extend(term);
    }
    Ok(all(terms))
}

/// Returns the values between which `filter` lets `field` be, both included.
pub(super) fn field_bounds(field: &Field, filter: &Map<String, Json>) -> Result<(Vec<Expr>, Vec<Expr>)> {
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    if let BaseType::Scalar(scalar) = &field.ty.base
        && let Some(tests) = filter.get(field.name.as_str()).and_then(Json::as_object)
    {
        for (test, value) in tests.iter().filter(|(_, value)| !value.is_null()) {
            let bound = || bind_scalar(*scalar, value);
            match test.as_str() {
                "eq" => {
                    lower.push(bound()?);
                    upper.push(bound()?);
                }
                "gt" | "gte" => lower.push(bound()?),
                "lte" => upper.push(bound()?),
                "lt" => upper.push(Expr::Before(Box::new(bound()?))),
                _ => {}
            }
        }
    }
    for nested in filter.get("_and").into_iter().flat_map(items) {
        if let Some(nested) = nested.as_object() {
            let (nested_lower, nested_upper) = field_bounds(field, nested)?;
            lower.extend(nested_lower);
            upper.extend(nested_upper);
        }
    }
    Ok((lower, upper))
}

/// `_and`, `_or` and `_not` over `nested` filters.
fn combinator(
    member: &str,
    value: &Json,
    nested: impl Fn(&Map<String, Json>) -> Result<Option<Expr>>,
) -> Result<Option<Expr>> {
    match member {
        "_and" | "_or" => {
            let mut terms = Vec::new();
            for item in items(value) {
                if !item.is_null() {
                    terms.extend(nested(as_object(member, item)?)?);
                }
            }
            if terms.is_empty() {
                return Ok(None);
            }
            Ok(Some(if member == "_and" {
                Expr::And(terms)
            } else {
                Expr::Or(terms)
            }))
        }
        "_not" => Ok(nested(as_object(member, value)?)?.map(Expr::negated)),
        _ => Err(Error::new(
            ErrorCode::GraphqlValidation,
            format!("unknown member `{member}` of a filter"),
        )),
    }
}

fn field_filter(objects: &Objects<'_>, value: &Expr, field: &Field, filter: &Json) -> Result<Option<Expr>> {
    let filter = as_object(field.name.as_str(), filter)?;
    let name = field.name.as_str();
    refuse_excluded(field, filter)?;
    match &field.ty.base {
        BaseType::Scalar(scalar) if scalar.range_bound().is_some() && objects.backend == Backend::DuckDb => {
            Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "filters on {} are not supported by this data source",
                    scalar.as_str()
                ),
            ))
        }
        BaseType::Scalar(scalar) => {
            // A list of a scalar without list operators is filtered like the scalar itself.
            let has_list_filter = field.ty.is_list && !scalar.list_filter_operators().is_empty();
            let conditions = if has_list_filter {
                list_conditions(*scalar, value, filter, name)?
            } else {
                scalar_conditions(*scalar, value, filter, name)?
            };
            Ok(all(conditions))
        }
        BaseType::Enum(_) => scalar_conditions(Scalar::String, value, filter, name).map(all),
        BaseType::Struct(_) if field.ty.is_list => Err(Error::new(
            ErrorCode::Unsupported,
            format!("filtering by `{name}`, a list of structs, is not supported yet"),
        )),
        BaseType::Struct(ty) => {
            let ty = objects
                .catalog
                .struct_type(ty.as_str())
                .ok_or_else(|| Error::internal(format!("the catalog has no struct `{ty}`")))?;
            struct_filter(objects, ty, value, filter)
        }
    }
}

/// Refuses operators that `@exclude_filter` takes from the filter of `field`.
fn refuse_excluded(field: &Field, filter: &Map<String, Json>) -> Result<()> {
    let excluded = field.options.excluded_operators.iter();
    let mut used = excluded.filter(|operator| {
        filter
            .get(operator.as_str())
            .is_some_and(|value| !value.is_null())
    });
    match used.next() {
        None => Ok(()),
        Some(operator) => Err(Error::new(
            ErrorCode::GraphqlValidation,
            format!("`{}` cannot be filtered with `{}`", field.name, operator.as_str()),
        )),
    }
}

fn struct_filter(
    objects: &Objects<'_>,
    ty: &StructType,
    value: &Expr,
    filter: &Map<String, Json>,
) -> Result<Option<Expr>> {
    let mut terms = Vec::new();
    for (member, nested) in filter.iter().filter(|(_, nested)| !nested.is_null()) {
        let term = match ty.fields.get(member.as_str()) {
            Some(field) => field_filter(objects, &struct_member(ty, value, field)?, field, nested)?,
            None => combinator(member, nested, |nested| struct_filter(objects, ty, value, nested))?,
        };
        terms.extend(term);
    }
    Ok(all(terms))
}

fn link_filter(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    link: &Link,
    value: &Json,
) -> Result<Option<Expr>> {
    let filter = as_object(link.name.as_str(), value)?;
    if link.cardinality == Cardinality::One {
        return quantifier(objects, object, alias, link, Quantifier::Any, filter);
    }
    let mut terms = Vec::new();
    for (name, nested) in filter.iter().filter(|(_, nested)| !nested.is_null()) {
        let kind = match name.as_str() {
            "any_of" => Quantifier::Any,
            "all_of" => Quantifier::All,
            "none_of" => Quantifier::None,
            _ => {
                return Err(Error::new(
                    ErrorCode::GraphqlValidation,
                    format!(
                        "unknown quantifier `{name}` of `{}`; valid are any_of, all_of, none_of",
                        link.name
                    ),
                ));
            }
        };
        terms.extend(quantifier(
            objects,
            object,
            alias,
            link,
            kind,
            as_object(name, nested)?,
        )?);
    }
    Ok(all(terms))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Any,
    All,
    None,
}

fn quantifier(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    link: &Link,
    kind: Quantifier,
    filter: &Map<String, Json>,
) -> Result<Option<Expr>> {
    let target = objects.object(&link.target)?;
    let rows = || -> Result<(LinkTarget, Vec<Expr>)> {
        let rows = link::rows_of(objects, object, alias, link)?;
        let mut visible = objects.conditions(target, &rows.alias, DeletedRows::Hidden)?;
        let (parent, field) = (object.name.as_str(), link.name.as_str());
        visible.extend(objects.field_conditions(parent, field, (target, &rows.alias))?);
        Ok((rows, visible))
    };
    let (wanted, mut visible) = rows()?;
    let Some(condition) = object_filter(objects, target, &wanted.alias, filter)? else {
        return Ok(None);
    };
    Ok(Some(match kind {
        Quantifier::Any | Quantifier::None => {
            visible.push(condition);
            wanted.exists(visible, kind == Quantifier::Any)
        }
        // At least one row, and none that fails; rows where the condition is NULL do not fail. Rows that are not visible
        // count for neither.
        Quantifier::All => {
            visible.push(condition.negated());
            let (present, visible_there) = rows()?;
            Expr::And(vec![
                wanted.exists(visible, false),
                present.exists(visible_there, true),
            ])
        }
    }))
}

fn all(mut terms: Vec<Expr>) -> Option<Expr> {
    match terms.len() {
        0 | 1 => terms.pop(),
        _ => Some(Expr::And(terms)),
    }
}

fn items(value: &Json) -> &[Json] {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn as_object<'a>(member: &str, value: &'a Json) -> Result<&'a Map<String, Json>> {
    value.as_object().ok_or_else(|| {
        Error::new(
            ErrorCode::GraphqlValidation,
            format!("member `{member}` of a filter expects an object"),
        )
    })
}
