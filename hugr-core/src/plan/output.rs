//! How columns are selected so that they can be shown.

use super::object::Objects;
use super::tree::StructField;
use crate::catalog::model::{BaseType, Field, FieldValue};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::TypeName;
use crate::sql::ast::{Expr, SqlType};

/// Returns what is selected to show a scalar, and whether that is JSON text.
pub(super) fn shown(scalar: Scalar, field: &Field, value: Expr) -> Result<(Expr, bool)> {
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

pub(super) fn struct_fields(objects: &Objects<'_>, ty: &TypeName, selection: &[Selected]) -> Result<Vec<StructField>> {
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
