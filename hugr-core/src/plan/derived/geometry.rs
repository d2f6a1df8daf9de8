//! Geometries, transformed step by step and measured.

use serde_json::Value as Json;

use super::unsupported;
use crate::catalog::model::Field;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::sql::ast::{Expr, GeometryFunction};

/// Reference system of longitude and latitude; what geometries have unless their field says otherwise.
const LON_LAT: i64 = 4326;
/// Metres of a degree of latitude, by which distances in longitude and latitude are given.
const METRES_PER_DEGREE: f64 = 111_111.0;

/// Applies `transforms` in order; one whose own argument is missing makes the value NULL.
pub(super) fn transformed(field: &Field, column: Expr, arguments: &Arguments) -> Result<Expr> {
    let names = match arguments.get("transforms") {
        Some(Json::Array(names)) => names.as_slice(),
        Some(one @ Json::String(_)) => std::slice::from_ref(one),
        _ => return Err(unsupported(field, arguments)),
    };
    let mut srid = field.options.srid.map_or(LON_LAT, i64::from);
    let mut value = column;
    for name in names.iter().filter_map(Json::as_str) {
        let Some(function) = transform(name, arguments, &mut srid)? else {
            return Ok(Expr::Null);
        };
        value = Expr::Geometry {
            function,
            value: Box::new(value),
        };
    }
    Ok(value)
}

fn transform(name: &str, arguments: &Arguments, srid: &mut i64) -> Result<Option<GeometryFunction>> {
    let number = |name: &str| arguments.get(name).and_then(Json::as_f64);
    Ok(match name {
        "Transform" => reference_systems(arguments).map(|(from, to)| {
            *srid = to;
            GeometryFunction::Transform { from, to }
        }),
        "Buffer" => number("buffer").map(|metres| {
            GeometryFunction::Buffer(if *srid == LON_LAT {
                metres / METRES_PER_DEGREE
            } else {
                metres
            })
        }),
        "Simplify" => number("simplify_factor").map(GeometryFunction::Simplify),
        "SimplifyTopology" => number("simplify_factor").map(GeometryFunction::SimplifyTopology),
        "Centroid" => Some(GeometryFunction::Centroid),
        "StartPoint" => Some(GeometryFunction::StartPoint),
        "EndPoint" => Some(GeometryFunction::EndPoint),
        "Reverse" => Some(GeometryFunction::Reverse),
        "FlipCoordinates" => Some(GeometryFunction::FlipCoordinates),
        "ConvexHull" => Some(GeometryFunction::ConvexHull),
        "Envelope" => Some(GeometryFunction::Envelope),
        other => {
            return Err(Error::new(
                ErrorCode::GraphqlValidation,
                format!("unknown geometry transform `{other}`"),
            ));
        }
    })
}

/// Returns the measure that `type` names, after a transformation when `transform` asks for one.
pub(super) fn measured(value: Expr, arguments: &Arguments) -> Result<Expr> {
    let value = if arguments.get("transform") == Some(&Json::Bool(true)) {
        match reference_systems(arguments) {
            Some((from, to)) => Expr::Geometry {
                function: GeometryFunction::Transform { from, to },
                value: Box::new(value),
            },
            None => return Ok(Expr::Null),
        }
    } else {
        value
    };
    let function = match arguments.get("type").and_then(Json::as_str).unwrap_or_default() {
        "Area" => GeometryFunction::Area,
        "AreaSpheroid" => GeometryFunction::AreaSpheroid,
        "Length" => GeometryFunction::Length,
        "LengthSpheroid" => GeometryFunction::LengthSpheroid,
        "Perimeter" => GeometryFunction::Perimeter,
        "PerimeterSpheroid" => GeometryFunction::PerimeterSpheroid,
        other => {
            return Err(Error::new(
                ErrorCode::GraphqlValidation,
                format!("unknown geometry measurement `{other}`"),
            ));
        }
    };
    Ok(Expr::Geometry {
        function,
        value: Box::new(value),
    })
}

fn reference_systems(arguments: &Arguments) -> Option<(i64, i64)> {
    let number = |name: &str| arguments.get(name).and_then(Json::as_i64);
    Some((number("from")?, number("to")?))
}
