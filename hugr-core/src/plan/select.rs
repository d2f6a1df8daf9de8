//! One object's step: its columns, its conditions, and the steps below it.

use std::collections::HashMap;

use super::column;
use super::condition::object_filter;
use super::link::{self, LinkRows};
use super::object::{DeletedRows, Objects};
use super::order::{count, distinct_keys, sort_keys};
use super::tree::{Child, KeyColumn, OutputField, OutputValue, Step, StructField};
use crate::catalog::model::{BaseType, DataObject, Field, FieldValue, Link};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::{FieldName, TypeName};
use crate::sql::ast::{Expr, Operator, OrderItem, Relation, RelationSource, ResultColumn, Select, SqlType};

/// Alias of a root object.
pub(super) const ROOT_ALIAS: &str = "_objects";
/// Alias of a page that was cut before its rows are given to parents.
const PAGE_ALIAS: &str = "_page";
/// Directives on fields that would change the answer and are not built.
const UNSUPPORTED_DIRECTIVES: [&str; 3] = ["unnest", "add_h3", "at"];

/// Returns the step for a root field of `object`; `conditions` are added to those of its arguments.
pub(super) fn root_step(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
    conditions: impl FnOnce(&str) -> Result<Vec<Expr>>,
) -> Result<Step> {
    let mut filters = conditions(ROOT_ALIAS)?;
    filters.extend(row_conditions(objects, object, ROOT_ALIAS, selected)?);
    let mut columns = Columns::new(objects, object, ROOT_ALIAS);
    columns.add(&selected.selection)?;
    let select = Select {
        distinct_on: distinct_keys(objects, object, ROOT_ALIAS, selected)?,
        columns: columns.columns,
        from: Some(objects.relation(object, ROOT_ALIAS)?),
        filters,
        order_by: sort_keys(objects, object, ROOT_ALIAS, selected, "order_by")?,
        limit: count(&selected.arguments, "limit")?,
        offset: count(&selected.arguments, "offset")?,
        ..Select::default()
    };
    Ok(Step {
        source: object.source.clone(),
        select,
        output: columns.output,
        children: columns.children,
    })
}

/// Returns the conditions on rows of `object`: those that always hold, its `filter`, and that the children of `inner` links
/// exist.
fn row_conditions(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    selected: &Selected,
) -> Result<Vec<Expr>> {
    if let Some(directive) = selected
        .directives
        .iter()
        .find(|directive| UNSUPPORTED_DIRECTIVES.contains(&directive.name.as_str()))
    {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("directive `@{}` is not supported yet", directive.name),
        ));
    }
    let deleted = if selected.has_directive("with_deleted") {
        DeletedRows::Shown
    } else {
        DeletedRows::Hidden
    };
    let mut conditions = objects.conditions(object, alias, deleted)?;
    if let Some(filter) = selected
        .arguments
        .get("filter")
        .and_then(serde_json::Value::as_object)
    {
        conditions.extend(object_filter(objects, object, alias, filter)?);
    }
    for child in &selected.selection {
        if let Some(link) = object.links.get(&child.name)
            && child.arguments.get("inner") == Some(&serde_json::Value::Bool(true))
        {
            conditions.push(has_children(objects, object, alias, link, child)?);
        }
    }
    Ok(conditions)
}

/// Returns the condition that `link` leads to rows from the row of `object` under `alias`.
fn has_children(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    link: &Link,
    selected: &Selected,
) -> Result<Expr> {
    let rows = link_select(
        objects,
        link,
        selected,
        link::all_rows(objects, link)?,
        Vec::new(),
    )?;
    let mut select = rows.select;
    for (key, (parent, _)) in rows.keys.iter().zip(&rows.parents) {
        let parent = column::value(object, alias, link::field_of(object, parent)?)?;
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
struct LinkSelect {
    select: Select,
    /// The keys, in terms of the statement.
    keys: Vec<Expr>,
    /// The parent's side of each key, with its type.
    parents: Vec<(FieldName, SqlType)>,
    /// What the rows of each parent are sorted by, in terms of the statement.
    order: Vec<OrderItem>,
}

/// Returns the rows of `link` with `columns`, and with the keys as further columns after them.
///
/// `filter`, `order_by`, `limit`, `offset` and `distinct_on` of a link act on all its rows, before they are given to
/// parents; so a page is cut in a query of its own.
fn link_select(
    objects: &Objects<'_>,
    link: &Link,
    selected: &Selected,
    rows: LinkRows,
    mut columns: Vec<ResultColumn>,
) -> Result<LinkSelect> {
    let target = objects.object(&link.target)?;
    let alias = rows.alias;
    let mut filters = rows.filters;
    filters.extend(row_conditions(objects, target, &alias, selected)?);
    let order_by = sort_keys(objects, target, &alias, selected, "order_by")?;
    let nested_order = sort_keys(objects, target, &alias, selected, "nested_order_by")?;
    let order = if nested_order.is_empty() {
        order_by.clone()
    } else {
        nested_order
    };
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
        columns,
        from: Some(rows.from),
        joins: rows.joins,
        filters,
        limit: count(&selected.arguments, "limit")?,
        offset: count(&selected.arguments, "offset")?,
        ..Select::default()
    };
    let is_page = select.limit.is_some() || select.offset.is_some() || !select.distinct_on.is_empty();
    if !is_page {
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
fn cut_page(mut page: Select, order: Vec<OrderItem>, parents: Vec<(FieldName, SqlType)>) -> LinkSelect {
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
        let alias = format!("__sort{index}");
        outer_order.push(OrderItem {
            expr: outer(&alias),
            ..item.clone()
        });
        page.columns.push(ResultColumn {
            expr: item.expr,
            alias,
        });
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

/// Collects the result columns of a step and what becomes of them.
struct Columns<'a, 'o> {
    objects: &'a Objects<'o>,
    object: &'a DataObject,
    alias: &'a str,
    columns: Vec<ResultColumn>,
    output: Vec<OutputField>,
    children: Vec<Child>,
    keys: HashMap<FieldName, usize>,
}

impl<'a, 'o> Columns<'a, 'o> {
    fn new(objects: &'a Objects<'o>, object: &'a DataObject, alias: &'a str) -> Self {
        Self {
            objects,
            object,
            alias,
            columns: Vec::new(),
            output: Vec::new(),
            children: Vec::new(),
            keys: HashMap::new(),
        }
    }

    fn add(&mut self, selection: &[Selected]) -> Result<()> {
        for selected in selection {
            let value = self
                .value(selected)
                .map_err(|error| self.objects.authorized.operation().locate(error, selected.span))?;
            self.output.push(OutputField {
                key: selected.key.clone(),
                value,
            });
        }
        if self.columns.is_empty() {
            // A statement needs a column, also when only `__typename` is wanted.
            self.columns.push(ResultColumn {
                expr: Expr::Number(1),
                alias: "__row".to_owned(),
            });
        }
        Ok(())
    }

    fn value(&mut self, selected: &Selected) -> Result<OutputValue> {
        if selected.name.as_str() == "__typename" {
            return Ok(OutputValue::Typename(self.object.name.clone()));
        }
        if let Some(field) = self.object.fields.get(&selected.name) {
            if let Some(argument) = selected.arguments.keys().next() {
                return Err(Error::new(
                    ErrorCode::Unsupported,
                    format!(
                        "argument `{argument}` of field `{}` is not supported yet",
                        selected.name
                    ),
                ));
            }
            return self.column(field, selected);
        }
        let Some(link) = self.object.links.get(&selected.name) else {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "field `{}` of `{}` is not supported yet",
                    selected.name, self.object.name
                ),
            ));
        };
        let child = self.child(link, selected)?;
        self.children.push(child);
        Ok(OutputValue::Child(self.children.len() - 1))
    }

    fn column(&mut self, field: &Field, selected: &Selected) -> Result<OutputValue> {
        let value = column::value(self.object, self.alias, field)?;
        let index = self.columns.len();
        let (expr, output) = match &field.ty.base {
            BaseType::Scalar(scalar) => {
                let (expr, is_raw_json) = shown(*scalar, field, value)?;
                (
                    expr,
                    if is_raw_json {
                        OutputValue::RawJson(index)
                    } else {
                        OutputValue::Column(index)
                    },
                )
            }
            BaseType::Enum(_) => (value, OutputValue::Column(index)),
            BaseType::Struct(ty) => {
                let members = struct_fields(self.objects, ty, &selected.selection)?;
                (
                    value,
                    OutputValue::Struct {
                        column: index,
                        members,
                    },
                )
            }
        };
        self.columns.push(ResultColumn {
            expr,
            alias: selected.key.clone(),
        });
        Ok(output)
    }

    fn child(&mut self, link: &Link, selected: &Selected) -> Result<Child> {
        let target = self.objects.object(&link.target)?;
        let rows = link::all_rows(self.objects, link)?;
        let alias = rows.alias.clone();
        let mut columns = Columns::new(self.objects, target, &alias);
        columns.add(&selected.selection)?;
        let (output, children) = (columns.output, columns.children);
        let first_key = columns.columns.len();
        let mut link_rows = link_select(self.objects, link, selected, rows, columns.columns)?;
        page_per_parent(&mut link_rows, selected)?;
        let mut keys = Vec::with_capacity(link_rows.keys.len());
        for (index, (restricted, (parent, ty))) in
            link_rows.keys.into_iter().zip(link_rows.parents).enumerate()
        {
            keys.push(KeyColumn {
                parent: self.key(&parent)?,
                child: first_key + index,
                restricted,
                ty,
            });
        }
        let step = Step {
            source: target.source.clone(),
            select: link_rows.select,
            output,
            children,
        };
        Ok(Child {
            step,
            keys,
            cardinality: link.cardinality,
        })
    }

    /// Returns the result column with the raw value of `field`, adding one when there is none.
    fn key(&mut self, field: &FieldName) -> Result<usize> {
        if let Some(index) = self.keys.get(field) {
            return Ok(*index);
        }
        let expr = column::value(self.object, self.alias, link::field_of(self.object, field)?)?;
        let index = match self.columns.iter().position(|column| column.expr == expr) {
            Some(index) => index,
            None => {
                let alias = format!("__parent{}", self.keys.len());
                self.columns.push(ResultColumn { expr, alias });
                self.columns.len() - 1
            }
        };
        self.keys.insert(field.clone(), index);
        Ok(index)
    }
}

/// Keeps only the rows of each parent that `nested_limit` and `nested_offset` want.
fn page_per_parent(rows: &mut LinkSelect, selected: &Selected) -> Result<()> {
    let limit = count(&selected.arguments, "nested_limit")?.filter(|limit| *limit > 0);
    let offset = count(&selected.arguments, "nested_offset")?.unwrap_or(0);
    if limit.is_none() && offset == 0 {
        return Ok(());
    }
    let number = || Expr::RowNumber {
        partition_by: rows.keys.clone(),
        order_by: rows.order.clone(),
    };
    let bound = |count: u64| Expr::Param(i64::try_from(count).unwrap_or(i64::MAX).into(), None);
    let mut conditions = Vec::new();
    if let Some(limit) = limit {
        conditions.push(Expr::test(
            Operator::Lte,
            number(),
            bound(offset.saturating_add(limit)),
        ));
    }
    if offset > 0 {
        conditions.push(Expr::test(Operator::Gt, number(), bound(offset)));
    }
    rows.select.qualify = Some(Expr::And(conditions));
    Ok(())
}

/// Returns what is selected to show a scalar, and whether that is JSON text.
fn shown(scalar: Scalar, field: &Field, value: Expr) -> Result<(Expr, bool)> {
    let call = |function| Expr::Call {
        function,
        arguments: vec![value.clone()],
    };
    match scalar {
        Scalar::Json => Ok((value, true)),
        Scalar::Geometry if field.ty.is_list => Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "field `{}`: lists of geometries are not supported yet",
                field.name
            ),
        )),
        Scalar::Geometry => Ok((call("ST_AsGeoJSON"), true)),
        Scalar::H3Cell => Ok((call("h3_h3_to_string"), false)),
        Scalar::Vector => Ok((Expr::Cast(Box::new(value), SqlType::Text), false)),
        Scalar::String
        | Scalar::Int
        | Scalar::Float
        | Scalar::Boolean
        | Scalar::BigInt
        | Scalar::Date
        | Scalar::Timestamp
        | Scalar::DateTime
        | Scalar::Time
        | Scalar::Interval
        | Scalar::IntRange
        | Scalar::BigIntRange
        | Scalar::TimestampRange => Ok((value, false)),
    }
}

fn struct_fields(objects: &Objects<'_>, ty: &TypeName, selection: &[Selected]) -> Result<Vec<StructField>> {
    let ty = objects
        .catalog
        .struct_type(ty.as_str())
        .ok_or_else(|| Error::internal(format!("the catalog has no struct `{ty}`")))?;
    let mut fields = Vec::with_capacity(selection.len());
    for selected in selection {
        let key = selected.key.clone();
        if selected.name.as_str() == "__typename" {
            fields.push(StructField::constant(key, ty.name.clone()));
            continue;
        }
        let field = ty
            .fields
            .get(&selected.name)
            .ok_or_else(|| Error::internal(format!("`{}` has no field `{}`", ty.name, selected.name)))?;
        let FieldValue::Column(member) = &field.value else {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "computed member `{}` of struct `{}` is not supported yet",
                    field.name, ty.name
                ),
            ));
        };
        let members = match &field.ty.base {
            BaseType::Struct(inner) => struct_fields(objects, inner, &selected.selection)?,
            BaseType::Scalar(_) | BaseType::Enum(_) => Vec::new(),
        };
        let is_raw_json = field.ty.base == BaseType::Scalar(Scalar::Json);
        fields.push(StructField {
            key,
            member: Some(member.clone()),
            typename: None,
            is_raw_json,
            members,
        });
    }
    Ok(fields)
}
