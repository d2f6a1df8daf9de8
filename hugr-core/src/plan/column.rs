//! Fields as expressions.

use crate::catalog::model::{BaseType, DataObject, Field, FieldValue};
use crate::error::{Error, ErrorCode, Result};
use crate::sql::ast::{Expr, SqlType, TextPart};
use crate::sql::fragment::Piece;

use super::object::runtime_type;

/// Deepest nesting of computed fields in computed fields; the compiler refuses cycles, this only guards the stack.
const MAX_NESTING: usize = 32;

/// Returns the value of `field` for the row of `object` under `alias`.
pub(super) fn value(object: &DataObject, alias: &str, field: &Field) -> Result<Expr> {
    nested_value(object, alias, field, 0)
}

/// Returns the name and type of a runtime table's column; `None` for fields that are not columns.
pub(super) fn runtime_column(field: &Field) -> Option<(String, SqlType)> {
    match (&field.value, &field.ty.base) {
        (FieldValue::Column(name), BaseType::Scalar(_)) if field.ty.is_list => {
            Some((name.clone(), SqlType::TextList))
        }
        (FieldValue::Column(name), BaseType::Scalar(scalar)) => Some((name.clone(), runtime_type(*scalar))),
        (FieldValue::Column(name), BaseType::Enum(_)) => Some((name.clone(), SqlType::Text)),
        (FieldValue::Column(_), BaseType::Struct(_))
        | (FieldValue::Expression(_) | FieldValue::Absent, _) => None,
    }
}

fn nested_value(object: &DataObject, alias: &str, field: &Field, depth: usize) -> Result<Expr> {
    let fragment = match &field.value {
        FieldValue::Column(name) => return Ok(Expr::column(alias, name)),
        FieldValue::Absent => return Ok(Expr::Null),
        FieldValue::Expression(fragment) => fragment,
    };
    if depth > MAX_NESTING {
        return Err(Error::internal(format!(
            "field `{}` of `{}` is nested too deeply",
            field.name, object.name
        )));
    }
    let mut parts = Vec::with_capacity(fragment.pieces().len());
    for piece in fragment.pieces() {
        parts.push(match piece {
            Piece::Text(text) => TextPart::Sql(text.clone()),
            Piece::Name(path) => TextPart::Expr(referenced(object, alias, field, path, depth)?),
            Piece::Placeholder(path) => {
                return Err(Error::new(
                    ErrorCode::Unsupported,
                    format!(
                        "placeholder `[${}]` in field `{}` of `{}` is not supported yet",
                        path.join("."),
                        field.name,
                        object.name
                    ),
                ));
            }
        });
    }
    Ok(Expr::Text(parts))
}

/// `[f]` is the value of field `f`; the field's own name means its column; `[f.member]` goes into a struct.
fn referenced(
    object: &DataObject,
    alias: &str,
    field: &Field,
    path: &[String],
    depth: usize,
) -> Result<Expr> {
    let Some((first, members)) = path.split_first() else {
        return Err(Error::internal("a placeholder has no name"));
    };
    let base = if first == field.name.as_str() {
        Expr::column(alias, field.options.own_column.as_deref().unwrap_or(first))
    } else {
        match object.fields.get(first.as_str()) {
            Some(other) => nested_value(object, alias, other, depth + 1)?,
            None => Expr::column(alias, first),
        }
    };
    Ok(members.iter().fold(base, |value, member| {
        Expr::Member(Box::new(value), member.clone(), None)
    }))
}
