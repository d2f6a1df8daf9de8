//! Aggregates of aggregates: first over the rows of each parent, then over all parents (spec §3.6).
//!
//! ```text
//! orders_aggregation { items_aggregation { qty { sum { avg max } } } }
//!   -> SELECT avg(p.v0), max(p.v0) FROM orders AS o LEFT JOIN (
//!          SELECT i.__key0, sum(i.qty) AS v0 FROM (…items with their keys…) AS i GROUP BY i.__key0
//!      ) AS p ON p.__key0 = o.id
//! ```

use super::columns::{Aggregates, ROWS_COUNT, object_of};
use super::function::result_scalar;
use crate::catalog::model::{BaseType, DataObject, Field};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::plan::columns::Row;
use crate::plan::derived;
use crate::plan::follow::{Followed, follow};
use crate::plan::joined::{JoinedRows, joined_rows};
use crate::plan::link::Twin;
use crate::plan::structure::selected_member;
use crate::plan::tree::{OutputField, OutputValue};
use crate::sql::ast::{AggregateFunction, Expr, Join, Relation, RelationSource, ResultColumn, Select};

/// The query that aggregates the rows of each parent.
struct PerParent<'a, 'o> {
    /// Its aggregates.
    inner: Aggregates<'a, 'o>,
    /// The alias under which it is joined to the parents.
    alias: String,
}

impl<'o> Aggregates<'_, 'o> {
    /// Aggregates the rows of a link for each parent, and then these values over all parents.
    pub(super) fn per_parent(
        &mut self,
        row: Row<'_>,
        followed: Followed<'o>,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let target = followed.target;
        let joined = joined_rows(self.objects, row, (&target, followed.rows), selected)?;
        let mut parents = PerParent {
            inner: Aggregates::new(self.objects),
            alias: self.objects.fresh_alias("_per_parent"),
        };
        let rows = Row {
            object: &target,
            alias: &joined.alias,
        };
        let fields = self.over_parents(&mut parents, rows, &selected.selection)?;
        let join = grouped_by_keys(joined, parents)?;
        self.joins.push(join);
        Ok(object_of(fields))
    }

    /// Adds, for each field of `selection`, the inner aggregates of `rows` and the outer ones over them.
    fn over_parents(
        &mut self,
        parents: &mut PerParent<'_, 'o>,
        rows: Row<'_>,
        selection: &[Selected],
    ) -> Result<Vec<OutputField>> {
        let mut fields = Vec::with_capacity(selection.len());
        for selected in selection {
            let value = self
                .over_parents_of(parents, rows, selected)
                .map_err(|error| self.objects.authorized.operation().locate(error, selected.span))?;
            fields.push(OutputField {
                key: selected.key.clone(),
                value,
            });
        }
        Ok(fields)
    }

    fn over_parents_of(
        &mut self,
        parents: &mut PerParent<'_, 'o>,
        rows: Row<'_>,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let object = rows.object;
        match selected.name.as_str() {
            "__typename" => return Ok(OutputValue::Typename(selected.parent.clone())),
            ROWS_COUNT => {
                let count = parents.inner.aggregate(AggregateFunction::CountRows, None, false);
                let value = parents.value(&count)?;
                return self
                    .scalar(Scalar::BigInt, &value, &selected.selection)
                    .map(object_of);
            }
            _ => {}
        }
        if let Some(field) = object.fields.get(&selected.name) {
            let value = derived::value(object, rows.alias, field, &selected.arguments)?;
            return self.field_over_parents(parents, field, &value, selected);
        }
        if let Some((value, scalar)) = derived::companion(object, rows.alias, selected)? {
            return self.functions_over_parents(parents, (scalar, &value), &selected.selection);
        }
        let Some(followed) = follow(self.objects, object, selected)? else {
            return Err(unsupported(object, selected));
        };
        match followed.twin {
            Twin::Rows => {
                let (target, alias) = parents.inner.join(rows, followed, selected)?;
                let linked = Row {
                    object: &target,
                    alias: &alias,
                };
                self.over_parents(parents, linked, &selected.selection)
                    .map(object_of)
            }
            Twin::Aggregation => self.counts_over_parents(parents, (rows, followed), selected),
            Twin::Buckets => Err(unsupported(object, selected)),
        }
    }

    fn field_over_parents(
        &mut self,
        parents: &mut PerParent<'_, 'o>,
        field: &Field,
        value: &Expr,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let ty = match &field.ty.base {
            BaseType::Scalar(scalar) => {
                return self.functions_over_parents(parents, (*scalar, value), &selected.selection);
            }
            BaseType::Enum(_) => {
                return self.functions_over_parents(parents, (Scalar::String, value), &selected.selection);
            }
            BaseType::Struct(ty) => ty,
        };
        let ty = self
            .objects
            .catalog
            .struct_type(ty.as_str())
            .ok_or_else(|| Error::internal(format!("the catalog has no struct `{ty}`")))?;
        let mut fields = Vec::with_capacity(selected.selection.len());
        for member in &selected.selection {
            let output = match (member.name.as_str(), ty.fields.get(&member.name)) {
                ("__typename", _) => OutputValue::Typename(member.parent.clone()),
                (_, Some(field)) => self.field_over_parents(
                    parents,
                    field,
                    &selected_member(ty, value, field, member)?,
                    member,
                )?,
                (ROWS_COUNT, None) => {
                    let count = parents.inner.aggregate(AggregateFunction::CountRows, None, false);
                    let value = parents.value(&count)?;
                    object_of(self.scalar(Scalar::BigInt, &value, &member.selection)?)
                }
                (name, None) => return Err(Error::internal(format!("`{}` has no field `{name}`", ty.name))),
            };
            fields.push(OutputField {
                key: member.key.clone(),
                value: output,
            });
        }
        Ok(object_of(fields))
    }

    /// Adds functions over the functions of a scalar: `sum { avg max }`.
    fn functions_over_parents(
        &mut self,
        parents: &mut PerParent<'_, 'o>,
        scalar: (Scalar, &Expr),
        selection: &[Selected],
    ) -> Result<OutputValue> {
        let (scalar, value) = scalar;
        let mut fields = Vec::with_capacity(selection.len());
        for function in selection {
            let output = if function.name.as_str() == "__typename" {
                OutputValue::Typename(function.parent.clone())
            } else {
                let inner = parents.inner.function(scalar, value, function)?;
                let value = parents.value(&inner)?;
                object_of(self.scalar(result_scalar(scalar, function)?, &value, &function.selection)?)
            };
            fields.push(OutputField {
                key: function.key.clone(),
                value: output,
            });
        }
        Ok(object_of(fields))
    }

    /// Adds functions over the numbers of rows of a link, which are counted one level further down.
    fn counts_over_parents(
        &mut self,
        parents: &mut PerParent<'_, 'o>,
        followed: (Row<'_>, Followed<'o>),
        selected: &Selected,
    ) -> Result<OutputValue> {
        let (rows, followed) = followed;
        let joined = joined_rows(self.objects, rows, (&followed.target, followed.rows), selected)?;
        let mut below = PerParent {
            inner: Aggregates::new(self.objects),
            alias: self.objects.fresh_alias("_per_parent"),
        };
        let count = below.inner.aggregate(AggregateFunction::CountRows, None, false);
        let count = below.value(&count)?;
        parents.inner.joins.push(grouped_by_keys(joined, below)?);
        let mut fields = Vec::with_capacity(selected.selection.len());
        for field in &selected.selection {
            let value = match field.name.as_str() {
                "__typename" => OutputValue::Typename(field.parent.clone()),
                ROWS_COUNT => {
                    self.functions_over_parents(parents, (Scalar::BigInt, &count), &field.selection)?
                }
                _ => return Err(unsupported(rows.object, field)),
            };
            fields.push(OutputField {
                key: field.key.clone(),
                value,
            });
        }
        Ok(object_of(fields))
    }
}

impl PerParent<'_, '_> {
    /// Returns an inner aggregate as a value of the parent.
    fn value(&self, aggregate: &OutputValue) -> Result<Expr> {
        let (OutputValue::Column(index) | OutputValue::RawJson(index)) = aggregate else {
            return Err(Error::internal("an inner aggregate is not a column"));
        };
        let column = self
            .inner
            .columns
            .get(*index)
            .ok_or_else(|| Error::internal("an inner aggregate has no column"))?;
        Ok(Expr::column(&self.alias, &column.alias))
    }
}

/// Groups joined rows by the keys by which they are joined, with the aggregates of `parents`.
fn grouped_by_keys(joined: JoinedRows, parents: PerParent<'_, '_>) -> Result<Join> {
    let JoinedRows {
        alias, join, keys, ..
    } = joined;
    let mut columns = Vec::with_capacity(keys.len() + parents.inner.columns.len());
    let mut group_by = Vec::with_capacity(keys.len());
    let mut on = Vec::with_capacity(keys.len());
    for (name, parent) in keys {
        let key = Expr::column(&alias, &name);
        group_by.push(key.clone());
        on.push(Expr::equals(Expr::column(&parents.alias, &name), parent));
        columns.push(ResultColumn {
            expr: key,
            alias: name,
        });
    }
    columns.extend(parents.inner.columns);
    let grouped = Select {
        columns,
        from: Some(join.relation),
        joins: parents.inner.joins,
        group_by,
        ..Select::default()
    };
    Ok(Join {
        kind: join.kind,
        relation: Relation {
            source: RelationSource::Query(Box::new(grouped)),
            alias: parents.alias,
        },
        on: Expr::And(on),
    })
}

fn unsupported(object: &DataObject, selected: &Selected) -> Error {
    Error::new(
        ErrorCode::Unsupported,
        format!(
            "field `{}` of `{}`, an aggregation of aggregations of `{}`, is not supported yet",
            selected.name, selected.parent, object.name
        ),
    )
}
