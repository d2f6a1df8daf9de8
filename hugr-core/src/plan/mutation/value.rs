//! Values of mutation data in the form in which they are stored.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::range::range_text;
use crate::catalog::Catalog;
use crate::catalog::model::{BaseType, Field, FieldValue, StructType};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::plan::literal::{geometry_text, h3_cell, parse_scalar};
use crate::sql::Value;
use crate::sql::ast::{Expr, SqlType};
use crate::sql::write::DatabaseKind;

/// A value that is to be stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored<'v> {
    /// The value as JSON: numbers, truth values and documents as they are, all else as text.
    pub(super) value: Cow<'v, Json>,
    /// The type of which the text is.
    pub(super) ty: SqlType,
}

/// What values are read by: the structs of the catalog, and who keeps the rows.
#[derive(Clone, Copy)]
pub(super) struct ValueReader<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) kind: DatabaseKind,
}

impl ValueReader<'_> {
    /// Returns `value` of `field` as it is stored.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION`, saying what is accepted, when the value is not of the field's type.
    pub(super) fn stored<'v>(self, field: &Field, value: &'v Json) -> Result<Stored<'v>> {
        if value.is_null() {
            let ty = if field.ty.is_list {
                SqlType::Json
            } else {
                null_type(&field.ty.base)
            };
            return Ok(Stored {
                value: Cow::Borrowed(value),
                ty,
            });
        }
        if !field.ty.is_list {
            return self.item(field, value);
        }
        // Lists are read as documents: the column's own type says what their items are.
        let items = match value {
            Json::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut stored = Vec::with_capacity(items.len());
        for item in items {
            if item.is_null() {
                if field.ty.are_items_required {
                    return Err(invalid("its items must not be null"));
                }
                stored.push(Json::Null);
            } else {
                stored.push(self.item(field, item)?.value.into_owned());
            }
        }
        Ok(Stored {
            value: Cow::Owned(Json::Array(stored)),
            ty: SqlType::Json,
        })
    }

    fn item<'v>(self, field: &Field, value: &'v Json) -> Result<Stored<'v>> {
        match &field.ty.base {
            BaseType::Scalar(Scalar::Vector) => vector(field, value),
            BaseType::Scalar(Scalar::H3Cell) => stored_cell(value),
            BaseType::Scalar(scalar @ (Scalar::IntRange | Scalar::BigIntRange | Scalar::TimestampRange)) => {
                Ok(Stored {
                    value: Cow::Owned(range_text(*scalar, value)?.into()),
                    ty: SqlType::Text,
                })
            }
            // Not every type of PostGIS reads GeoJSON.
            BaseType::Scalar(Scalar::Geometry) if self.kind == DatabaseKind::AttachedPostgres => Ok(Stored {
                value: Cow::Owned(geometry_text(value)?.into()),
                ty: SqlType::Geometry,
            }),
            BaseType::Scalar(scalar) => stored_scalar(*scalar, value),
            BaseType::Enum(_) => stored_scalar(Scalar::String, value),
            BaseType::Struct(name) => {
                let ty = self
                    .catalog
                    .struct_type(name.as_str())
                    .ok_or_else(|| Error::internal(format!("the catalog has no struct `{name}`")))?;
                Ok(Stored {
                    value: Cow::Owned(self.structure(ty, value)?),
                    ty: SqlType::Json,
                })
            }
        }
    }

    /// A struct's members are called as they are stored. DuckDB wants all of them; a document keeps those that are given.
    fn structure(self, ty: &StructType, value: &Json) -> Result<Json> {
        let Some(given) = value.as_object() else {
            return Err(invalid("expected an object"));
        };
        let mut members = Map::new();
        for field in ty.fields.values() {
            let FieldValue::Column(name) = &field.value else {
                continue;
            };
            match given.get(field.name.as_str()) {
                Some(value) => {
                    let stored = self.stored(field, value).map_err(|error| {
                        Error::new(error.code(), format!("member `{}`: {error}", field.name))
                    })?;
                    members.insert(name.clone(), stored.value.into_owned());
                }
                None if self.kind == DatabaseKind::DuckDb => {
                    members.insert(name.clone(), Json::Null);
                }
                None => {}
            }
        }
        Ok(Json::Object(members))
    }
}

impl Stored<'_> {
    /// Returns the value as a parameter.
    pub(super) fn param(&self) -> Expr {
        let value = match &*self.value {
            Json::Null => return Expr::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::String(text) => Value::from(text.as_str()),
            document @ (Json::Array(_) | Json::Object(_)) => Value::Text(document.to_string()),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Value::Int(integer),
                (None, Some(float)) => Value::Float(float),
                (None, None) => Value::Text(number.to_string()),
            },
        };
        let cast = matches!(self.ty, SqlType::Geometry | SqlType::GeoJson) || self.ty.needs_cast();
        Expr::Param(value, cast.then_some(self.ty))
    }
}

fn null_type(base: &BaseType) -> SqlType {
    match base {
        BaseType::Scalar(scalar) => scalar_type(*scalar),
        BaseType::Enum(_) => SqlType::Text,
        BaseType::Struct(_) => SqlType::Json,
    }
}

/// Returns the type in which values of `scalar` are handed over.
pub(super) fn scalar_type(scalar: Scalar) -> SqlType {
    match scalar {
        // A column may be wider than the field: the column says what fits.
        Scalar::Int | Scalar::BigInt | Scalar::H3Cell => SqlType::BigInt,
        Scalar::Float => SqlType::Double,
        Scalar::Boolean => SqlType::Boolean,
        Scalar::Date => SqlType::Date,
        Scalar::Time => SqlType::Time,
        Scalar::Timestamp => SqlType::TimestampTz,
        Scalar::DateTime => SqlType::Timestamp,
        Scalar::Interval => SqlType::Interval,
        Scalar::Json | Scalar::Vector => SqlType::Json,
        Scalar::Geometry => SqlType::Geometry,
        Scalar::String | Scalar::IntRange | Scalar::BigIntRange | Scalar::TimestampRange => SqlType::Text,
    }
}

fn stored_scalar(scalar: Scalar, value: &Json) -> Result<Stored<'_>> {
    let is_stored_as_given = match scalar {
        Scalar::Int | Scalar::BigInt => value.is_i64(),
        Scalar::Float => value.is_number(),
        Scalar::Boolean => value.is_boolean(),
        Scalar::String => value.is_string(),
        _ => false,
    };
    if is_stored_as_given {
        return Ok(Stored {
            value: Cow::Borrowed(value),
            ty: scalar_type(scalar),
        });
    }
    if scalar == Scalar::String && (value.is_array() || value.is_object()) {
        return Err(invalid("expected text"));
    }
    let (parsed, ty) = parse_scalar(scalar, value)?;
    let value = match (scalar, parsed) {
        (Scalar::Json, Value::Text(text)) => serde_json::from_str(&text)
            .map_err(|error| Error::internal("a document is not JSON").with_source(error))?,
        (_, parsed) => parsed.to_json(),
    };
    Ok(Stored {
        value: Cow::Owned(value),
        ty: ty.unwrap_or_else(|| scalar_type(scalar)),
    })
}

fn vector<'v>(field: &Field, value: &'v Json) -> Result<Stored<'v>> {
    let parsed;
    let items = match value {
        Json::Array(items) => items,
        Json::String(text) => {
            parsed = serde_json::from_str::<Vec<Json>>(text).unwrap_or_default();
            &parsed
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => {
            return Err(invalid("expected a list of numbers"));
        }
    };
    if items.is_empty() || !items.iter().all(Json::is_number) {
        return Err(invalid("expected a list of numbers"));
    }
    if let Some(length) = field.options.vector_length
        && usize::try_from(length).ok() != Some(items.len())
    {
        return Err(invalid(&format!(
            "expected {length} numbers, not {}",
            items.len()
        )));
    }
    Ok(Stored {
        value: Cow::Owned(Json::Array(items.clone())),
        ty: SqlType::Json,
    })
}

/// Cells are stored as numbers.
fn stored_cell(value: &Json) -> Result<Stored<'static>> {
    let cell = h3_cell(value).ok_or_else(|| invalid("expected an H3 cell as hexadecimal text or number"))?;
    Ok(Stored {
        value: Cow::Owned(cell.into()),
        ty: SqlType::BigInt,
    })
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorCode::GraphqlValidation, message)
}
