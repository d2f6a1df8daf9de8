//! One object's step: its columns, its conditions, and the steps below it.

use std::collections::HashMap;

use super::aggregate;
use super::call::field_call;
use super::call_value::called_value;
use super::children::{has_children, link_select, page_per_parent};
use super::column;
use super::condition::object_filter;
use super::derived;
use super::derived::nearest_rows;
use super::join::{self, JOIN_FIELD};
use super::link::{self, Twin, link_and_twin};
use super::object::{DeletedRows, Objects};
use super::order::{count, distinct_keys, sort_keys};
use super::output::{shown, struct_fields};
use super::tree::{Child, KeyColumn, OutputField, OutputValue, Step};
use crate::catalog::model::{BaseType, CallField, CallKind, Cardinality, DataObject, Field, Link};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::FieldName;
use crate::sql::ast::{Expr, ResultColumn, Select};

/// Alias of a root object.
pub(super) const ROOT_ALIAS: &str = "_objects";
/// Directives on fields that would change the answer and are not built.
const UNSUPPORTED_DIRECTIVES: [&str; 3] = ["unnest", "add_h3", "at"];

/// Arguments of lists that are not supported yet.
const UNSUPPORTED_ARGUMENTS: [&str; 1] = ["semantic"];

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
    let base = Select {
        from: Some(objects.relation(object, ROOT_ALIAS, &selected.arguments)?),
        filters,
        ..Select::default()
    };
    let base = nearest_rows(object, ROOT_ALIAS, selected, base)?;
    let order_by = sort_keys(objects, object, ROOT_ALIAS, selected, "order_by")?;
    let select = Select {
        distinct_on: distinct_keys(objects, object, ROOT_ALIAS, selected)?,
        columns: columns.columns,
        order_by: if order_by.is_empty() {
            base.order_by
        } else {
            order_by
        },
        limit: count(&selected.arguments, "limit")?,
        offset: count(&selected.arguments, "offset")?,
        ..base
    };
    Ok(Step {
        source: object.source.clone(),
        backend: objects.backend,
        select,
        output: columns.output,
        children: columns.children,
    })
}

/// Returns the conditions on rows of `object`: those that always hold, its `filter`, and that the children of `inner` links
/// exist.
pub(super) fn row_conditions(
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
    if let Some(argument) = UNSUPPORTED_ARGUMENTS
        .iter()
        .find(|name| selected.arguments.contains_key(**name))
    {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "argument `{argument}` of `{}` is not supported yet",
                selected.name
            ),
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
        if let Some((link, _)) = link_and_twin(object, child.name.as_str())
            && is_inner(child)
        {
            conditions.push(has_children(objects, object, alias, link, child)?);
        }
        if child.name.as_str() == JOIN_FIELD {
            for member in child.selection.iter().filter(|member| is_inner(member)) {
                let link = join::dynamic_link(objects, object, child, member)?;
                conditions.push(has_children(objects, object, alias, &link, member)?);
            }
        }
    }
    Ok(conditions)
}

fn is_inner(selected: &Selected) -> bool {
    selected.arguments.get("inner") == Some(&serde_json::Value::Bool(true))
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
            return self.column(field, selected);
        }
        if let Some((expr, _)) = derived::companion(self.object, self.alias, selected)? {
            self.columns.push(ResultColumn {
                expr,
                alias: selected.key.clone(),
            });
            return Ok(OutputValue::Column(self.columns.len() - 1));
        }
        if selected.name.as_str() == JOIN_FIELD {
            return self.joins(selected);
        }
        if let Some(call) = self.object.calls.get(&selected.name)
            && call.kind == CallKind::Value
        {
            return self.call(call, selected);
        }
        let Some((link, twin)) = link_and_twin(self.object, selected.name.as_str()) else {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "field `{}` of `{}` is not supported yet",
                    selected.name, self.object.name
                ),
            ));
        };
        self.linked(link, twin, selected)
    }

    fn linked(&mut self, link: &Link, twin: Twin, selected: &Selected) -> Result<OutputValue> {
        let child = match twin {
            Twin::Rows => self.child(link, selected)?,
            Twin::Aggregation | Twin::Buckets => self.aggregated_child(link, twin, selected)?,
        };
        self.children.push(child);
        Ok(OutputValue::Child(self.children.len() - 1))
    }

    /// The joins that the query itself makes: an object with a member for each.
    fn joins(&mut self, selected: &Selected) -> Result<OutputValue> {
        let mut fields = Vec::with_capacity(selected.selection.len());
        for member in &selected.selection {
            let value = if member.name.as_str() == "__typename" {
                OutputValue::Typename(member.parent.clone())
            } else {
                let link = join::dynamic_link(self.objects, self.object, selected, member)?;
                let twin = Twin::of(member.name.as_str(), link.name.as_str());
                self.linked(&link, twin, member)?
            };
            fields.push(OutputField {
                key: member.key.clone(),
                value,
            });
        }
        Ok(OutputValue::Object {
            fields,
            present: None,
        })
    }

    /// A field whose value is that of a function.
    fn call(&mut self, call: &CallField, selected: &Selected) -> Result<OutputValue> {
        let (function, text) = field_call(self.objects, (self.object, self.alias), call, selected)?;
        let wanted = (&selected.selection[..], self.columns.len());
        let (expr, value) = called_value(self.objects, function, Expr::Text(text), wanted)?;
        self.columns.push(ResultColumn {
            expr,
            alias: selected.key.clone(),
        });
        Ok(value)
    }

    /// Children that are aggregated: one object for each parent, or a list of buckets.
    fn aggregated_child(&mut self, link: &Link, twin: Twin, selected: &Selected) -> Result<Child> {
        let objects = self
            .objects
            .statement_of(&self.objects.object(&link.target)?.source);
        let rows = aggregate::link_rows(&objects, self.object, (link, twin), selected)?;
        let mut keys = Vec::with_capacity(rows.keys.len());
        for (index, (restricted, (parent, ty))) in rows.keys.into_iter().zip(rows.parents).enumerate() {
            let child = rows.first_key + index;
            keys.push(KeyColumn {
                parent: self.key(&parent)?,
                child,
                restricted,
                ty,
            });
        }
        let cardinality = if twin == Twin::Aggregation {
            Cardinality::One
        } else {
            Cardinality::Many
        };
        Ok(Child {
            step: rows.step,
            keys,
            cardinality,
            page: rows.page,
        })
    }

    fn column(&mut self, field: &Field, selected: &Selected) -> Result<OutputValue> {
        let value = derived::value(self.object, self.alias, field, &selected.arguments)?;
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
                let (members, null) = struct_fields(self.objects, ty, &selected.selection)?;
                (
                    value,
                    OutputValue::Struct {
                        column: index,
                        members,
                        null,
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
        let objects = &self.objects.statement_of(&target.source);
        let rows = link::all_rows(objects, self.object, link, &selected.arguments)?;
        let alias = rows.alias.clone();
        let mut columns = Columns::new(objects, target, &alias);
        columns.add(&selected.selection)?;
        let (output, children) = (columns.output, columns.children);
        let first_key = columns.columns.len();
        let mut link_rows = link_select(objects, link, selected, rows, columns.columns)?;
        let page = page_per_parent(objects, &mut link_rows, selected)?;
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
            backend: objects.backend,
            select: link_rows.select,
            output,
            children,
        };
        Ok(Child {
            step,
            keys,
            cardinality: link.cardinality,
            page,
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
