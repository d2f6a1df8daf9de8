//! Rows in groups: the keys, what is aggregated, and which groups are wanted.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::columns::{Aggregates, object_of};
use super::gapfill::{Gap, GroupColumns};
use super::having::{Groups, group_column, having};
use super::key::Keys;
use crate::catalog::model::DataObject;
use crate::catalog::scalar::Scalar;
use crate::error::{Error, Result};
use crate::gql::Selected;
use crate::plan::condition::object_filter;
use crate::plan::object::Objects;
use crate::plan::order::sort_keys;
use crate::plan::tree::{OutputField, OutputValue};
use crate::sql::ast::{Aggregate, AggregateFunction, Expr, Operator, ResultColumn, Select};

/// What is grouped.
#[derive(Clone)]
pub(super) struct GroupedRows<'a> {
    pub(super) object: &'a DataObject,
    pub(super) alias: &'a str,
    /// How much of its row each row is, when rows are parts of others.
    pub(super) weight: Option<Expr>,
}

/// Rows in groups.
pub(super) struct Grouped {
    pub(super) select: Select,
    pub(super) output: Vec<OutputField>,
    /// How many columns are keys; they come first.
    pub(super) key_count: usize,
    /// Scalars and values of these columns.
    pub(super) key_scalars: HashMap<usize, (Scalar, Expr)>,
    /// Scalars of the aggregates that can be compared.
    pub(super) scalars: HashMap<usize, Scalar>,
}

/// Groups the rows of `base` by the keys that are selected.
///
/// Each `aggregations` may have a filter of its own; groups are those in which some of them has rows.
///
/// The keys of parents become the last columns; afterwards they are in terms of the statement that is returned.
pub(super) fn buckets(
    objects: &Objects<'_>,
    rows: GroupedRows<'_>,
    selected: &Selected,
    mut base: Select,
    parents: &mut [Expr],
) -> Result<Grouped> {
    let GroupedRows {
        object,
        alias,
        weight,
    } = rows;
    let mut keys = Keys::of_rows(alias, selected);
    let mut aggregates = Aggregates::new(objects);
    aggregates.weight = weight;
    let mut output = Vec::with_capacity(selected.selection.len());
    let named = |name: &'static str| {
        let parts = selected.selection.iter();
        parts.filter(move |field| field.name.as_str() == name)
    };
    let branches = named("aggregations").count();
    // Columns of keys come first, so that the aggregates' places are known while they are made.
    for field in named("key") {
        keys.add(objects, object, alias, &field.selection)?;
    }
    base.group_by = keys.columns.iter().map(|column| column.expr.clone()).collect();
    aggregates.columns = keys.columns;
    let key_scalars = keys.scalars;
    let group_columns = GroupColumns {
        keys: aggregates.columns.len(),
        parents: parents.len(),
    };
    base.joins.extend(keys.joins);
    let mut conditions = Some(Vec::new());
    let mut key_outputs = keys.outputs.into_iter();
    for field in &selected.selection {
        let value = match field.name.as_str() {
            "__typename" => OutputValue::Typename(field.parent.clone()),
            "key" => key_outputs
                .next()
                .ok_or_else(|| Error::internal("a key is missing"))?,
            _ => branch(
                objects,
                object,
                alias,
                field,
                (&mut aggregates, &mut conditions, branches),
            )?,
        };
        output.push(OutputField {
            key: field.key.clone(),
            value,
        });
    }
    if let Some(conditions) = conditions.filter(|_| branches > 0) {
        base.filters.push(Expr::Or(conditions));
    }
    let scalars = std::mem::take(&mut aggregates.scalars);
    let mut select = with_aggregates(base, aggregates);
    by_parent(&mut select, parents);
    let is_filled = keys.gap.is_some();
    if let Some(gap) = keys.gap {
        select = filled(&gap, select, &group_columns, parents)?;
    }
    let groups = Groups {
        output: &output,
        keys: &key_scalars,
        columns: &select.columns,
        scalars: &scalars,
        are_filled: is_filled,
    };
    let wanted = having(objects, selected, &groups)?;
    select.filters.extend(wanted.rows);
    if is_filled {
        select.filters.extend(wanted.groups);
    } else {
        select.having = wanted.groups;
    }
    Ok(Grouped {
        select,
        output,
        key_count: group_columns.keys,
        key_scalars,
        scalars,
    })
}

/// Adds the groups that are missing.
fn filled(gap: &Gap, groups: Select, columns: &GroupColumns, parents: &mut [Expr]) -> Result<Select> {
    let filled = gap.fill(groups, columns)?;
    let first_parent = filled.columns.len() - parents.len();
    for (key, column) in parents.iter_mut().zip(filled.columns.iter().skip(first_parent)) {
        *key = column.expr.clone();
    }
    Ok(filled)
}

/// Groups by the keys of parents, too, which become the last columns.
pub(super) fn by_parent(select: &mut Select, keys: &[Expr]) {
    for (index, key) in keys.iter().enumerate() {
        select.group_by.push(key.clone());
        select.columns.push(ResultColumn {
            expr: key.clone(),
            alias: format!("__key{index}"),
        });
    }
}

/// Adds one `aggregations`; `conditions` becomes `None` when one of them has no filter, so that all rows count.
fn branch(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    field: &Selected,
    state: (&mut Aggregates<'_, '_>, &mut Option<Vec<Expr>>, usize),
) -> Result<OutputValue> {
    let (aggregates, conditions, branches) = state;
    let filter = match field.arguments.get("filter").and_then(Json::as_object) {
        Some(filter) => object_filter(objects, object, alias, filter)?,
        None => None,
    };
    aggregates.filter = filter.clone().filter(|_| branches > 1);
    aggregates.order_by = sort_keys(objects, object, alias, field, "order_by")?;
    let fields = aggregates.object(object, alias, &field.selection)?;
    let present = if aggregates.filter.is_some() {
        let rows = Aggregate {
            function: AggregateFunction::CountRows,
            argument: None,
            is_distinct: false,
            order_by: Vec::new(),
            filter: aggregates.filter.clone(),
        };
        let rows = Expr::test(Operator::Gt, Expr::Aggregate(Box::new(rows)), Expr::Number(0));
        match aggregates.column(rows) {
            OutputValue::Column(index) => Some(index),
            _ => None,
        }
    } else {
        None
    };
    match (filter, conditions.as_mut()) {
        (Some(filter), Some(conditions)) => conditions.push(filter),
        (None, _) => *conditions = None,
        (Some(_), None) => {}
    }
    aggregates.filter = None;
    aggregates.order_by = Vec::new();
    Ok(match object_of(fields) {
        OutputValue::Object { fields, .. } => OutputValue::Object { fields, present },
        other => other,
    })
}

/// Returns `base` with what is aggregated as its columns.
pub(super) fn with_aggregates(mut base: Select, aggregates: Aggregates<'_, '_>) -> Select {
    base.columns = aggregates.columns;
    base.joins.extend(aggregates.joins);
    if base.columns.is_empty() {
        // Only `__typename` is wanted: there is one row all the same.
        let rows = Aggregate {
            function: AggregateFunction::CountRows,
            argument: None,
            is_distinct: false,
            order_by: Vec::new(),
            filter: None,
        };
        base.columns.push(ResultColumn {
            expr: Expr::Aggregate(Box::new(rows)),
            alias: "__rows".to_owned(),
        });
    }
    base
}

/// Returns the value at a path of names in the response.
pub(super) fn group_value(output: &[OutputField], columns: &[ResultColumn], path: &str) -> Option<Expr> {
    let index = group_column(output, path)?;
    columns.get(index).map(|column| column.expr.clone())
}
