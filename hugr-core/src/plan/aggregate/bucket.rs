//! Aggregations as steps: of all rows, of each parent's rows, and in groups.
//!
//! ```text
//! orders_bucket_aggregation { key { status } paid: aggregations(filter: {paid: {eq: true}}) { _rows_count } }
//!   -> SELECT status, count(*) FILTER (WHERE paid), count(*) FILTER (WHERE paid) > 0 FROM orders WHERE paid GROUP BY status
//! ```

use super::branches::grouped;
use super::columns::Aggregates;
use super::groups::{Grouped, GroupedRows, by_parent, group_value, with_aggregates};
use super::measured::{measured, undivided_measures};
use crate::catalog::model::DataObject;
use crate::error::Result;
use crate::gql::Selected;
use crate::name::FieldName;
use crate::plan::children::{LinkSelect, cut_page, is_paged, page_bounds, page_of_rows, page_per_parent};
use crate::plan::column;
use crate::plan::columns::Row;
use crate::plan::derived::{nearest_rows, nearest_rows_of_link};
use crate::plan::follow::Followed;
use crate::plan::link::{Twin, field_of};
use crate::plan::object::Objects;
use crate::plan::order::{count, distinct_keys, sort_items, sort_keys};
use crate::plan::per_parent::ParentPage;
use crate::plan::select::{ROOT_ALIAS, row_conditions};
use crate::plan::tree::{OutputField, Step};
use crate::sql::ast::{Expr, ResultColumn, Select, SqlType};

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
    let cube = measured(objects, (object, ROOT_ALIAS), selected, base, &mut [])?;
    let (base, object, selected) = match &cube {
        Ok(cube) => (cube.rows.clone(), &cube.object, &cube.selected),
        Err(base) => (base.clone(), object, selected),
    };
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
    let rows = GroupedRows {
        object,
        alias: ROOT_ALIAS,
        weight: None,
    };
    let Grouped {
        mut select, output, ..
    } = grouped(objects, rows, selected, base, &mut [])?;
    let order = sort_items(objects, selected, "order_by", |path| {
        group_value(&output, &select.columns, path)
    })?;
    if !order.is_empty() {
        select.order_by = order;
    }
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

/// Returns the rows of a navigation field, aggregated for each parent.
pub(in crate::plan) fn link_rows(
    objects: &Objects<'_>,
    followed: Followed<'_>,
    selected: &Selected,
) -> Result<LinkAggregates> {
    let (twin, mut rows) = (followed.twin, followed.rows);
    let target: &DataObject = &followed.target;
    let alias = rows.alias.clone();
    let mut conditions = row_conditions(objects, target, &alias, selected)?;
    nearest_rows_of_link(target, &mut rows, &mut conditions, selected)?;
    let mut parents: Vec<_> = rows.keys.iter().map(|key| (key.parent.clone(), key.ty)).collect();
    let mut keys: Vec<_> = rows.keys.into_iter().map(|key| key.expr).collect();
    let mut filters = rows.filters;
    filters.extend(conditions);
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
    let rows = GroupedRows {
        object: target,
        alias: &alias,
        weight: rows.weight,
    };
    let (mut select, output) = match twin {
        Twin::Buckets => {
            let groups = grouped(objects, rows, selected, base, &mut keys)?;
            (groups.select, groups.output)
        }
        Twin::Aggregation | Twin::Rows => aggregated(objects, rows, selected, base, &mut keys)?,
    };
    let first_key = select.columns.len() - keys.len();
    let mut page = None;
    if twin == Twin::Buckets {
        let rows = ParentKeys { keys, parents };
        let groups;
        (groups, page) = page_of_groups(objects, select, (&output, rows), selected)?;
        LinkSelect {
            select,
            keys,
            parents,
            ..
        } = groups;
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

/// Aggregates the rows of `base` for each parent.
fn aggregated(
    objects: &Objects<'_>,
    rows: GroupedRows<'_>,
    selected: &Selected,
    base: Select,
    keys: &mut [Expr],
) -> Result<(Select, Vec<OutputField>)> {
    let GroupedRows {
        object,
        alias,
        weight,
    } = rows;
    let cube = measured(objects, (object, alias), selected, base, keys)?;
    if cube.is_ok() && weight.is_some() {
        return Err(undivided_measures());
    }
    let (base, object, selected) = match &cube {
        Ok(cube) => (cube.rows.clone(), &cube.object, &cube.selected),
        Err(base) => (base.clone(), object, selected),
    };
    let mut aggregates = Aggregates::new(objects);
    aggregates.weight = weight;
    aggregates.order_by = sort_keys(objects, object, alias, selected, "order_by")?;
    let output = aggregates.object(object, alias, &selected.selection)?;
    let mut select = with_aggregates(base, aggregates);
    by_parent(&mut select, keys);
    Ok((select, output))
}

/// Returns the value at `path` in the aggregation of the rows that a navigation field leads to from `parent`.
pub(in crate::plan) fn link_value(
    objects: &Objects<'_>,
    parent: Row<'_>,
    followed: Followed<'_>,
    selected: &Selected,
    path: &str,
) -> Result<Option<Expr>> {
    let rows = link_rows(objects, followed, selected)?;
    let mut select = rows.step.select;
    let Some(value) = group_value(&rows.step.output, &select.columns, path) else {
        return Ok(None);
    };
    for (key, (field, _)) in rows.keys.iter().zip(&rows.parents) {
        let field = field_of(parent.object, field)?;
        let value = column::value(parent.object, parent.alias, field)?;
        select.filters.push(Expr::equals(key.clone(), value));
    }
    // The groups stay: without rows there is no value, not a count of none.
    select.columns = vec![ResultColumn {
        expr: value,
        alias: "value".to_owned(),
    }];
    Ok(Some(Expr::Scalar(Box::new(select))))
}

/// By what rows are matched with their parents.
struct ParentKeys {
    keys: Vec<Expr>,
    parents: Vec<(FieldName, SqlType)>,
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

/// Sorts and pages the groups of each parent.
fn page_of_groups(
    objects: &Objects<'_>,
    select: Select,
    groups: (&[OutputField], ParentKeys),
    selected: &Selected,
) -> Result<(LinkSelect, Option<ParentPage>)> {
    let (output, rows) = groups;
    let sorted = |name| {
        sort_items(objects, selected, name, |path| {
            group_value(output, &select.columns, path)
        })
    };
    let mut order = sorted("nested_order_by")?;
    if order.is_empty() {
        order = sorted("order_by")?;
    }
    if order.is_empty() {
        order.clone_from(&select.order_by);
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
    let parents = rows.parents;
    let number = Expr::RowNumber {
        partition_by: Vec::new(),
        order_by: Vec::new(),
    };
    if page_bounds(&number, &per_parent)?.is_none() {
        let all = LinkSelect {
            select,
            keys: rows.keys,
            parents,
            order,
        };
        return Ok((all, None));
    }
    // A query of its own: a window over groups would repeat what they are made by.
    let mut groups = cut_page(select, order, parents);
    let page = page_per_parent(objects, &mut groups, &per_parent)?;
    Ok((groups, page))
}
