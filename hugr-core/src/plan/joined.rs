//! Rows of a link that are joined into the statement of their parents, so that a parent repeats for each of them.
//!
//! ```text
//! orders { id items(nested_limit: 2) @unnest { qty } }
//!   -> SELECT o.id, i.qty FROM orders AS o LEFT JOIN (
//!          SELECT i.*, i.order_id AS __key0 FROM items AS i QUALIFY row_number() OVER (PARTITION BY i.order_id) <= 2
//!      ) AS i ON i.__key0 = o.id
//! ```

use super::children::{is_paged, page_bounds, page_of_rows};
use super::column;
use super::columns::Row;
use super::derived::nearest_rows_of_link;
use super::link::{LinkRows, field_of};
use super::object::Objects;
use super::order::{count, distinct_keys, sort_keys};
use super::select::{is_inner, row_conditions};
use crate::catalog::model::DataObject;
use crate::error::Result;
use crate::gql::Selected;
use crate::sql::ast::{Expr, Join, JoinKind, Relation, RelationSource, ResultColumn, Select};

/// Rows of a link, to be joined.
pub(super) struct JoinedRows {
    /// Alias of the joined rows; all columns of the target are there under their own names.
    pub(super) alias: String,
    /// The join: parents without rows stay, unless the link is `inner`.
    pub(super) join: Join,
    /// Whether there is a row.
    pub(super) is_there: Expr,
    /// The columns by which the rows are joined, with the parent's value of each.
    pub(super) keys: Vec<(String, Expr)>,
}

/// Returns whether a list is to be one object in each of several rows.
pub(super) fn is_unnested(selected: &Selected) -> bool {
    selected.has_directive("unnest")
}

/// Returns `rows`, which are of `target`, to be joined to `parent`, with what the arguments of `selected` make of them.
pub(super) fn joined_rows(
    objects: &Objects<'_>,
    parent: Row<'_>,
    rows: (&DataObject, LinkRows),
    selected: &Selected,
) -> Result<JoinedRows> {
    let joined = objects.fresh_alias("_joined");
    let (select, keys) = rows_with_keys(objects, parent, rows, selected)?;
    let mut on = Vec::with_capacity(keys.len());
    let mut is_there = Vec::with_capacity(keys.len());
    for (name, value) in &keys {
        let child = Expr::column(&joined, name);
        is_there.push(Expr::IsNull {
            expr: Box::new(child.clone()),
            is_null: false,
        });
        on.push(Expr::equals(child, value.clone()));
    }
    let join = Join {
        kind: if is_inner(selected) {
            JoinKind::Inner
        } else {
            JoinKind::Left
        },
        relation: Relation {
            source: RelationSource::Query(Box::new(select)),
            alias: joined.clone(),
        },
        on: Expr::And(on),
    };
    Ok(JoinedRows {
        alias: joined,
        join,
        is_there: Expr::And(is_there),
        keys,
    })
}

/// Returns the rows of a link with its keys as further columns, and the parent's value of each key.
fn rows_with_keys(
    objects: &Objects<'_>,
    parent: Row<'_>,
    rows: (&DataObject, LinkRows),
    selected: &Selected,
) -> Result<(Select, Vec<(String, Expr)>)> {
    let (target, mut rows) = rows;
    let mut conditions = row_conditions(objects, target, &rows.alias, selected)?;
    nearest_rows_of_link(target, &mut rows, &mut conditions, selected)?;
    let alias = rows.alias;
    let mut values = Vec::with_capacity(rows.keys.len());
    let mut keys = Vec::with_capacity(rows.keys.len());
    for key in rows.keys {
        let field = field_of(parent.object, &key.parent)?;
        values.push((
            format!("__key{}", values.len()),
            column::value(parent.object, parent.alias, field)?,
        ));
        keys.push(key.expr);
    }
    let mut filters = rows.filters;
    filters.extend(conditions);
    let mut select = Select {
        from: Some(rows.from),
        joins: rows.joins,
        filters,
        ..Select::default()
    };
    let order_by = sort_keys(objects, target, &alias, selected, "order_by")?;
    if is_paged(selected) {
        select.order_by.clone_from(&order_by);
        select.distinct_on = distinct_keys(objects, target, &alias, selected)?;
        select.limit = count(&selected.arguments, "limit")?;
        select.offset = count(&selected.arguments, "offset")?;
        select = page_of_rows(select, &alias, &mut keys);
        select.columns = vec![all_of(&alias)];
    } else {
        select.columns = vec![all_of(&alias)];
        for (key, (name, _)) in keys.iter().zip(&values) {
            select.columns.push(ResultColumn {
                expr: key.clone(),
                alias: name.clone(),
            });
        }
    }
    let nested_order = sort_keys(objects, target, &alias, selected, "nested_order_by")?;
    let number = Expr::RowNumber {
        partition_by: keys,
        order_by: if nested_order.is_empty() {
            order_by
        } else {
            nested_order
        },
    };
    select.qualify = page_bounds(&number, selected)?;
    Ok((select, values))
}

fn all_of(alias: &str) -> ResultColumn {
    ResultColumn {
        expr: Expr::AllColumns(alias.to_owned()),
        alias: String::new(),
    }
}
