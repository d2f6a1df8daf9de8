//! How columns are selected so that they can be shown.

use super::object::Objects;
use super::tree::{NullStruct, StructField};
use crate::catalog::model::{BaseType, Field, FieldValue, StructType};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::TypeName;
use crate::sql::ast::{Expr, SqlType};

/// Returns what is selected to show a column, and whether that is JSON text.
pub(super) fn shown(scalar: Scalar, field: &Field, value: Expr) -> (Expr, bool) {
    shown_list_or_value(scalar, field.ty.is_list, value)
}

/// Returns what is selected to show a value or a list of values, and whether that is JSON text.
pub(super) fn shown_list_or_value(scalar: Scalar, is_list: bool, value: Expr) -> (Expr, bool) {
    if !is_list {
        return shown_value(scalar, value);
    }
    match shown_value(scalar, Expr::Item) {
        (Expr::Item, is_raw_json) => (value, is_raw_json),
        (becomes, is_raw_json) => {
            let list = Expr::ForEach {
                list: Box::new(value),
                becomes: Box::new(becomes),
            };
            (list, is_raw_json)
        }
    }
}

/// Returns what is selected to show a value, and whether that is JSON text.
pub(super) fn shown_value(scalar: Scalar, value: Expr) -> (Expr, bool) {
    match scalar {
        Scalar::Json => (value, true),
        Scalar::Geometry => (Expr::GeoJson(Box::new(value)), true),
        Scalar::H3Cell => (Expr::Hexadecimal(Box::new(value)), false),
        Scalar::Vector => (Expr::Cast(Box::new(value), SqlType::Text), false),
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
        | Scalar::TimestampRange => (value, false),
    }
}

/// Returns the selected members of a struct, and what it becomes when it is NULL.
pub(super) fn struct_fields(
    objects: &Objects<'_>,
    ty: &TypeName,
    selection: &[Selected],
) -> Result<(Vec<StructField>, NullStruct)> {
    let ty = objects
        .catalog
        .struct_type(ty.as_str())
        .ok_or_else(|| Error::internal(format!("the catalog has no struct `{ty}`")))?;
    let mut fields = Vec::with_capacity(selection.len());
    for selected in selection {
        fields.push(struct_field(objects, ty, selected)?);
    }
    let is_whole = fields.len() == ty.fields.len()
        && fields.iter().all(|field| {
            let is_own_name = field.member.as_deref() == Some(field.key.as_str());
            is_own_name && (field.members.is_empty() || field.null == NullStruct::Null)
        });
    Ok((
        fields,
        if is_whole {
            NullStruct::Null
        } else {
            NullStruct::Object
        },
    ))
}

fn struct_field(objects: &Objects<'_>, ty: &StructType, selected: &Selected) -> Result<StructField> {
    let key = selected.key.clone();
    if selected.name.as_str() == "__typename" {
        return Ok(StructField::constant(key, ty.name.clone()));
    }
    let field = ty
        .fields
        .get(&selected.name)
        .ok_or_else(|| Error::internal(format!("`{}` has no field `{}`", ty.name, selected.name)))?;
    if let Some(argument) = selected.arguments.keys().next() {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "argument `{argument}` of member `{}` of struct `{}` is not supported yet",
                field.name, ty.name
            ),
        ));
    }
    let FieldValue::Column(member) = &field.value else {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "computed member `{}` of struct `{}` is not supported yet",
                field.name, ty.name
            ),
        ));
    };
    let (members, null) = match &field.ty.base {
        BaseType::Struct(inner) => struct_fields(objects, inner, &selected.selection)?,
        BaseType::Scalar(_) | BaseType::Enum(_) => (Vec::new(), NullStruct::Null),
    };
    let is_raw_json = field.ty.base == BaseType::Scalar(Scalar::Json);
    Ok(StructField {
        key,
        member: Some(member.clone()),
        typename: None,
        is_raw_json,
        members,
        null,
    })
}
