//! Aggregates: each selected function is a result column, and the answer's objects are built from them.
//!
//! ```text
//! trips_aggregation { _rows_count km { sum avg } }
//!   -> SELECT count(*), sum(km), avg(km) FROM trips       {"_rows_count": c0, "km": {"sum": c1, "avg": c2}}
//! ```

use std::collections::HashMap;

use serde_json::Value as Json;

use super::function::{at_path, function_of, is_geometry, result_scalar};
use crate::catalog::model::{BaseType, CallField, CallKind, DataObject, Field, StructType};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::plan::call::field_call;
use crate::plan::columns::Row;
use crate::plan::derived;
use crate::plan::follow::{Followed, follow, follow_member, holds_joins};
use crate::plan::link::Twin;
use crate::plan::object::Objects;
use crate::plan::output::shown_value;
use crate::plan::structure::selected_member;
use crate::plan::tree::{OutputField, OutputValue};
use crate::sql::ast::{Aggregate, AggregateFunction, Expr, Join, OrderItem, ResultColumn, SqlType};

/// Field that counts rows.
pub(super) const ROWS_COUNT: &str = "_rows_count";

/// Collects the aggregates of one selection.
pub(super) struct Aggregates<'a, 'o> {
    pub(super) objects: &'a Objects<'o>,
    /// Result columns so far.
    pub(super) columns: Vec<ResultColumn>,
    /// Relations that the aggregates reach into.
    pub(super) joins: Vec<Join>,
    /// Whether a join repeats rows.
    pub(super) repeats_rows: bool,
    /// Condition on the rows that the aggregates at hand see.
    pub(super) filter: Option<Expr>,
    /// Order of these rows.
    pub(super) order_by: Vec<OrderItem>,
    /// How much of its row each row is, when rows are parts of others.
    pub(super) weight: Option<Expr>,
    /// Scalars of the result columns that can be compared.
    pub(super) scalars: HashMap<usize, Scalar>,
}

impl<'a, 'o> Aggregates<'a, 'o> {
    pub(super) fn new(objects: &'a Objects<'o>) -> Self {
        Self {
            objects,
            columns: Vec::new(),
            joins: Vec::new(),
            repeats_rows: false,
            filter: None,
            order_by: Vec::new(),
            weight: None,
            scalars: HashMap::new(),
        }
    }

    /// Adds the aggregates that `selection` wants of the rows of `object` under `alias`.
    pub(super) fn object(
        &mut self,
        object: &DataObject,
        alias: &str,
        selection: &[Selected],
    ) -> Result<Vec<OutputField>> {
        let mut fields = Vec::with_capacity(selection.len());
        for selected in selection {
            let value = self
                .member(object, alias, selected)
                .map_err(|error| self.objects.authorized.operation().locate(error, selected.span))?;
            fields.push(OutputField {
                key: selected.key.clone(),
                value,
            });
        }
        Ok(fields)
    }

    fn member(&mut self, object: &DataObject, alias: &str, selected: &Selected) -> Result<OutputValue> {
        match selected.name.as_str() {
            "__typename" => return Ok(OutputValue::Typename(selected.parent.clone())),
            ROWS_COUNT => return Ok(self.rows_count()),
            _ => {}
        }
        if let Some(field) = object.fields.get(&selected.name) {
            let value = derived::value(object, alias, field, &selected.arguments)?;
            return self.field(field, &value, selected);
        }
        if let Some((value, scalar)) = derived::companion(object, alias, selected)? {
            return self.scalar(scalar, &value, &selected.selection).map(object_of);
        }
        if let Some(call) = object.calls.get(&selected.name)
            && call.kind == CallKind::Value
        {
            return self.call((object, alias), call, selected);
        }
        if holds_joins(selected) {
            return self.joins(Row { object, alias }, selected);
        }
        match follow(self.objects, object, selected)? {
            Some(followed) => self.followed(Row { object, alias }, followed, selected),
            None => Err(unsupported(selected)),
        }
    }

    fn followed(&mut self, row: Row<'_>, followed: Followed<'o>, selected: &Selected) -> Result<OutputValue> {
        match followed.twin {
            Twin::Rows => self.linked(row, followed, selected),
            Twin::Aggregation => self.per_parent(row, followed, selected),
            Twin::Buckets => Err(unsupported(selected)),
        }
    }

    /// Aggregates the rows of the joins that the query itself makes.
    fn joins(&mut self, row: Row<'_>, selected: &Selected) -> Result<OutputValue> {
        let mut fields = Vec::with_capacity(selected.selection.len());
        for member in &selected.selection {
            let value = if member.name.as_str() == "__typename" {
                OutputValue::Typename(member.parent.clone())
            } else {
                let followed = follow_member(self.objects, row.object, selected, member)?;
                self.followed(row, followed, member)?
            };
            fields.push(OutputField {
                key: member.key.clone(),
                value,
            });
        }
        Ok(object_of(fields))
    }

    /// Aggregates the values of a field that calls a function.
    fn call(
        &mut self,
        row: (&DataObject, &str),
        call: &CallField,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let (function, text) = field_call(self.objects, row, call, selected)?;
        match function.returns.scalar() {
            Some(scalar) if !function.returns.is_list => self
                .scalar(scalar, &Expr::Text(text), &selected.selection)
                .map(object_of),
            _ => Err(unsupported(selected)),
        }
    }

    fn field(&mut self, field: &Field, value: &Expr, selected: &Selected) -> Result<OutputValue> {
        match &field.ty.base {
            BaseType::Scalar(scalar) => self.scalar(*scalar, value, &selected.selection).map(object_of),
            BaseType::Enum(_) => self
                .scalar(Scalar::String, value, &selected.selection)
                .map(object_of),
            BaseType::Struct(ty) => {
                let ty = self
                    .objects
                    .catalog
                    .struct_type(ty.as_str())
                    .ok_or_else(|| Error::internal(format!("the catalog has no struct `{ty}`")))?;
                self.structure(ty, value, &selected.selection).map(object_of)
            }
        }
    }

    fn structure(
        &mut self,
        ty: &StructType,
        value: &Expr,
        selection: &[Selected],
    ) -> Result<Vec<OutputField>> {
        let mut fields = Vec::with_capacity(selection.len());
        for selected in selection {
            let value = match (selected.name.as_str(), ty.fields.get(&selected.name)) {
                ("__typename", _) => OutputValue::Typename(selected.parent.clone()),
                (ROWS_COUNT, None) => self.rows_count(),
                (_, Some(field)) => {
                    self.field(field, &selected_member(ty, value, field, selected)?, selected)?
                }
                (name, None) => return Err(Error::internal(format!("`{}` has no field `{name}`", ty.name))),
            };
            fields.push(OutputField {
                key: selected.key.clone(),
                value,
            });
        }
        Ok(fields)
    }

    /// Adds the functions that `selection` wants of a scalar.
    pub(super) fn scalar(
        &mut self,
        scalar: Scalar,
        value: &Expr,
        selection: &[Selected],
    ) -> Result<Vec<OutputField>> {
        let mut fields = Vec::with_capacity(selection.len());
        for selected in selection {
            let output = if selected.name.as_str() == "__typename" {
                OutputValue::Typename(selected.parent.clone())
            } else {
                self.function(scalar, value, selected)?
            };
            fields.push(OutputField {
                key: selected.key.clone(),
                value: output,
            });
        }
        Ok(fields)
    }

    pub(super) fn function(
        &mut self,
        scalar: Scalar,
        value: &Expr,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let function = function_of(selected)?;
        let result = result_scalar(scalar, selected)?;
        let is_list = function == AggregateFunction::List;
        let is_distinct = selected.arguments.get("distinct") == Some(&Json::Bool(true));
        let (value, scalar) = match selected.arguments.get("path").and_then(Json::as_str) {
            Some(path) => at_path(value, path, &function),
            None => (value.clone(), scalar),
        };
        let shows_values = matches!(
            function,
            AggregateFunction::List | AggregateFunction::Any | AggregateFunction::Last
        );
        let (argument, is_raw_json) = if shows_values {
            shown_value(scalar, value)
        } else {
            (value, false)
        };
        let is_raw_json = is_raw_json || is_geometry(&function);
        // `count` counts distinct values, as clients of the original expect.
        let is_distinct = is_distinct || function == AggregateFunction::Count;
        let output = match self.weighted(&function, &argument, scalar) {
            Some(weighted) if !is_distinct => self.column(weighted),
            _ => self.aggregate(function, Some(argument), is_distinct),
        };
        Ok(match output {
            OutputValue::Column(index) if is_raw_json => OutputValue::RawJson(index),
            OutputValue::Column(index) if !is_list => {
                self.scalars.insert(index, result);
                OutputValue::Column(index)
            }
            other => other,
        })
    }

    fn rows_count(&mut self) -> OutputValue {
        let count = match self.weight.clone() {
            Some(weight) => {
                let sum = self.aggregate_of(AggregateFunction::Sum, Some(weight), false);
                self.column(Expr::Cast(Box::new(sum), SqlType::BigInt))
            }
            None => self.aggregate(AggregateFunction::CountRows, None, false),
        };
        if let OutputValue::Column(index) = count {
            self.scalars.insert(index, Scalar::BigInt);
        }
        count
    }

    /// Returns the sum or mean of the parts of `value` that rows have; `None` where the values count as they are.
    fn weighted(&self, function: &AggregateFunction, value: &Expr, scalar: Scalar) -> Option<Expr> {
        let weight = self.weight.clone()?;
        let is_whole = matches!(scalar, Scalar::Int | Scalar::BigInt);
        if !is_whole && scalar != Scalar::Float {
            return None;
        }
        let part = Expr::Product(Box::new(value.clone()), Box::new(weight));
        match function {
            AggregateFunction::Sum if is_whole => {
                let sum = self.aggregate_of(AggregateFunction::Sum, Some(part), false);
                Some(Expr::Cast(Box::new(sum), SqlType::BigInt))
            }
            AggregateFunction::Sum | AggregateFunction::Avg => {
                Some(self.aggregate_of(function.clone(), Some(part), false))
            }
            _ => None,
        }
    }

    pub(super) fn aggregate(
        &mut self,
        function: AggregateFunction,
        argument: Option<Expr>,
        is_distinct: bool,
    ) -> OutputValue {
        let aggregate = self.aggregate_of(function, argument, is_distinct);
        self.column(aggregate)
    }

    fn aggregate_of(&self, function: AggregateFunction, argument: Option<Expr>, is_distinct: bool) -> Expr {
        let depends_on_order = matches!(
            function,
            AggregateFunction::List | AggregateFunction::Last | AggregateFunction::StringAgg(_)
        );
        let order_by = if depends_on_order && !is_distinct {
            self.order_by.clone()
        } else {
            Vec::new()
        };
        let aggregate = Aggregate {
            function,
            argument,
            is_distinct,
            order_by,
            filter: self.filter.clone(),
        };
        Expr::Aggregate(Box::new(aggregate))
    }

    /// Adds a result column.
    pub(super) fn column(&mut self, expr: Expr) -> OutputValue {
        let alias = format!("__value{}", self.columns.len());
        self.columns.push(ResultColumn { expr, alias });
        OutputValue::Column(self.columns.len() - 1)
    }
}

/// Returns an object that is never null.
pub(super) fn object_of(fields: Vec<OutputField>) -> OutputValue {
    OutputValue::Object {
        fields,
        present: None,
    }
}

fn unsupported(selected: &Selected) -> Error {
    Error::new(
        ErrorCode::Unsupported,
        format!(
            "field `{}` of `{}` is not supported yet",
            selected.name, selected.parent
        ),
    )
}
