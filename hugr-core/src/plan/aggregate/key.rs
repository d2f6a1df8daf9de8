//! The keys of groups: columns, with their arguments, members of structs, and columns of related rows.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::gapfill::{self, Gap};
use crate::catalog::model::{BaseType, Cardinality, DataObject, Field};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::plan::columns::Row;
use crate::plan::derived;
use crate::plan::follow::{Followed, follow, follow_member, holds_joins};
use crate::plan::joined::{is_unnested, joined_rows};
use crate::plan::link::Twin;
use crate::plan::object::Objects;
use crate::plan::output::shown_value;
use crate::plan::structure::selected_member;
use crate::plan::tree::{OutputField, OutputValue};
use crate::sql::ast::{Expr, Join, ResultColumn};

/// Collects the keys of groups.
pub(super) struct Keys<'a> {
    /// Alias of the rows that are grouped.
    alias: &'a str,
    /// The filter on these rows.
    filter: Option<&'a Map<String, Json>>,
    /// Result columns; all of them are grouped by.
    pub(super) columns: Vec<ResultColumn>,
    /// Related rows.
    pub(super) joins: Vec<Join>,
    /// The scalar in each result column, as it was before it was made to be shown.
    pub(super) scalars: HashMap<usize, (Scalar, Expr)>,
    /// The object of each `key` that is selected.
    pub(super) outputs: Vec<OutputValue>,
    /// The key whose missing values are groups, too.
    pub(super) gap: Option<Gap>,
}

impl<'a> Keys<'a> {
    /// Returns no keys yet of the rows under `alias`, which `selected` groups.
    pub(super) fn of_rows(alias: &'a str, selected: &'a Selected) -> Self {
        Self {
            alias,
            filter: selected.arguments.get("filter").and_then(Json::as_object),
            columns: Vec::new(),
            joins: Vec::new(),
            scalars: HashMap::new(),
            outputs: Vec::new(),
            gap: None,
        }
    }

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
            let mut arguments = selected.arguments.clone();
            if gapfill::take(&mut arguments) {
                self.gap(field, &arguments, alias)?;
            }
            let value = derived::value(object, alias, field, &arguments)?;
            return self.field(objects, field, value, selected);
        }
        if let Some((value, scalar)) = derived::companion(object, alias, selected)? {
            return Ok(self.scalar(scalar, value));
        }
        if holds_joins(selected) {
            return self.joins(objects, Row { object, alias }, selected);
        }
        match follow(objects, object, selected)? {
            Some(followed) => self.followed(objects, Row { object, alias }, followed, selected),
            None => Err(unsupported(object, selected)),
        }
    }

    /// Says that missing values of the next column are groups, too.
    fn gap(&mut self, field: &Field, arguments: &Arguments, alias: &str) -> Result<()> {
        if self.gap.is_some() {
            return Err(Error::new(
                ErrorCode::GraphqlValidation,
                "`gapfill` fills the gaps of one key at a time",
            ));
        }
        let filter = self.filter.filter(|_| alias == self.alias);
        self.gap = Some(Gap::new(self.columns.len(), field, arguments, filter)?);
        Ok(())
    }

    /// The joins that the query itself makes.
    fn joins(&mut self, objects: &Objects<'_>, row: Row<'_>, selected: &Selected) -> Result<OutputValue> {
        let mut fields = Vec::with_capacity(selected.selection.len());
        for member in &selected.selection {
            let value = if member.name.as_str() == "__typename" {
                OutputValue::Typename(member.parent.clone())
            } else {
                let followed = follow_member(objects, row.object, selected, member)?;
                self.followed(objects, row, followed, member)?
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
                Some(field) => self.field(
                    objects,
                    field,
                    selected_member(ty, &value, field, member)?,
                    member,
                )?,
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

    fn followed(
        &mut self,
        objects: &Objects<'_>,
        row: Row<'_>,
        followed: Followed<'_>,
        selected: &Selected,
    ) -> Result<OutputValue> {
        if followed.twin != Twin::Rows {
            return Err(unsupported(row.object, selected));
        }
        if followed.cardinality == Cardinality::Many && !is_unnested(selected) {
            return Err(Error::new(
                ErrorCode::GraphqlValidation,
                format!(
                    "`{}` is a list: with `@unnest` a row counts in the group of each of its items",
                    selected.name
                ),
            ));
        }
        let target = followed.target;
        let joined = joined_rows(objects, row, (&target, followed.rows), selected)?;
        self.joins.push(joined.join);
        let present = self.push(joined.is_there);
        let fields = self.object(objects, &target, &joined.alias, &selected.selection)?;
        Ok(OutputValue::Object {
            fields,
            present: Some(present),
        })
    }

    fn scalar(&mut self, scalar: Scalar, value: Expr) -> OutputValue {
        let (expr, is_raw_json) = shown_value(scalar, value.clone());
        let index = self.push(expr);
        self.scalars.insert(index, (scalar, value));
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

fn unsupported(object: &DataObject, selected: &Selected) -> Error {
    Error::new(
        ErrorCode::Unsupported,
        format!(
            "grouping by field `{}` of `{}` is not supported yet",
            selected.name, object.name
        ),
    )
}
