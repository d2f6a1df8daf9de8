//! What a navigation field leads to: rows of a link, of a table function, or of a join that the query makes itself.

use std::borrow::Cow;

use super::call_rows;
use super::column;
use super::columns::Row;
use super::join::{JOIN_FIELD, dynamic_link};
use super::link::{self, LinkRows, Twin, field_of};
use super::object::Objects;
use super::spatial::{SPATIAL_FIELD, spatial_link};
use crate::catalog::model::{CallField, CallKind, Cardinality, DataObject, FunctionKind, Link};
use crate::error::Result;
use crate::gql::Selected;
use crate::name::SourceName;
use crate::sql::ast::Expr;

/// Where a navigation field leads.
pub(super) struct Followed<'a> {
    /// What the rows are.
    pub(super) target: Cow<'a, DataObject>,
    /// The rows, of whatever parent.
    pub(super) rows: LinkRows,
    /// One row per parent, or a list.
    pub(super) cardinality: Cardinality,
    /// What is made of the rows.
    pub(super) twin: Twin,
}

/// Returns where the field `selected` of `owner` leads; `None` when it is no navigation field.
pub(super) fn follow<'a>(
    objects: &Objects<'a>,
    owner: &DataObject,
    selected: &Selected,
) -> Result<Option<Followed<'a>>> {
    let name = selected.name.as_str();
    if let Some((link, twin)) = link::link_and_twin(owner, name) {
        return by_link(objects, owner, link, twin, selected).map(Some);
    }
    let Some((call, twin)) = call_and_twin(owner, name) else {
        return Ok(None);
    };
    let (target, rows) = call_rows::rows(objects, owner, call, selected)?;
    let cardinality = if call.returns.is_list {
        Cardinality::Many
    } else {
        Cardinality::One
    };
    Ok(Some(Followed {
        target,
        rows,
        cardinality,
        twin,
    }))
}

/// Returns the source in which the rows lie that the field `selected` of `owner`, or of its field `join`, leads to; `None`
/// when it is no navigation field.
pub(super) fn source_below(
    objects: &Objects<'_>,
    owner: &DataObject,
    join: Option<&Selected>,
    selected: &Selected,
) -> Result<Option<SourceName>> {
    let of_object = |name| objects.object(name).map(|object| Some(object.source.clone()));
    if let Some(join) = join {
        let link = if join.name.as_str() == SPATIAL_FIELD {
            spatial_link(objects, owner, join, selected)?
        } else {
            dynamic_link(objects, owner, join, selected)?
        };
        return of_object(&link.target);
    }
    let name = selected.name.as_str();
    if let Some((link, _)) = link::link_and_twin(owner, name) {
        return of_object(&link.target);
    }
    let function = call_and_twin(owner, name).and_then(|(call, _)| {
        objects
            .catalog
            .function(FunctionKind::Query, &call.module, &call.function)
    });
    Ok(function.map(|function| function.source.clone()))
}

/// Returns where `member` of `join`, a field `_join` or `_spatial` of `owner`, leads.
pub(super) fn follow_member<'a>(
    objects: &Objects<'a>,
    owner: &DataObject,
    join: &Selected,
    member: &Selected,
) -> Result<Followed<'a>> {
    let link = if join.name.as_str() == SPATIAL_FIELD {
        spatial_link(objects, owner, join, member)?
    } else {
        dynamic_link(objects, owner, join, member)?
    };
    let twin = Twin::of(member.name.as_str(), link.name.as_str());
    by_link(objects, owner, &link, twin, member)
}

/// Returns whether the members of `selected` are joins that the query makes itself.
pub(super) fn holds_joins(selected: &Selected) -> bool {
    [JOIN_FIELD, SPATIAL_FIELD].contains(&selected.name.as_str())
}

fn by_link<'a>(
    objects: &Objects<'a>,
    owner: &DataObject,
    link: &Link,
    twin: Twin,
    selected: &Selected,
) -> Result<Followed<'a>> {
    let target: &'a DataObject = objects.object(&link.target)?;
    Ok(Followed {
        target: Cow::Borrowed(target),
        rows: link::all_rows(objects, owner, link, &selected.arguments)?,
        cardinality: link.cardinality,
        twin,
    })
}

/// Returns the call whose rows the field `name` of `object` is made of, and what it makes of them.
fn call_and_twin<'a>(object: &'a DataObject, name: &str) -> Option<(&'a CallField, Twin)> {
    let gives_rows = |call: &&CallField| matches!(call.kind, CallKind::Join { .. });
    let named = |name: &str| object.calls.get(name).filter(gives_rows);
    let twin = |suffix: &str| name.strip_suffix(suffix).and_then(named);
    named(name)
        .map(|call| (call, Twin::Rows))
        .or_else(|| twin("_bucket_aggregation").map(|call| (call, Twin::Buckets)))
        .or_else(|| twin("_aggregation").map(|call| (call, Twin::Aggregation)))
}

impl LinkRows {
    /// Returns the conditions that make the rows those of `parent`.
    pub(super) fn of_parent(&self, parent: Row<'_>) -> Result<Vec<Expr>> {
        let mut conditions = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            let field = field_of(parent.object, &key.parent)?;
            let value = column::value(parent.object, parent.alias, field)?;
            conditions.push(Expr::equals(key.expr.clone(), value));
        }
        Ok(conditions)
    }
}
