//! The rows of a link as a statement: its arguments, its page, and what is kept for each parent.

use super::column;
use super::columns::{Columns, Row, dimensions};
use super::derived::nearest_rows_of_link;
use super::follow::Followed;
use super::link::{LinkRows, field_of};
use super::object::Objects;
use super::order::{count, distinct_keys, sort_keys};
use super::per_parent::ParentPage;
use super::select::row_conditions;
use crate::catalog::model::DataObject;
use crate::error::Result;
use crate::gql::Selected;
use crate::name::FieldName;
use crate::sql::ast::{Expr, Operator, OrderItem, Relation, RelationSource, ResultColumn, Select, SqlType};
use crate::sql::dialect::Backend;

/// Alias of a page that was cut before its rows are given to parents.
const PAGE_ALIAS: &str = "_page";

/// Returns the condition that `followed`, the field `selected`, leads to rows from the row `parent`.
pub(super) fn has_children(
    objects: &Objects<'_>,
    parent: Row<'_>,
    followed: Followed<'_>,
    selected: &Selected,
) -> Result<Expr> {
    // Whether there are rows does not depend on their order, which may be that of columns that are not there.
    let mut selected = selected.clone();
    for argument in ["order_by", "nested_order_by"] {
        selected.arguments.remove(argument);
    }
    let rows = link_select(
        objects,
        &followed.target,
        &selected,
        followed.rows,
        Columns::new(objects),
    )?;
    let (mut select, row) = (rows.select, parent);
    for (key, (parent, _)) in rows.keys.iter().zip(&rows.parents) {
        let field = field_of(row.object, parent)?;
        let parent = column::value(row.object, row.alias, field)?;
        select.filters.push(Expr::equals(key.clone(), parent));
    }
    select.order_by.clear();
    let skipped = count(&selected.arguments, "nested_offset")?.unwrap_or(0);
    if skipped == 0 {
        select.columns = vec![ResultColumn {
            expr: Expr::Number(1),
            alias: "one".to_owned(),
        }];
        return Ok(Expr::Exists {
            query: Box::new(select),
            exists: true,
        });
    }
    let rows = Expr::Call {
        function: "count",
        arguments: vec![Expr::Number(1)],
    };
    select.columns = vec![ResultColumn {
        expr: rows,
        alias: "rows".to_owned(),
    }];
    let skipped = i64::try_from(skipped).unwrap_or(i64::MAX);
    Ok(Expr::test(
        Operator::Gt,
        Expr::Scalar(Box::new(select)),
        Expr::Param(skipped.into(), None),
    ))
}

/// The rows of a link as a statement.
pub(super) struct LinkSelect {
    pub(super) select: Select,
    /// The keys, in terms of the statement.
    pub(super) keys: Vec<Expr>,
    /// The parent's side of each key, with its type.
    pub(super) parents: Vec<(FieldName, SqlType)>,
    /// What the rows of each parent are sorted by, in terms of the statement.
    pub(super) order: Vec<OrderItem>,
}

/// Returns `rows`, which are of `target`, with the columns `found`, and with the keys as further columns after them.
///
/// `filter`, `order_by`, `limit`, `offset` and `distinct_on` of a link act on all its rows, before they are given to
/// parents; so a page is cut in a query of its own.
pub(super) fn link_select(
    objects: &Objects<'_>,
    target: &DataObject,
    selected: &Selected,
    mut rows: LinkRows,
    found: Columns<'_, '_>,
) -> Result<LinkSelect> {
    let mut conditions = row_conditions(objects, target, &rows.alias, selected)?;
    let nearest = nearest_rows_of_link(target, &mut rows, &mut conditions, selected)?;
    let alias = rows.alias;
    let mut filters = rows.filters;
    filters.extend(conditions);
    let mut order_by = sort_keys(objects, target, &alias, selected, "order_by")?;
    if order_by.is_empty() {
        order_by.extend(nearest);
    }
    let nested_order = sort_keys(objects, target, &alias, selected, "nested_order_by")?;
    let order = if nested_order.is_empty() {
        order_by.clone()
    } else {
        nested_order
    };
    let Columns {
        mut columns, joins, ..
    } = found;
    let keys: Vec<_> = rows.keys.iter().map(|key| key.expr.clone()).collect();
    let parents = rows.keys.iter().map(|key| (key.parent.clone(), key.ty)).collect();
    for (index, key) in keys.iter().enumerate() {
        columns.push(ResultColumn {
            expr: key.clone(),
            alias: format!("__key{index}"),
        });
    }
    let select = Select {
        distinct_on: distinct_keys(objects, target, &alias, selected)?,
        group_by: dimensions(&columns),
        columns,
        from: Some(rows.from),
        joins: rows.joins.into_iter().chain(joins).collect(),
        filters,
        limit: count(&selected.arguments, "limit")?,
        offset: count(&selected.arguments, "offset")?,
        ..Select::default()
    };
    if !is_paged(selected) {
        return Ok(LinkSelect {
            select: Select {
                order_by: order.clone(),
                ..select
            },
            keys,
            parents,
            order,
        });
    }
    Ok(cut_page(Select { order_by, ..select }, order, parents))
}

/// Makes `page` a query of its own; sort keys of its rows become columns of it.
pub(super) fn cut_page(
    mut page: Select,
    order: Vec<OrderItem>,
    parents: Vec<(FieldName, SqlType)>,
) -> LinkSelect {
    let outer = |alias: &str| Expr::column(PAGE_ALIAS, alias);
    let columns = page
        .columns
        .iter()
        .map(|column| ResultColumn {
            expr: outer(&column.alias),
            alias: column.alias.clone(),
        })
        .collect();
    let keys = (0..parents.len())
        .map(|index| outer(&format!("__key{index}")))
        .collect();
    let mut outer_order = Vec::with_capacity(order.len());
    for (index, item) in order.into_iter().enumerate() {
        // The key of a group cannot be selected twice, when it holds bound values.
        let known = page.columns.iter().find(|column| column.expr == item.expr);
        let alias = known.map_or_else(|| format!("__sort{index}"), |column| column.alias.clone());
        outer_order.push(OrderItem {
            expr: outer(&alias),
            ..item.clone()
        });
        if page.columns.iter().all(|column| column.alias != alias) {
            page.columns.push(ResultColumn {
                expr: item.expr,
                alias,
            });
        }
    }
    let from = Relation {
        source: RelationSource::Query(Box::new(page)),
        alias: PAGE_ALIAS.to_owned(),
    };
    let select = Select {
        columns,
        from: Some(from),
        order_by: outer_order.clone(),
        ..Select::default()
    };
    LinkSelect {
        select,
        keys,
        parents,
        order: outer_order,
    }
}

/// Keeps only the rows of each parent that `nested_limit` and `nested_offset` want: DuckDB's statement says so itself, that
/// of others depends on the parents and so is made when their keys are known.
pub(super) fn page_per_parent(
    objects: &Objects<'_>,
    rows: &mut LinkSelect,
    selected: &Selected,
) -> Result<Option<ParentPage>> {
    let (limit, offset) = page_of_parent(selected)?;
    if limit.is_none() && offset == 0 {
        return Ok(None);
    }
    let is_in_statement = objects.backend == Backend::DuckDb;
    if is_in_statement {
        let number = Expr::RowNumber {
            partition_by: rows.keys.clone(),
            order_by: rows.order.clone(),
        };
        rows.select.qualify = page_bounds(&number, selected)?;
    }
    Ok(Some(ParentPage {
        order: rows.order.clone(),
        limit,
        offset,
        is_in_statement,
    }))
}

/// Returns how many rows of each parent are wanted, and how many of them are left out first.
fn page_of_parent(selected: &Selected) -> Result<(Option<u64>, u64)> {
    let limit = count(&selected.arguments, "nested_limit")?.filter(|limit| *limit > 0);
    let offset = count(&selected.arguments, "nested_offset")?.unwrap_or(0);
    Ok((limit, offset))
}

/// Returns the condition that `number`, a row's number among those of its parent, is one that `nested_limit` and
/// `nested_offset` want; `None` when they want all.
pub(super) fn page_bounds(number: &Expr, selected: &Selected) -> Result<Option<Expr>> {
    let (limit, offset) = page_of_parent(selected)?;
    if limit.is_none() && offset == 0 {
        return Ok(None);
    };
    let bound = |count: u64| Expr::Param(i64::try_from(count).unwrap_or(i64::MAX).into(), None);
    let mut conditions = Vec::new();
    if let Some(limit) = limit {
        conditions.push(Expr::test(
            Operator::Lte,
            number.clone(),
            bound(offset.saturating_add(limit)),
        ));
    }
    if offset > 0 {
        conditions.push(Expr::test(Operator::Gt, number.clone(), bound(offset)));
    }
    Ok(Some(Expr::And(conditions)))
}

/// Returns whether a page of all rows is wanted, before they are given to parents or aggregated.
pub(super) fn is_paged(selected: &Selected) -> bool {
    ["limit", "offset", "distinct_on"].iter().any(|name| {
        selected
            .arguments
            .get(*name)
            .is_some_and(|value| !value.is_null())
    })
}

/// Makes a page of rows a relation of its own, under the same alias; keys become columns of it.
pub(super) fn page_of_rows(mut page: Select, alias: &str, keys: &mut [Expr]) -> Select {
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
