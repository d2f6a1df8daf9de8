//! Aggregates: each selected function is a result column, and the answer's objects are built from them.
//!
//! ```text
//! trips_aggregation { _rows_count km { sum avg } }
//!   -> SELECT count(*), sum(km), avg(km) FROM trips       {"_rows_count": c0, "km": {"sum": c1, "avg": c2}}
//! ```

use serde_json::Value as Json;

use super::column;
use super::condition::struct_member;
use super::link;
use super::object::Objects;
use super::output::shown_value;
use super::select::row_conditions;
use super::tree::{OutputField, OutputValue};
use crate::catalog::model::{BaseType, Cardinality, DataObject, Field, Link, StructType};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::sql::ast::{
    Aggregate, AggregateFunction, Expr, Join, JoinKind, OrderItem, Relation, RelationSource, ResultColumn,
    Select, SqlType,
};

/// Field that counts rows.
pub(super) const ROWS_COUNT: &str = "_rows_count";

/// Collects the aggregates of one selection.
pub(super) struct Aggregates<'a, 'o> {
    objects: &'a Objects<'o>,
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
            ROWS_COUNT => return Ok(self.aggregate(AggregateFunction::CountRows, None, false)),
            _ => {}
        }
        if let Some(field) = object.fields.get(&selected.name) {
            let value = column::value_with_arguments(object, alias, field, &selected.arguments)?;
            return self.field(field, &value, selected);
        }
        if let Some((value, scalar)) = column::companion(object, alias, selected)? {
            return self.scalar(scalar, &value, &selected.selection).map(object_of);
        }
        if let Some(link) = object.links.get(&selected.name) {
            return self.linked(object, alias, link, selected);
        }
        let parent_link = selected
            .name
            .as_str()
            .strip_suffix("_aggregation")
            .and_then(|name| object.links.get(name));
        match parent_link {
            Some(link) => self.per_parent(object, alias, link, selected),
            None => Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "field `{}` of `{}` is not supported yet",
                    selected.name, selected.parent
                ),
            )),
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
                (ROWS_COUNT, None) => self.aggregate(AggregateFunction::CountRows, None, false),
                (_, Some(field)) => self.field(field, &struct_member(value, field)?, selected)?,
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
    fn scalar(&mut self, scalar: Scalar, value: &Expr, selection: &[Selected]) -> Result<Vec<OutputField>> {
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

    fn function(&mut self, scalar: Scalar, value: &Expr, selected: &Selected) -> Result<OutputValue> {
        let function = function_of(selected)?;
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
        let output = self.aggregate(function, Some(argument), is_distinct);
        Ok(match output {
            OutputValue::Column(index) if is_raw_json => OutputValue::RawJson(index),
            other => other,
        })
    }

    fn aggregate(
        &mut self,
        function: AggregateFunction,
        argument: Option<Expr>,
        is_distinct: bool,
    ) -> OutputValue {
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
        self.column(Expr::Aggregate(Box::new(aggregate)))
    }

    /// Adds a result column.
    pub(super) fn column(&mut self, expr: Expr) -> OutputValue {
        let alias = format!("__value{}", self.columns.len());
        self.columns.push(ResultColumn { expr, alias });
        OutputValue::Column(self.columns.len() - 1)
    }

    /// Aggregates the rows of a link: they are joined, so that each row counts as often as it has partners.
    fn linked(
        &mut self,
        object: &DataObject,
        alias: &str,
        link: &Link,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let target = self.objects.object(&link.target)?;
        let joined = self.objects.fresh_alias("_linked");
        self.join(object, alias, link, selected, &joined, |rows| {
            vec![ResultColumn {
                expr: Expr::AllColumns(rows.to_owned()),
                alias: String::new(),
            }]
        })?;
        self.repeats_rows |= link.cardinality == Cardinality::Many;
        self.object(target, &joined, &selected.selection).map(object_of)
    }

    /// Aggregates the rows of a link for each parent, and then these values over all parents.
    fn per_parent(
        &mut self,
        object: &DataObject,
        alias: &str,
        link: &Link,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let target = self.objects.object(&link.target)?;
        let joined = self.objects.fresh_alias("_per_parent");
        let mut inner = Aggregates::new(self.objects);
        let rows_alias = self.join(object, alias, link, selected, &joined, |_| Vec::new())?;
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
        let value = column::value_with_arguments(target, rows, field, &selected.arguments)?;
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
        object: &DataObject,
        alias: &str,
        link: &Link,
        selected: &Selected,
        joined: &str,
        columns: impl FnOnce(&str) -> Vec<ResultColumn>,
    ) -> Result<String> {
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
        let rows = link::all_rows(self.objects, link)?;
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

/// Returns an object that is never null.
pub(super) fn object_of(fields: Vec<OutputField>) -> OutputValue {
    OutputValue::Object {
        fields,
        present: None,
    }
}

fn function_of(selected: &Selected) -> Result<AggregateFunction> {
    Ok(match selected.name.as_str() {
        "count" => AggregateFunction::Count,
        "sum" => AggregateFunction::Sum,
        "avg" => AggregateFunction::Avg,
        "min" => AggregateFunction::Min,
        "max" => AggregateFunction::Max,
        "list" => AggregateFunction::List,
        "any" => AggregateFunction::Any,
        "last" => AggregateFunction::Last,
        "bool_and" => AggregateFunction::BoolAnd,
        "bool_or" => AggregateFunction::BoolOr,
        "union" => AggregateFunction::GeometryUnion,
        "intersection" => AggregateFunction::GeometryIntersection,
        "extent" => AggregateFunction::GeometryExtent,
        "string_agg" => {
            let separator = selected
                .arguments
                .get("sep")
                .and_then(Json::as_str)
                .unwrap_or_default();
            AggregateFunction::StringAgg(separator.to_owned())
        }
        name => {
            return Err(Error::internal(format!(
                "there is no aggregate function `{name}`"
            )));
        }
    })
}

fn is_geometry(function: &AggregateFunction) -> bool {
    matches!(
        function,
        AggregateFunction::GeometryUnion
            | AggregateFunction::GeometryIntersection
            | AggregateFunction::GeometryExtent
    )
}

/// Returns the value at a path of a JSON column, in the type that the function works on.
fn at_path(document: &Expr, path: &str, function: &AggregateFunction) -> (Expr, Scalar) {
    let (ty, scalar) = match function {
        AggregateFunction::Sum | AggregateFunction::Avg | AggregateFunction::Min | AggregateFunction::Max => {
            (SqlType::Double, Scalar::Float)
        }
        AggregateFunction::StringAgg(_) => (SqlType::Text, Scalar::String),
        AggregateFunction::BoolAnd | AggregateFunction::BoolOr => (SqlType::Boolean, Scalar::Boolean),
        _ => (SqlType::Json, Scalar::Json),
    };
    let path = path
        .trim_start_matches("$.")
        .split('.')
        .map(str::to_owned)
        .collect();
    (
        Expr::JsonPath {
            document: Box::new(document.clone()),
            path,
            ty,
        },
        scalar,
    )
}

/// Returns the scalar that a function of `scalar` returns.
fn result_scalar(scalar: Scalar, function: &Selected) -> Result<Scalar> {
    Ok(match (function_of(function)?, scalar) {
        (AggregateFunction::Count | AggregateFunction::CountRows, _) => Scalar::BigInt,
        (AggregateFunction::Avg, _) => Scalar::Float,
        (_, Scalar::Json) if function.arguments.contains_key("path") => Scalar::Float,
        _ => scalar,
    })
}
