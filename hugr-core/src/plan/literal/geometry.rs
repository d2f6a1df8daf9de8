//! Geometries as well-known text or GeoJSON: their form is checked here, so that a mistake can be told with its place. What a
//! geometry means is left to the database.

mod document;
mod text;

use std::borrow::Cow;

use serde_json::Value as Json;

use self::document::{is_geo_json, to_text};
use self::text::is_well_known_text;

use super::{cast, expected};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, Result};
use crate::sql::Value;
use crate::sql::ast::SqlType;

/// Geometries nest no deeper.
const MAX_DEPTH: usize = 32;

/// The type of several geometries.
const COLLECTION: &str = "GEOMETRYCOLLECTION";

/// How the coordinates of a geometry are nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Position,
    /// At least this number of positions, the last of which is the first when it is a ring.
    Line {
        least: usize,
        is_ring: bool,
    },
    List(&'static Shape),
}

const LINE: Shape = Shape::Line {
    least: 2,
    is_ring: false,
};
const RING: Shape = Shape::Line {
    least: 4,
    is_ring: true,
};
const POLYGON: Shape = Shape::List(&RING);

impl Shape {
    /// Returns the shape of the type `name`, in upper case; `None` for collections and what is no type.
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "POINT" => Self::Position,
            "LINESTRING" => LINE,
            "POLYGON" => POLYGON,
            "MULTIPOINT" => Self::List(&Self::Position),
            "MULTILINESTRING" => Self::List(&LINE),
            "MULTIPOLYGON" => Self::List(&POLYGON),
            _ => return None,
        })
    }
}

/// Returns the bound value and the type that it must be cast to.
pub(super) fn geometry(value: &Json) -> Result<(Value, Option<SqlType>)> {
    let parsed = match (value, document_of(value)) {
        (Json::String(text), Some(_)) => Some(cast(text.clone(), SqlType::GeoJson)),
        (_, Some(document)) => Some(cast(document.to_string(), SqlType::GeoJson)),
        (Json::String(text), None) if is_well_known_text(text) => Some(cast(text.clone(), SqlType::Geometry)),
        _ => None,
    };
    parsed.ok_or_else(|| refusal(value))
}

/// Returns the geometry as well-known text, whichever form it is given in.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for what is no geometry.
pub(in crate::plan) fn geometry_text(value: &Json) -> Result<String> {
    match (value, document_of(value)) {
        (_, Some(document)) => Ok(to_text(&document)),
        (Json::String(text), None) if is_well_known_text(text) => Ok(text.clone()),
        _ => Err(refusal(value)),
    }
}

/// Returns the GeoJSON geometry that `value` is, or holds as text.
fn document_of(value: &Json) -> Option<Cow<'_, Json>> {
    let document = match value {
        Json::Object(_) => Cow::Borrowed(value),
        Json::String(text) if text.trim_start().starts_with('{') => {
            Cow::Owned(serde_json::from_str(text).ok()?)
        }
        _ => return None,
    };
    is_geo_json(&document).then_some(document)
}

fn refusal(value: &Json) -> Error {
    expected(Scalar::Geometry, "well-known text or a GeoJSON geometry", value)
}
