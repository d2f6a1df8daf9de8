//! Time buckets without rows: `gapfill` of the time of a time series makes groups of them (spec §4.6).
//!
//! Each group knows the next one of its series, so that the missing ones come after it; the first one of a series knows where
//! all of them begin.
//!
//! ```text
//! readings_bucket_aggregation { key { device at(bucket: hour, gapfill: true) } aggregations { _rows_count } }
//!   -> SELECT g.device, t.item, CASE WHEN t.item = g.at THEN g.count ELSE 0 END
//!      FROM (SELECT …, first and last bucket of each FROM (SELECT device, at, count(*) … GROUP BY …)) AS g
//!      LEFT JOIN LATERAL (SELECT unnest(generate_series(g.first, g.last, '1 hour'))) AS t(item) ON TRUE
//! ```
//!
//! All series of a parent begin and end alike: where the filter of the query says so, else with the first and last bucket
//! that has rows. A bucket without rows has what an aggregation of no rows has: no rows counted, and nothing else.

use serde_json::{Map, Value as Json};

use crate::catalog::model::Field;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::plan::condition::field_bounds;
use crate::plan::derived::{self, GAPFILL as ARGUMENT};
use crate::sql::ast::{
    AggregateFunction, Direction, Expr, ITEM_COLUMN, Join, JoinKind, OrderItem, Relation, RelationSource,
    ResultColumn, Select, Series, When, Window, WindowFunction,
};

const GROUPS_ALIAS: &str = "_groups";
const SERIES_ALIAS: &str = "_series";
const BUCKET_ALIAS: &str = "_bucket";
const FIRST: &str = "__first";
const LAST: &str = "__last";

/// A key whose missing values are groups, too.
pub(super) struct Gap {
    /// Its result column.
    column: usize,
    /// The distance of two values.
    step: Expr,
    /// The first and the last time that the filter lets through.
    bounds: (Option<Expr>, Option<Expr>),
}

/// The result columns of groups.
pub(super) struct GroupColumns {
    /// How many keys come first.
    pub(super) keys: usize,
    /// How many keys of parents come last.
    pub(super) parents: usize,
}

/// Takes `gapfill` out of `arguments`; returns whether it was asked for.
pub(super) fn take(arguments: &mut Arguments) -> bool {
    arguments.remove(ARGUMENT) == Some(Json::Bool(true))
}

/// Returns whether the argument `name` decides where missing groups are.
pub(super) fn is_needed(name: &str) -> bool {
    [ARGUMENT, "bucket", "bucket_interval"].contains(&name)
}

impl Gap {
    /// Returns the gap of `column`, which is `field` with `arguments`; `filter` is that of the query when the field is of its
    /// object.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION` when the field is not cut off to buckets.
    pub(super) fn new(
        column: usize,
        field: &Field,
        arguments: &Arguments,
        filter: Option<&Map<String, Json>>,
    ) -> Result<Self> {
        let step = derived::bucket_width(arguments)?.ok_or_else(|| {
            Error::new(
                ErrorCode::GraphqlValidation,
                format!(
                    "`{ARGUMENT}` of field `{}` needs `bucket` or `bucket_interval`",
                    field.name
                ),
            )
        })?;
        let (lower, upper) = match filter {
            Some(filter) => field_bounds(field, filter)?,
            None => (Vec::new(), Vec::new()),
        };
        let mut starts = Vec::with_capacity(lower.len());
        for bound in lower {
            starts.push(derived::with_arguments(field, bound, arguments)?);
        }
        Ok(Self {
            column,
            step,
            bounds: (one_of("greatest", starts), one_of("least", upper)),
        })
    }

    /// Returns the groups of `select` with those that are missing; sorted by their keys, the time last.
    pub(super) fn fill(&self, select: Select, columns: &GroupColumns) -> Result<Select> {
        let time = select
            .columns
            .get(self.column)
            .map(|column| Expr::column(GROUPS_ALIAS, &column.alias))
            .ok_or_else(|| Error::internal("a key has no column"))?;
        let first_parent = select.columns.len().saturating_sub(columns.parents);
        let is_key = |index: usize| index < columns.keys || index >= first_parent;
        let (mut partition, mut parent, mut order) = (Vec::new(), Vec::new(), Vec::new());
        for (index, column) in select.columns.iter().enumerate() {
            let key = Expr::column(GROUPS_ALIAS, &column.alias);
            if index >= first_parent {
                parent.push(key.clone());
            }
            if is_key(index) && index != self.column {
                order.push(ascending(Expr::column(SERIES_ALIAS, &column.alias)));
                partition.push(key);
            }
        }
        let bucket = Expr::column(BUCKET_ALIAS, ITEM_COLUMN);
        order.push(ascending(bucket.clone()));
        let outer = |index: usize, column: &ResultColumn| {
            let value = Expr::column(SERIES_ALIAS, &column.alias);
            if index == self.column {
                bucket.clone()
            } else if is_key(index) {
                value
            } else {
                Expr::When(Box::new(When {
                    condition: has_rows(&select, self.column, &bucket),
                    then: value,
                    otherwise: of_no_rows(&column.expr),
                }))
            }
        };
        let columns = select
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| ResultColumn {
                expr: outer(index, column),
                alias: column.alias.clone(),
            })
            .collect();
        Ok(Select {
            columns,
            from: Some(relation(
                self.with_ends(select, &time, &partition, &parent),
                SERIES_ALIAS,
            )),
            joins: vec![self.missing()],
            order_by: order,
            ..Select::default()
        })
    }

    /// Adds to each group the first and the last bucket that it stands for.
    fn with_ends(&self, groups: Select, time: &Expr, partition: &[Expr], parent: &[Expr]) -> Select {
        let neighbour = |function| {
            Expr::Window(Box::new(Window {
                function,
                value: time.clone(),
                partition_by: partition.to_vec(),
                order_by: vec![ascending(time.clone())],
            }))
        };
        let outermost = |function| {
            Expr::Window(Box::new(Window {
                function,
                value: time.clone(),
                partition_by: parent.to_vec(),
                order_by: Vec::new(),
            }))
        };
        let start = self
            .bounds
            .0
            .clone()
            .unwrap_or_else(|| outermost(WindowFunction::Min));
        let end = self
            .bounds
            .1
            .clone()
            .unwrap_or_else(|| outermost(WindowFunction::Max));
        let is_first = is_null(neighbour(WindowFunction::Previous), true);
        let is_timed = is_null(time.clone(), false);
        let first = Expr::When(Box::new(When {
            condition: Expr::And(vec![is_timed, is_first]),
            then: start,
            otherwise: time.clone(),
        }));
        let next = Expr::Before(Box::new(neighbour(WindowFunction::Next)));
        let last = Expr::Call {
            function: "coalesce",
            arguments: vec![next, end],
        };
        let named = |expr, alias: &str| ResultColumn {
            expr,
            alias: alias.to_owned(),
        };
        Select {
            columns: vec![
                named(Expr::AllColumns(GROUPS_ALIAS.to_owned()), ""),
                named(first, FIRST),
                named(last, LAST),
            ],
            from: Some(relation(groups, GROUPS_ALIAS)),
            ..Select::default()
        }
    }

    /// Joins the buckets that a group stands for; a group without a time stays as it is.
    fn missing(&self) -> Join {
        let series = Series {
            first: Expr::column(SERIES_ALIAS, FIRST),
            last: Expr::column(SERIES_ALIAS, LAST),
            step: self.step.clone(),
        };
        Join {
            kind: JoinKind::LeftLateral,
            relation: Relation {
                source: RelationSource::Series(Box::new(series)),
                alias: BUCKET_ALIAS.to_owned(),
            },
            on: Expr::Bool(true),
        }
    }
}

/// Returns whether `bucket` is that of the group's rows.
fn has_rows(groups: &Select, column: usize, bucket: &Expr) -> Expr {
    let alias = groups
        .columns
        .get(column)
        .map_or("", |column| column.alias.as_str());
    let time = Expr::column(SERIES_ALIAS, alias);
    Expr::Or(vec![
        is_null(bucket.clone(), true),
        Expr::equals(bucket.clone(), time),
    ])
}

/// Returns what `value`, a result column of groups, is for no rows.
fn of_no_rows(value: &Expr) -> Expr {
    let is_count = |value: &Expr| match value {
        Expr::Aggregate(aggregate) => matches!(
            aggregate.function,
            AggregateFunction::CountRows | AggregateFunction::Count
        ),
        _ => false,
    };
    match value {
        count if is_count(count) => Expr::Number(0),
        // Whether a part of the groups has rows.
        Expr::Test { left, .. } if is_count(left) => Expr::Bool(false),
        _ => Expr::Null,
    }
}

fn one_of(function: &'static str, mut values: Vec<Expr>) -> Option<Expr> {
    if values.len() > 1 {
        return Some(Expr::Call {
            function,
            arguments: values,
        });
    }
    values.pop()
}

fn relation(query: Select, alias: &str) -> Relation {
    Relation {
        source: RelationSource::Query(Box::new(query)),
        alias: alias.to_owned(),
    }
}

fn ascending(expr: Expr) -> OrderItem {
    OrderItem {
        expr,
        direction: Direction::Ascending,
        nulls: None,
    }
}

fn is_null(expr: Expr, is_null: bool) -> Expr {
    Expr::IsNull {
        expr: Box::new(expr),
        is_null,
    }
}
