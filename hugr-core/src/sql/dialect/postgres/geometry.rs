//! Geometries, by PostGIS.

use crate::sql::Value;
use crate::sql::ast::{Expr, GeometryFunction};
use crate::sql::render::Renderer;

/// Writes what `geometry` writes as the text of a GeoJSON document: two dimensions, all digits, no reference system.
pub(super) fn geo_json(out: &mut Renderer<'_>, geometry: impl FnOnce(&mut Renderer<'_>)) {
    // A `geography` has no such function of its own.
    out.text("ST_AsGeoJSON(ST_Force2D((");
    geometry(out);
    out.text(")::geometry), 15, 0)");
}

/// Writes a test that only geometries whose boxes overlap pass. An index knows the boxes; it cannot serve the test itself,
/// whose value depends on the column.
pub(super) fn overlap_test(out: &mut Renderer<'_>, function: &str, left: &Expr, right: &Expr) {
    out.text("(");
    out.expr(left);
    out.text(" && ");
    out.expr(right);
    out.text(" AND ");
    test(out, function, left, right);
    out.text(")");
}

/// Writes a test of a column against a value. The value is taken to be in the column's reference system.
pub(super) fn test(out: &mut Renderer<'_>, function: &str, left: &Expr, right: &Expr) {
    out.text(function);
    out.text("(");
    out.expr(left);
    out.text(", ST_SetSRID(");
    out.expr(right);
    out.text(", ST_SRID(");
    out.expr(left);
    out.text(")))");
}

/// Writes a function of a geometry.
pub(super) fn function(out: &mut Renderer<'_>, function: &GeometryFunction, value: &Expr) {
    let (name, is_spheroid) = match function {
        GeometryFunction::Transform { from, to } => {
            out.text("ST_Transform(ST_SetSRID(");
            out.expr(value);
            return out.text(&format!(", {from}), {to})"));
        }
        GeometryFunction::InSystem(srid) => {
            out.text("CASE WHEN ST_SRID(");
            out.expr(value);
            out.text(") = 0 THEN ST_SetSRID(");
            out.expr(value);
            out.text(&format!(", {srid}) ELSE "));
            out.expr(value);
            return out.text(" END");
        }
        GeometryFunction::Centroid => ("ST_Centroid", false),
        GeometryFunction::Buffer(_) => ("ST_Buffer", false),
        GeometryFunction::Simplify(_) => ("ST_Simplify", false),
        GeometryFunction::SimplifyTopology(_) => ("ST_SimplifyPreserveTopology", false),
        GeometryFunction::StartPoint => ("ST_StartPoint", false),
        GeometryFunction::EndPoint => ("ST_EndPoint", false),
        GeometryFunction::Reverse => ("ST_Reverse", false),
        GeometryFunction::FlipCoordinates => ("ST_FlipCoordinates", false),
        GeometryFunction::ConvexHull => ("ST_ConvexHull", false),
        GeometryFunction::Envelope => ("ST_Envelope", false),
        GeometryFunction::Area => ("ST_Area", false),
        GeometryFunction::Length => ("ST_Length", false),
        GeometryFunction::Perimeter => ("ST_Perimeter", false),
        GeometryFunction::AreaSpheroid => ("ST_Area", true),
        GeometryFunction::LengthSpheroid => ("ST_Length", true),
        GeometryFunction::PerimeterSpheroid => ("ST_Perimeter", true),
    };
    out.text(name);
    out.text("(");
    out.expr(value);
    if is_spheroid {
        out.text("::geography");
    }
    if let GeometryFunction::Buffer(amount)
    | GeometryFunction::Simplify(amount)
    | GeometryFunction::SimplifyTopology(amount) = function
    {
        out.text(", ");
        out.param(&Value::Float(*amount));
        out.text("::double precision");
    }
    out.text(")");
}
