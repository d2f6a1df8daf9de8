//! Aggregates that reach through links: over joined rows, and over the aggregates of each parent.

use super::columns::{Aggregates, ROWS_COUNT, object_of};
use super::function::result_scalar;
use crate::catalog::model::{BaseType, Cardinality, DataObject, Link};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::plan::column;
use crate::plan::derived;
use crate::plan::link;
use crate::plan::select::row_conditions;
use crate::plan::tree::{OutputField, OutputValue};
use crate::sql::ast::{
    AggregateFunction, Expr, Join, JoinKind, Relation, RelationSource, ResultColumn, Select,
};

impl Aggregates<'_, '_> {
    /// Aggregates the rows of a link: they are joined, so that each row counts as often as it has partners.
    pub(super) fn linked(
        &mut self,
        object: &DataObject,
        alias: &str,
        link: &Link,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let target = self.objects.object(&link.target)?;
        let joined = self.objects.fresh_alias("_linked");
        self.join((object, alias), link, selected, &joined, |rows| {
            vec![ResultColumn {
                expr: Expr::AllColumns(rows.to_owned()),
                alias: String::new(),
            }]
        })?;
        self.repeats_rows |= link.cardinality == Cardinality::Many;
        self.object(target, &joined, &selected.selection).map(object_of)
    }

    /// Aggregates the rows of a link for each parent, and then these values over all parents.
    pub(super) fn per_parent(
        &mut self,
        object: &DataObject,
        alias: &str,
        link: &Link,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let target = self.objects.object(&link.target)?;
        let joined = self.objects.fresh_alias("_per_parent");
        let mut inner = Aggregates::new(self.objects);
        let rows_alias = self.join((object, alias), link, selected, &joined, |_| Vec::new())?;
        let mut outer = Vec::with_capacity(selected.selection.len());
        for field in &selected.selection {
            outer.push(self.over_parents(target, &rows_alias, &joined, field, &mut inner)?);
        }
        // The inner query has its grouping keys already; the aggregates come before them.
        if let Some(Join {
            relation:
                Relation {
                    source: RelationSource::Query(query),
                    ..
                },
            ..
        }) = self.joins.last_mut()
        {
            query.group_by = query.columns.iter().map(|column| column.expr.clone()).collect();
            query.columns.extend(inner.columns);
            query.joins.extend(inner.joins);
        }
        Ok(object_of(outer))
    }

    /// Adds, for one field of a sub-aggregation, the inner aggregates per parent and the outer ones over them.
    fn over_parents(
        &mut self,
        target: &DataObject,
        rows: &str,
        joined: &str,
        selected: &Selected,
        inner: &mut Aggregates<'_, '_>,
    ) -> Result<OutputField> {
        let key = selected.key.clone();
        if selected.name.as_str() == "__typename" {
            return Ok(OutputField {
                key,
                value: OutputValue::Typename(selected.parent.clone()),
            });
        }
        if selected.name.as_str() == ROWS_COUNT {
            let OutputValue::Column(index) = inner.aggregate(AggregateFunction::CountRows, None, false)
            else {
                return Err(Error::internal("a count is not a column"));
            };
            let value = Expr::column(joined, &inner.alias_of(index));
            let fields = self.scalar(Scalar::BigInt, &value, &selected.selection)?;
            return Ok(OutputField {
                key,
                value: object_of(fields),
            });
        }
        let Some(field) = target.fields.get(&selected.name) else {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "field `{}` of `{}` is not supported yet",
                    selected.name, selected.parent
                ),
            ));
        };
        let BaseType::Scalar(scalar) = field.ty.base else {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "sub-aggregation of struct `{}` is not supported yet",
                    selected.name
                ),
            ));
        };
        let value = derived::value(target, rows, field, &selected.arguments)?;
        let mut fields = Vec::with_capacity(selected.selection.len());
        for function in &selected.selection {
            let output = if function.name.as_str() == "__typename" {
                OutputValue::Typename(function.parent.clone())
            } else {
                let (OutputValue::Column(index) | OutputValue::RawJson(index)) =
                    inner.function(scalar, &value, function)?
                else {
                    return Err(Error::internal("an inner aggregate is not a column"));
                };
                let value = Expr::column(joined, &inner.alias_of(index));
                object_of(self.scalar(result_scalar(scalar, function)?, &value, &function.selection)?)
            };
            fields.push(OutputField {
                key: function.key.clone(),
                value: output,
            });
        }
        Ok(OutputField {
            key,
            value: object_of(fields),
        })
    }

    fn alias_of(&self, index: usize) -> String {
        self.columns
            .get(index)
            .map(|column| column.alias.clone())
            .unwrap_or_default()
    }

    /// Joins the rows of `link` under `joined`, with `columns` before the keys; returns the alias of the rows inside.
    fn join(
        &mut self,
        parent: (&DataObject, &str),
        link: &Link,
        selected: &Selected,
        joined: &str,
        columns: impl FnOnce(&str) -> Vec<ResultColumn>,
    ) -> Result<String> {
        let (object, alias) = parent;
        let unsupported = [
            "order_by",
            "distinct_on",
            "limit",
            "offset",
            "nested_order_by",
            "nested_limit",
            "nested_offset",
        ];
        if let Some(argument) = unsupported
            .iter()
            .find(|name| selected.arguments.contains_key(**name))
        {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "argument `{argument}` of `{}` inside an aggregation is not supported yet",
                    selected.name
                ),
            ));
        }
        let target = self.objects.object(&link.target)?;
        let rows = link::all_rows(self.objects, object, link, &selected.arguments)?;
        let mut filters = rows.filters;
        filters.extend(row_conditions(self.objects, target, &rows.alias, selected)?);
        let mut result = columns(&rows.alias);
        let mut on = Vec::with_capacity(rows.keys.len());
        for (index, key) in rows.keys.into_iter().enumerate() {
            let name = format!("__key{index}");
            let parent = column::value(object, alias, link::field_of(object, &key.parent)?)?;
            on.push(Expr::equals(Expr::column(joined, &name), parent));
            result.push(ResultColumn {
                expr: key.expr,
                alias: name,
            });
        }
        let select = Select {
            columns: result,
            from: Some(rows.from),
            joins: rows.joins,
            filters,
            ..Select::default()
        };
        self.joins.push(Join {
            kind: JoinKind::Left,
            relation: Relation {
                source: RelationSource::Query(Box::new(select)),
                alias: joined.to_owned(),
            },
            on: Expr::And(on),
        });
        Ok(rows.alias)
    }
}
