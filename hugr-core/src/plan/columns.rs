//! What the rows of one object become: the result columns of its step, the relations that they reach into, and the steps
//! below it.

use std::collections::HashMap;

use super::aggregate;
use super::call::field_call;
use super::call_value::called_value;
use super::children::{link_select, page_per_parent};
use super::column;
use super::derived;
use super::follow::{Followed, follow, follow_member, holds_joins, source_below};
use super::joined::{is_unnested, joined_rows};
use super::link::{Twin, field_of};
use super::object::Objects;
use super::output::{shown, struct_fields};
use super::structure::has_derived_members;
use super::tree::{Child, KeyColumn, OutputField, OutputValue, Step};
use crate::catalog::model::{BaseType, CallField, CallKind, Cardinality, DataObject, Field};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::FieldName;
use crate::sql::ast::{Expr, Join, ResultColumn};

/// An object and the alias under which a statement has its row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) object: &'a DataObject,
    pub(super) alias: &'a str,
}

/// Collects the result columns of a step and what becomes of them.
pub(super) struct Columns<'a, 'o> {
    pub(super) objects: &'a Objects<'o>,
    /// Result columns so far.
    pub(super) columns: Vec<ResultColumn>,
    /// Relations whose columns are among them.
    pub(super) joins: Vec<Join>,
    /// Steps below.
    pub(super) children: Vec<Child>,
    /// Result columns with keys, by the alias of the row and the field.
    keys: HashMap<(String, FieldName), usize>,
}

impl<'a, 'o> Columns<'a, 'o> {
    pub(super) fn new(objects: &'a Objects<'o>) -> Self {
        Self {
            objects,
            columns: Vec::new(),
            joins: Vec::new(),
            children: Vec::new(),
            keys: HashMap::new(),
        }
    }

    /// Adds what `selection` wants of `row`, which is all that the statement is for.
    pub(super) fn all(&mut self, row: Row<'_>, selection: &[Selected]) -> Result<Vec<OutputField>> {
        let output = self.fields(row, selection)?;
        if self.columns.is_empty() {
            // A statement needs a column, also when only `__typename` is wanted.
            self.columns.push(ResultColumn {
                expr: Expr::Number(1),
                alias: "__row".to_owned(),
            });
        }
        Ok(output)
    }

    /// Adds what `selection` wants of `row`.
    pub(super) fn fields(&mut self, row: Row<'_>, selection: &[Selected]) -> Result<Vec<OutputField>> {
        let mut output = Vec::with_capacity(selection.len());
        for selected in selection {
            let value = self
                .value(row, selected)
                .map_err(|error| self.objects.authorized.operation().locate(error, selected.span))?;
            output.push(OutputField {
                key: selected.key.clone(),
                value,
            });
        }
        Ok(output)
    }

    /// Adds a result column and returns its number.
    pub(super) fn push(&mut self, expr: Expr, alias: &str) -> usize {
        self.columns.push(ResultColumn {
            expr,
            alias: alias.to_owned(),
        });
        self.columns.len() - 1
    }

    fn value(&mut self, row: Row<'_>, selected: &Selected) -> Result<OutputValue> {
        let object = row.object;
        if selected.name.as_str() == "__typename" {
            return Ok(OutputValue::Typename(object.name.clone()));
        }
        if let Some(field) = object.fields.get(&selected.name) {
            return self.column(row, field, selected);
        }
        if let Some((expr, _)) = derived::companion(object, row.alias, selected)? {
            return Ok(OutputValue::Column(self.push(expr, &selected.key)));
        }
        if holds_joins(selected) {
            return self.joins(row, selected);
        }
        if let Some(call) = object.calls.get(&selected.name)
            && call.kind == CallKind::Value
        {
            return self.call(row, call, selected);
        }
        let objects = self.statement_for(object, None, selected)?;
        match follow(&objects, object, selected)? {
            Some(followed) => self.followed(row, (&objects, followed), selected),
            None => Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "field `{}` of `{}` is not supported yet",
                    selected.name, object.name
                ),
            )),
        }
    }

    /// Returns the look-ups for the statement in which the rows of the field `selected` of `object` are read: this one when
    /// they are joined, else that of the source in which they lie.
    fn statement_for(
        &self,
        object: &DataObject,
        join: Option<&Selected>,
        selected: &Selected,
    ) -> Result<Objects<'o>> {
        let own = || self.objects.same_statement();
        if is_unnested(selected) {
            return Ok(own());
        }
        let source = source_below(self.objects, object, join, selected)?;
        Ok(source.map_or_else(own, |source| self.objects.statement_of(&source)))
    }

    /// Adds the rows of a navigation field of `row`, or what is made of them.
    pub(super) fn followed(
        &mut self,
        row: Row<'_>,
        followed: (&Objects<'_>, Followed<'_>),
        selected: &Selected,
    ) -> Result<OutputValue> {
        let (objects, followed) = followed;
        let child = match followed.twin {
            Twin::Rows if is_unnested(selected) => return self.unnested(row, followed, selected),
            Twin::Rows => self.child(row, (objects, followed), selected)?,
            Twin::Aggregation | Twin::Buckets => self.aggregated_child(row, (objects, followed), selected)?,
        };
        self.children.push(child);
        Ok(OutputValue::Child(self.children.len() - 1))
    }

    /// The joins that the query itself makes: an object with a member for each.
    fn joins(&mut self, row: Row<'_>, selected: &Selected) -> Result<OutputValue> {
        let mut fields = Vec::with_capacity(selected.selection.len());
        for member in &selected.selection {
            let value = if member.name.as_str() == "__typename" {
                OutputValue::Typename(member.parent.clone())
            } else {
                let objects = self.statement_for(row.object, Some(selected), member)?;
                let followed = follow_member(&objects, row.object, selected, member)?;
                self.followed(row, (&objects, followed), member)?
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
    fn call(&mut self, row: Row<'_>, call: &CallField, selected: &Selected) -> Result<OutputValue> {
        let (function, text) = field_call(self.objects, (row.object, row.alias), call, selected)?;
        let wanted = (&selected.selection[..], self.columns.len());
        let (expr, value) = called_value(self.objects, function, Expr::Text(text), wanted)?;
        self.push(expr, &selected.key);
        Ok(value)
    }

    fn column(&mut self, row: Row<'_>, field: &Field, selected: &Selected) -> Result<OutputValue> {
        let value = derived::value(row.object, row.alias, field, &selected.arguments)?;
        let is_split = match &field.ty.base {
            BaseType::Struct(ty) => has_derived_members(self.objects, ty, &selected.selection)?,
            BaseType::Scalar(_) | BaseType::Enum(_) => false,
        };
        self.field_value(field, value, selected, is_split)
    }

    /// Adds `value`, that of `field`; each member of a struct by itself when it `is_split`.
    pub(super) fn field_value(
        &mut self,
        field: &Field,
        value: Expr,
        selected: &Selected,
        is_split: bool,
    ) -> Result<OutputValue> {
        let column = self.columns.len();
        let (expr, output) = match &field.ty.base {
            BaseType::Scalar(scalar) => match shown(*scalar, field, value) {
                (expr, true) => (expr, OutputValue::RawJson(column)),
                (expr, false) => (expr, OutputValue::Column(column)),
            },
            BaseType::Enum(_) => (value, OutputValue::Column(column)),
            BaseType::Struct(ty) if is_split && !field.ty.is_list => {
                return self.members(ty, &value, &selected.selection);
            }
            BaseType::Struct(ty) => {
                let (members, null) = struct_fields(self.objects, ty, &selected.selection)?;
                let output = OutputValue::Struct {
                    column,
                    members,
                    null,
                };
                (value, output)
            }
        };
        self.push(expr, &selected.key);
        Ok(output)
    }

    /// The row repeats for each of its children, which is an object.
    fn unnested(&mut self, row: Row<'_>, followed: Followed<'_>, selected: &Selected) -> Result<OutputValue> {
        let target = followed.target;
        let joined = joined_rows(self.objects, row, (&target, followed.rows), selected)?;
        self.objects.set_unnested(row.alias, &selected.key, &joined.alias);
        self.joins.push(joined.join);
        let present = self.push(joined.is_there, &format!("__present_{}", selected.key));
        let child_row = Row {
            object: &target,
            alias: &joined.alias,
        };
        let fields = self.fields(child_row, &selected.selection)?;
        Ok(OutputValue::Object {
            fields,
            present: Some(present),
        })
    }

    /// Children as rows.
    fn child(
        &mut self,
        row: Row<'_>,
        followed: (&Objects<'_>, Followed<'_>),
        selected: &Selected,
    ) -> Result<Child> {
        let (objects, followed) = followed;
        let (target, rows) = (followed.target, followed.rows);
        let alias = rows.alias.clone();
        let mut columns = Columns::new(objects);
        let target_row = Row {
            object: &target,
            alias: &alias,
        };
        let output = columns.all(target_row, &selected.selection)?;
        let children = std::mem::take(&mut columns.children);
        let first_key = columns.columns.len();
        let mut link_rows = link_select(objects, &target, selected, rows, columns)?;
        let page = page_per_parent(objects, &mut link_rows, selected)?;
        let mut keys = Vec::with_capacity(link_rows.keys.len());
        for (index, (restricted, (parent, ty))) in
            link_rows.keys.into_iter().zip(link_rows.parents).enumerate()
        {
            keys.push(KeyColumn {
                parent: self.key(row, &parent)?,
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
            cardinality: followed.cardinality,
            page,
        })
    }

    /// Children that are aggregated: one object for each parent, or a list of buckets.
    fn aggregated_child(
        &mut self,
        row: Row<'_>,
        followed: (&Objects<'_>, Followed<'_>),
        selected: &Selected,
    ) -> Result<Child> {
        let (objects, followed) = followed;
        let twin = followed.twin;
        let rows = aggregate::link_rows(objects, followed, selected)?;
        let mut keys = Vec::with_capacity(rows.keys.len());
        for (index, (restricted, (parent, ty))) in rows.keys.into_iter().zip(rows.parents).enumerate() {
            keys.push(KeyColumn {
                parent: self.key(row, &parent)?,
                child: rows.first_key + index,
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
            // Groups are not read before their page is cut: how many there are of a parent says nothing about their rows.
            page: rows.page.filter(|page| !page.is_in_statement),
        })
    }

    /// Returns the result column with the raw value of `field`, adding one when there is none.
    pub(super) fn key(&mut self, row: Row<'_>, field: &FieldName) -> Result<usize> {
        let name = (row.alias.to_owned(), field.clone());
        if let Some(index) = self.keys.get(&name) {
            return Ok(*index);
        }
        let expr = column::value(row.object, row.alias, field_of(row.object, field)?)?;
        let index = match self.columns.iter().position(|column| column.expr == expr) {
            Some(index) => index,
            None => self.push(expr, &format!("__parent{}", self.keys.len())),
        };
        self.keys.insert(name, index);
        Ok(index)
    }
}

/// Returns what the rows of a cube are grouped by when some of `columns` are measured: all the others.
pub(super) fn dimensions(columns: &[ResultColumn]) -> Vec<Expr> {
    if !columns.iter().any(|column| column.expr.is_aggregated()) {
        return Vec::new();
    }
    columns
        .iter()
        .filter(|column| !column.expr.is_aggregated() && !column.expr.is_constant())
        .map(|column| column.expr.clone())
        .collect()
}
