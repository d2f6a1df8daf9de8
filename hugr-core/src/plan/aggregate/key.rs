//! The keys of groups: columns, with their arguments, members of structs, and columns of related rows.

use crate::catalog::model::{BaseType, Cardinality, DataObject, Field, Link};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::plan::column;
use crate::plan::condition::struct_member;
use crate::plan::derived;
use crate::plan::link;
use crate::plan::object::{DeletedRows, Objects};
use crate::plan::output::shown_value;
use crate::plan::tree::{OutputField, OutputValue};
use crate::sql::ast::{Expr, Join, JoinKind, Relation, RelationSource, ResultColumn, Select};

/// Collects the keys of groups.
#[derive(Default)]
pub(super) struct Keys {
    /// Result columns; all of them are grouped by.
    pub(super) columns: Vec<ResultColumn>,
    /// Related rows.
    pub(super) joins: Vec<Join>,
    /// The object of each `key` that is selected.
    pub(super) outputs: Vec<OutputValue>,
}

impl Keys {
    /// Adds one `key` field.
    pub(super) fn add(
        &mut self,
        objects: &Objects<'_>,
        object: &DataObject,
        alias: &str,
        selection: &[Selected],
    ) -> Result<()> {
        let fields = self.object(objects, object, alias, selection)?;
        self.outputs.push(OutputValue::Object {
            fields,
            present: None,
        });
        Ok(())
    }

    fn object(
        &mut self,
        objects: &Objects<'_>,
        object: &DataObject,
        alias: &str,
        selection: &[Selected],
    ) -> Result<Vec<OutputField>> {
        let mut fields = Vec::with_capacity(selection.len());
        for selected in selection {
            let value = self.member(objects, object, alias, selected)?;
            fields.push(OutputField {
                key: selected.key.clone(),
                value,
            });
        }
        Ok(fields)
    }

    fn member(
        &mut self,
        objects: &Objects<'_>,
        object: &DataObject,
        alias: &str,
        selected: &Selected,
    ) -> Result<OutputValue> {
        if selected.name.as_str() == "__typename" {
            return Ok(OutputValue::Typename(selected.parent.clone()));
        }
        if let Some(field) = object.fields.get(&selected.name) {
            let value = derived::value(object, alias, field, &selected.arguments)?;
            return self.field(objects, field, value, selected);
        }
        if let Some((value, scalar)) = derived::companion(object, alias, selected)? {
            return Ok(self.scalar(scalar, value));
        }
        match object.links.get(&selected.name) {
            Some(link) if link.cardinality == Cardinality::One => {
                self.related(objects, object, alias, link, selected)
            }
            _ => Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "grouping by field `{}` of `{}` is not supported yet",
                    selected.name, object.name
                ),
            )),
        }
    }

    fn field(
        &mut self,
        objects: &Objects<'_>,
        field: &Field,
        value: Expr,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let ty = match &field.ty.base {
            BaseType::Scalar(scalar) => return Ok(self.scalar(*scalar, value)),
            BaseType::Enum(_) => return Ok(self.scalar(Scalar::String, value)),
            BaseType::Struct(ty) => ty,
        };
        let ty = objects
            .catalog
            .struct_type(ty.as_str())
            .ok_or_else(|| Error::internal(format!("the catalog has no struct `{ty}`")))?;
        let mut fields = Vec::with_capacity(selected.selection.len());
        for member in &selected.selection {
            let output = match ty.fields.get(&member.name) {
                Some(field) => self.field(objects, field, struct_member(&value, field)?, member)?,
                None => OutputValue::Typename(ty.name.clone()),
            };
            fields.push(OutputField {
                key: member.key.clone(),
                value: output,
            });
        }
        Ok(OutputValue::Object {
            fields,
            present: None,
        })
    }

    fn related(
        &mut self,
        objects: &Objects<'_>,
        object: &DataObject,
        alias: &str,
        link: &Link,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let target = objects.object(&link.target)?;
        let rows = link::all_rows(objects, object, link, &selected.arguments)?;
        let joined = objects.fresh_alias("_key");
        let mut filters = rows.filters;
        filters.extend(objects.conditions(target, &rows.alias, DeletedRows::Hidden)?);
        let (parent, field) = (selected.parent.as_str(), selected.name.as_str());
        filters.extend(objects.field_conditions(parent, field, (target, &rows.alias))?);
        let mut columns = vec![ResultColumn {
            expr: Expr::AllColumns(rows.alias),
            alias: String::new(),
        }];
        let mut on = Vec::with_capacity(rows.keys.len());
        let mut is_there = Vec::with_capacity(rows.keys.len());
        for (index, key) in rows.keys.into_iter().enumerate() {
            let name = format!("__key{index}");
            let parent = column::value(object, alias, link::field_of(object, &key.parent)?)?;
            let child = Expr::column(&joined, &name);
            is_there.push(Expr::IsNull {
                expr: Box::new(child.clone()),
                is_null: false,
            });
            on.push(Expr::equals(child, parent));
            columns.push(ResultColumn {
                expr: key.expr,
                alias: name,
            });
        }
        let select = Select {
            columns,
            from: Some(rows.from),
            joins: rows.joins,
            filters,
            ..Select::default()
        };
        let inner = selected.arguments.get("inner") == Some(&serde_json::Value::Bool(true));
        self.joins.push(Join {
            kind: if inner { JoinKind::Inner } else { JoinKind::Left },
            relation: Relation {
                source: RelationSource::Query(Box::new(select)),
                alias: joined.clone(),
            },
            on: Expr::And(on),
        });
        let present = self.push(Expr::And(is_there));
        let fields = self.object(objects, target, &joined, &selected.selection)?;
        Ok(OutputValue::Object {
            fields,
            present: Some(present),
        })
    }

    fn scalar(&mut self, scalar: Scalar, value: Expr) -> OutputValue {
        let (expr, is_raw_json) = shown_value(scalar, value);
        let index = self.push(expr);
        if is_raw_json {
            OutputValue::RawJson(index)
        } else {
            OutputValue::Column(index)
        }
    }

    fn push(&mut self, expr: Expr) -> usize {
        let alias = format!("__group{}", self.columns.len());
        self.columns.push(ResultColumn { expr, alias });
        self.columns.len() - 1
    }
}
