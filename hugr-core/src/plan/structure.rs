//! Members of structs as values.

use super::columns::Columns;
use super::derived;
use super::object::{Objects, runtime_type};
use super::tree::{OutputField, OutputValue};
use crate::catalog::model::{BaseType, Field, FieldValue, StructType};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::TypeName;
use crate::sql::ast::{Expr, SqlType, TextPart};
use crate::sql::fragment::Piece;

/// Deepest nesting of computed members in computed members.
const MAX_NESTING: usize = 32;

/// Returns the member `field` of `value`, a struct of type `ty`.
///
/// # Errors
/// `UNSUPPORTED` for a placeholder of the server in a computed member.
pub(super) fn struct_member(ty: &StructType, value: &Expr, field: &Field) -> Result<Expr> {
    nested_member(ty, value, field, 0)
}

/// Returns the member `field` of `value` with the arguments of `selected` applied.
///
/// # Errors
/// As [`struct_member`]; `GRAPHQL_VALIDATION` for arguments that do not fit.
pub(super) fn selected_member(
    ty: &StructType,
    value: &Expr,
    field: &Field,
    selected: &Selected,
) -> Result<Expr> {
    let value = struct_member(ty, value, field)?;
    derived::with_arguments(field, value, &selected.arguments)
}

fn nested_member(ty: &StructType, value: &Expr, field: &Field, depth: usize) -> Result<Expr> {
    let fragment = match &field.value {
        FieldValue::Column(name) => {
            return Ok(Expr::Member(
                Box::new(value.clone()),
                name.clone(),
                member_type(field),
            ));
        }
        FieldValue::Absent => return Ok(Expr::Null),
        FieldValue::Expression(fragment) => fragment,
    };
    if depth > MAX_NESTING {
        return Err(Error::internal(format!(
            "member `{}` of `{}` is nested too deeply",
            field.name, ty.name
        )));
    }
    let mut parts = Vec::with_capacity(fragment.pieces().len());
    for piece in fragment.pieces() {
        parts.push(match piece {
            Piece::Text(text) => TextPart::Sql(text.clone()),
            Piece::Name(path) => TextPart::Expr(referenced(ty, value, field, path, depth)?),
            Piece::Placeholder(path) => {
                return Err(Error::new(
                    ErrorCode::Unsupported,
                    format!(
                        "placeholder `[${}]` in member `{}` of struct `{}` is not supported",
                        path.join("."),
                        field.name,
                        ty.name
                    ),
                ));
            }
        });
    }
    Ok(Expr::Text(parts))
}

/// `[m]` is the value of member `m`; the member's own name means what is stored under it.
fn referenced(ty: &StructType, value: &Expr, field: &Field, path: &[String], depth: usize) -> Result<Expr> {
    let Some((first, members)) = path.split_first() else {
        return Err(Error::internal("a placeholder has no name"));
    };
    let stored = |name: &str| Expr::Member(Box::new(value.clone()), name.to_owned(), member_type(field));
    let base = if first == field.name.as_str() {
        stored(field.options.own_column.as_deref().unwrap_or(first))
    } else {
        match ty.fields.get(first.as_str()) {
            Some(other) => nested_member(ty, value, other, depth + 1)?,
            None => stored(first),
        }
    };
    Ok(members.iter().fold(base, |value, member| {
        Expr::Member(Box::new(value), member.clone(), None)
    }))
}

/// Returns the type that a member is read as where structs are documents; lists and structs stay documents.
fn member_type(field: &Field) -> Option<SqlType> {
    match &field.ty.base {
        _ if field.ty.is_list => None,
        BaseType::Struct(_) => None,
        BaseType::Scalar(scalar) => Some(runtime_type(*scalar)),
        BaseType::Enum(_) => Some(SqlType::Text),
    }
}

/// Returns the struct `ty`.
fn struct_type<'a>(objects: &Objects<'a>, ty: &TypeName) -> Result<&'a StructType> {
    let found = objects.catalog.struct_type(ty.as_str()).map(|found| &**found);
    found.ok_or_else(|| Error::internal(format!("the catalog has no struct `{ty}`")))
}

/// Returns whether members are wanted that the stored struct does not hold: computed ones, or with arguments.
pub(super) fn has_derived_members(
    objects: &Objects<'_>,
    ty: &TypeName,
    selection: &[Selected],
) -> Result<bool> {
    let ty = struct_type(objects, ty)?;
    for selected in selection {
        let Some(field) = ty.fields.get(&selected.name) else {
            continue;
        };
        let is_derived = !matches!(field.value, FieldValue::Column(_))
            || selected.arguments.values().any(|value| !value.is_null());
        let is_nested = match &field.ty.base {
            BaseType::Struct(inner) if !field.ty.is_list => {
                has_derived_members(objects, inner, &selected.selection)?
            }
            _ => false,
        };
        if is_derived || is_nested {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Columns<'_, '_> {
    /// Adds the members of `value`, a struct of type `ty`, as result columns of their own.
    pub(super) fn members(
        &mut self,
        ty: &TypeName,
        value: &Expr,
        selection: &[Selected],
    ) -> Result<OutputValue> {
        let ty = struct_type(self.objects, ty)?;
        let mut fields = Vec::with_capacity(selection.len());
        for selected in selection {
            let member = match ty.fields.get(&selected.name) {
                Some(field) => self.member(ty, value, field, selected)?,
                None => OutputValue::Typename(ty.name.clone()),
            };
            fields.push(OutputField {
                key: selected.key.clone(),
                value: member,
            });
        }
        Ok(OutputValue::Object {
            fields,
            present: None,
        })
    }

    fn member(
        &mut self,
        ty: &StructType,
        value: &Expr,
        field: &Field,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let value = selected_member(ty, value, field, selected)?;
        self.field_value(field, value, selected, true)
    }
}
