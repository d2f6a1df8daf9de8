//! Children of the parents at hand: their statement, restricted to keys, and the page that each parent has.
//!
//! DuckDB numbers the rows of each parent while it reads them, which is part of the plan. PostgreSQL reads the page of each
//! key from an index, one after the other, where that is possible:
//!
//! ```text
//! items(nested_limit: 2, nested_order_by: {field: "id"})
//!   -> SELECT _rows.* FROM (SELECT unnest($1::bigint[])) AS _keys(item)
//!      JOIN LATERAL (SELECT …, i.order_id AS __key0 FROM items AS i WHERE i.order_id = _keys.item ORDER BY i.id LIMIT $2) AS _rows ON TRUE
//! otherwise
//!   -> SELECT _rows.* FROM (SELECT …, row_number() OVER (PARTITION BY … ORDER BY …) AS __number FROM … WHERE … = ANY($1)) AS _rows
//!      WHERE _rows.__number <= $2 ORDER BY _rows.__number
//! ```

use super::operator::is_key_among;
use super::tree::Child;
use crate::sql::Value;
use crate::sql::ast::{
    Direction, Expr, ITEM_COLUMN, Join, JoinKind, Operator, OrderItem, Relation, RelationSource,
    ResultColumn, Select, SqlType,
};

const KEYS_ALIAS: &str = "_keys";
const ROWS_ALIAS: &str = "_rows";
const NUMBER: &str = "__number";

/// Which of each parent's rows are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct ParentPage {
    /// Their order, in terms of the statement.
    pub order: Vec<OrderItem>,
    /// Most rows of a parent.
    pub limit: Option<u64>,
    /// Rows of a parent that are left out.
    pub offset: u64,
    /// Whether the child's statement keeps to it by itself, as DuckDB's does.
    pub is_in_statement: bool,
}

impl Child {
    /// Returns the child's statement, restricted to parents with `keys`; each item of `keys` has a value for each of
    /// [`Self::keys`].
    ///
    /// With several key columns each is restricted by itself: the statement may return rows of other parents, which find no
    /// parent when they are matched.
    #[must_use]
    pub fn restricted_to(&self, keys: &[Vec<Value>]) -> Select {
        let select = self.step.select.clone();
        match self.page.as_ref().filter(|page| !page.is_in_statement) {
            None => self.among(select, keys),
            Some(page) => match self.single_number() {
                Some(key) => page_of_each(select, page, key, keys),
                None => numbered_page(self.among(self.numbered(select, page), keys), page),
            },
        }
    }

    /// Returns the child's statement, restricted to parents with `keys` and without the page of each, as long as it has at most
    /// `most` rows: one more says that there are more. `None` when there are no pages, or the statement does not keep to them.
    #[must_use]
    pub fn before_paging(&self, keys: &[Vec<Value>], most: u64) -> Option<Select> {
        let is_paged = self.page.as_ref().is_some_and(|page| page.is_in_statement);
        let select = &self.step.select;
        let is_whole = select.limit.is_none() && select.offset.is_none() && select.distinct_on.is_empty();
        if !is_paged || !is_whole || !select.group_by.is_empty() {
            return None;
        }
        let select = Select {
            qualify: None,
            limit: Some(most.saturating_add(1)),
            ..self.among(select.clone(), keys)
        };
        Some(limited_then_sorted(select))
    }

    fn among(&self, mut select: Select, keys: &[Vec<Value>]) -> Select {
        for (index, column) in self.keys.iter().enumerate() {
            let values: Vec<_> = keys.iter().filter_map(|key| key.get(index).cloned()).collect();
            let condition = is_key_among(column.restricted.clone(), values, column.ty);
            select.filters.push(condition);
        }
        select
    }

    /// Returns the key, when it is one number in a statement without a page of its own: then each page is worth a look-up.
    fn single_number(&self) -> Option<&Expr> {
        let [key] = self.keys.as_slice() else {
            return None;
        };
        let is_number = matches!(key.ty, SqlType::Integer | SqlType::BigInt);
        let from = self.step.select.from.as_ref()?;
        let is_plain = !matches!(from.source, RelationSource::Query(_));
        (is_number && is_plain).then_some(&key.restricted)
    }

    fn numbered(&self, mut select: Select, page: &ParentPage) -> Select {
        select.columns.push(ResultColumn {
            expr: Expr::RowNumber {
                partition_by: self.keys.iter().map(|key| key.restricted.clone()).collect(),
                order_by: page.order.clone(),
            },
            alias: NUMBER.to_owned(),
        });
        select.order_by.clear();
        select
    }
}

fn page_of_each(mut select: Select, page: &ParentPage, key: &Expr, keys: &[Vec<Value>]) -> Select {
    let items = keys.iter().filter_map(|key| key.first().cloned()).collect();
    select
        .filters
        .push(Expr::equals(key.clone(), Expr::column(KEYS_ALIAS, ITEM_COLUMN)));
    select.order_by.clone_from(&page.order);
    select.limit = page.limit;
    select.offset = (page.offset > 0).then_some(page.offset);
    Select {
        columns: all_rows(),
        from: Some(Relation {
            source: RelationSource::Items(items, SqlType::BigInt),
            alias: KEYS_ALIAS.to_owned(),
        }),
        joins: vec![Join {
            kind: JoinKind::Lateral,
            relation: rows(select),
            on: Expr::Bool(true),
        }],
        ..Select::default()
    }
}

fn numbered_page(select: Select, page: &ParentPage) -> Select {
    let number = || Expr::column(ROWS_ALIAS, NUMBER);
    let bound = |count: u64| Expr::Param(i64::try_from(count).unwrap_or(i64::MAX).into(), None);
    let mut filters = Vec::new();
    if let Some(limit) = page.limit {
        let last = bound(page.offset.saturating_add(limit));
        filters.push(Expr::test(Operator::Lte, number(), last));
    }
    if page.offset > 0 {
        filters.push(Expr::test(Operator::Gt, number(), bound(page.offset)));
    }
    Select {
        columns: all_rows(),
        from: Some(rows(select)),
        filters,
        order_by: vec![OrderItem {
            expr: number(),
            direction: Direction::Ascending,
            nulls: None,
        }],
        ..Select::default()
    }
}

/// Sorts the rows of `select` after its limit. DuckDB stops to read at the limit then; a limit after sorting costs it many times
/// as much as sorting all rows does, as long as they are few.
fn limited_then_sorted(mut select: Select) -> Select {
    let columns = select.columns.iter().map(|column| ResultColumn {
        expr: Expr::column(ROWS_ALIAS, &column.alias),
        alias: column.alias.clone(),
    });
    let columns = columns.collect();
    let mut order_by = std::mem::take(&mut select.order_by);
    for (index, item) in order_by.iter_mut().enumerate() {
        let is_there = |column: &&ResultColumn| column.expr == item.expr;
        let alias = match select.columns.iter().find(is_there) {
            Some(column) => column.alias.clone(),
            None => format!("__sort{index}"),
        };
        let sorted = Expr::column(ROWS_ALIAS, &alias);
        let expr = std::mem::replace(&mut item.expr, sorted);
        if alias.starts_with("__sort") {
            select.columns.push(ResultColumn { expr, alias });
        }
    }
    Select {
        columns,
        from: Some(rows(select)),
        order_by,
        ..Select::default()
    }
}

fn rows(select: Select) -> Relation {
    Relation {
        source: RelationSource::Query(Box::new(select)),
        alias: ROWS_ALIAS.to_owned(),
    }
}

fn all_rows() -> Vec<ResultColumn> {
    vec![ResultColumn {
        expr: Expr::AllColumns(ROWS_ALIAS.to_owned()),
        alias: String::new(),
    }]
}
