//! Aggregations as steps: of all rows, of each parent's rows, and in groups.
//!
//! ```text
//! orders_bucket_aggregation { key { status } paid: aggregations(filter: {paid: {eq: true}}) { _rows_count } }
//!   -> SELECT status, count(*) FILTER (WHERE paid), count(*) FILTER (WHERE paid) > 0 FROM orders WHERE paid GROUP BY status
//! ```

use serde_json::Value as Json;

use super::columns::{Aggregates, object_of};
use super::key::Keys;
use crate::catalog::model::{DataObject, Link};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::FieldName;
use crate::plan::children::{LinkSelect, page_per_parent};
use crate::plan::condition::object_filter;
use crate::plan::derived::nearest_rows;
use crate::plan::link::{self, Twin};
use crate::plan::object::Objects;
use crate::plan::order::{count, distinct_keys, sort_items, sort_keys};
use crate::plan::per_parent::ParentPage;
use crate::plan::select::{ROOT_ALIAS, row_conditions};
use crate::plan::tree::{OutputField, OutputValue, Step};
use crate::sql::ast::{
    Aggregate, AggregateFunction, Expr, Operator, Relation, RelationSource, ResultColumn, Select, SqlType,
};

/// The aggregated rows of a link.
pub(in crate::plan) struct LinkAggregates {
    pub(in crate::plan) step: Step,
    /// The keys, in terms of the statement.
    pub(in crate::plan) keys: Vec<Expr>,
    /// The parent's side of each key, with its type.
    pub(in crate::plan) parents: Vec<(FieldName, SqlType)>,
    /// Result column of the first key.
    pub(in crate::plan) first_key: usize,
    /// Which groups of each parent are wanted, where the statement does not say so itself.
    pub(in crate::plan) page: Option<ParentPage>,
}

/// Returns the step for a root aggregation.
pub(in crate::plan) fn root_aggregation(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
) -> Result<Step> {
    let base = root_rows(objects, object, selected, Paging::OfRows)?;
    let mut aggregates = Aggregates::new(objects);
    aggregates.order_by = sort_keys(objects, object, ROOT_ALIAS, selected, "order_by")?;
    let output = aggregates.object(object, ROOT_ALIAS, &selected.selection)?;
    let select = with_aggregates(base, aggregates);
    Ok(Step {
        source: object.source.clone(),
        backend: objects.backend,
        select,
        output,
        children: Vec::new(),
    })
}

/// Returns the step for a root bucket aggregation.
pub(in crate::plan) fn root_buckets(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
) -> Result<Step> {
    let base = root_rows(objects, object, selected, Paging::OfGroups)?;
    let (mut select, output) = buckets(objects, object, ROOT_ALIAS, selected, base)?;
    select.order_by = sort_items(objects, selected, "order_by", |path| {
        group_value(&output, &select.columns, path)
    })?;
    select.limit = count(&selected.arguments, "limit")?;
    select.offset = count(&selected.arguments, "offset")?;
    Ok(Step {
        source: object.source.clone(),
        backend: objects.backend,
        select,
        output,
        children: Vec::new(),
    })
}

/// Returns the aggregated rows of a link of `owner`, for each parent.
pub(in crate::plan) fn link_rows(
    objects: &Objects<'_>,
    owner: &DataObject,
    followed: (&Link, Twin),
    selected: &Selected,
) -> Result<LinkAggregates> {
    let (link, twin) = followed;
    let target = objects.object(&link.target)?;
    let rows = link::all_rows(objects, owner, link, &selected.arguments)?;
    let alias = rows.alias.clone();
    let parents: Vec<_> = rows.keys.iter().map(|key| (key.parent.clone(), key.ty)).collect();
    let mut keys: Vec<_> = rows.keys.into_iter().map(|key| key.expr).collect();
    let mut filters = rows.filters;
    filters.extend(row_conditions(objects, target, &alias, selected)?);
    let mut base = Select {
        from: Some(rows.from),
        joins: rows.joins,
        filters,
        ..Select::default()
    };
    if twin == Twin::Aggregation && is_paged(selected) {
        base.order_by = sort_keys(objects, target, &alias, selected, "order_by")?;
        base.distinct_on = distinct_keys(objects, target, &alias, selected)?;
        base.limit = count(&selected.arguments, "limit")?;
        base.offset = count(&selected.arguments, "offset")?;
        base = page_of_rows(base, &alias, &mut keys);
    }
    let (mut select, output) = match twin {
        Twin::Buckets => buckets(objects, target, &alias, selected, base)?,
        Twin::Aggregation | Twin::Rows => {
            let mut aggregates = Aggregates::new(objects);
            aggregates.order_by = sort_keys(objects, target, &alias, selected, "order_by")?;
            let output = aggregates.object(target, &alias, &selected.selection)?;
            (with_aggregates(base, aggregates), output)
        }
    };
    let first_key = select.columns.len();
    for (index, key) in keys.iter().enumerate() {
        select.group_by.push(key.clone());
        select.columns.push(ResultColumn {
            expr: key.clone(),
            alias: format!("__key{index}"),
        });
    }
    let mut page = None;
    if twin == Twin::Buckets {
        (select, page) = page_of_groups(objects, (select, &output), &keys, selected)?;
    }
    let step = Step {
        source: target.source.clone(),
        backend: objects.backend,
        select,
        output,
        children: Vec::new(),
    };
    Ok(LinkAggregates {
        step,
        keys,
        parents,
        first_key,
        page,
    })
}

/// What `order_by`, `limit` and `offset` act on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paging {
    OfRows,
    OfGroups,
}

fn root_rows(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
    paging: Paging,
) -> Result<Select> {
    let base = Select {
        from: Some(objects.relation(object, ROOT_ALIAS, &selected.arguments)?),
        filters: row_conditions(objects, object, ROOT_ALIAS, selected)?,
        ..Select::default()
    };
    let base = nearest_rows(object, ROOT_ALIAS, selected, base)?;
    let base = Select {
        order_by: Vec::new(),
        ..base
    };
    if paging == Paging::OfGroups || !is_paged(selected) {
        return Ok(base);
    }
    let page = Select {
        order_by: sort_keys(objects, object, ROOT_ALIAS, selected, "order_by")?,
        distinct_on: distinct_keys(objects, object, ROOT_ALIAS, selected)?,
        limit: count(&selected.arguments, "limit")?,
        offset: count(&selected.arguments, "offset")?,
        ..base
    };
    Ok(page_of_rows(page, ROOT_ALIAS, &mut Vec::new()))
}

fn is_paged(selected: &Selected) -> bool {
    ["limit", "offset", "distinct_on"].iter().any(|name| {
        selected
            .arguments
            .get(*name)
            .is_some_and(|value| !value.is_null())
    })
}

/// Makes a page of rows a relation of its own, under the same alias; keys become columns of it.
fn page_of_rows(mut page: Select, alias: &str, keys: &mut [Expr]) -> Select {
    page.columns = vec![ResultColumn {
        expr: Expr::AllColumns(alias.to_owned()),
        alias: String::new(),
    }];
    for (index, key) in keys.iter_mut().enumerate() {
        let name = format!("__key{index}");
        let outer = Expr::column(alias, &name);
        page.columns.push(ResultColumn {
            expr: std::mem::replace(key, outer),
            alias: name,
        });
    }
    let from = Relation {
        source: RelationSource::Query(Box::new(page)),
        alias: alias.to_owned(),
    };
    Select {
        from: Some(from),
        ..Select::default()
    }
}

fn with_aggregates(mut base: Select, aggregates: Aggregates<'_, '_>) -> Select {
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

/// Groups the rows of `base` by the keys that are selected.
///
/// Each `aggregations` may have a filter of its own; groups are those in which some of them has rows.
fn buckets(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    selected: &Selected,
    mut base: Select,
) -> Result<(Select, Vec<OutputField>)> {
    let mut keys = Keys::default();
    let mut aggregates = Aggregates::new(objects);
    let mut output = Vec::with_capacity(selected.selection.len());
    let branches = selected
        .selection
        .iter()
        .filter(|field| field.name.as_str() == "aggregations")
        .count();
    // Columns of keys come first, so that the aggregates' places are known while they are made.
    for field in selected
        .selection
        .iter()
        .filter(|field| field.name.as_str() == "key")
    {
        keys.add(objects, object, alias, &field.selection)?;
    }
    base.group_by = keys.columns.iter().map(|column| column.expr.clone()).collect();
    aggregates.columns = keys.columns;
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
    if aggregates.repeats_rows && branches > 1 {
        return Err(Error::new(
            ErrorCode::Unsupported,
            "several `aggregations` of which one reaches into a list are not supported yet",
        ));
    }
    if let Some(conditions) = conditions.filter(|_| branches > 0) {
        base.filters.push(Expr::Or(conditions));
    }
    Ok((with_aggregates(base, aggregates), output))
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

/// Sorts and pages the groups of each parent.
fn page_of_groups(
    objects: &Objects<'_>,
    groups: (Select, &[OutputField]),
    keys: &[Expr],
    selected: &Selected,
) -> Result<(Select, Option<ParentPage>)> {
    let (select, output) = groups;
    let sorted = |name| {
        sort_items(objects, selected, name, |path| {
            group_value(output, &select.columns, path)
        })
    };
    let mut order = sorted("nested_order_by")?;
    if order.is_empty() {
        order = sorted("order_by")?;
    }
    let mut arguments = selected.arguments.clone();
    for (own, nested) in [("limit", "nested_limit"), ("offset", "nested_offset")] {
        if !arguments.contains_key(nested)
            && let Some(value) = arguments.remove(own)
        {
            arguments.insert(nested.to_owned(), value);
        }
    }
    let per_parent = Selected {
        arguments,
        ..selected.clone()
    };
    let select = Select {
        order_by: order.clone(),
        ..select
    };
    let mut rows = LinkSelect {
        select,
        keys: keys.to_vec(),
        parents: Vec::new(),
        order,
    };
    let page = page_per_parent(objects, &mut rows, &per_parent)?;
    Ok((rows.select, page))
}

/// Returns the value at a path of names in the response.
fn group_value(output: &[OutputField], columns: &[ResultColumn], path: &str) -> Option<Expr> {
    let (key, rest) = path
        .split_once('.')
        .map_or((path, None), |(key, rest)| (key, Some(rest)));
    let field = output.iter().find(|field| field.key == key)?;
    match (&field.value, rest) {
        (OutputValue::Column(index), None) => columns.get(*index).map(|column| column.expr.clone()),
        (OutputValue::Object { fields, .. }, Some(rest)) => group_value(fields, columns, rest),
        _ => None,
    }
}
