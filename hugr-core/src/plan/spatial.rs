//! Joins by how geometries lie to each other: `_spatial(field:, type:, buffer:)` (spec §4.2).
//!
//! ```text
//! warehouses { _spatial(field: "zone", type: CONTAINS) { depots(field: "spot") { id } } }
//!   -> a join on the condition ST_Contains([source.zone], [dest.spot])
//! ```

use serde_json::Value as Json;

use super::join::{invalid, joined_object, unnamed_link};
use super::object::Objects;
use crate::catalog::model::{BaseType, DataObject, Field, Link, LinkPath};
use crate::catalog::scalar::Scalar;
use crate::error::Result;
use crate::gql::Selected;
use crate::sql::dialect::Backend;
use crate::sql::fragment::{Fragment, Piece};

/// Field under which a query joins any object that has a geometry.
pub(super) const SPATIAL_FIELD: &str = "_spatial";

/// Largest distance of a join, in metres.
pub(super) const MAX_BUFFER_METRES: f64 = 5_000.0;

/// Metres in a degree, as clients of the original expect: distances are in degrees whatever the reference system.
pub(super) const METRES_IN_A_DEGREE: f64 = 111_111.0;

/// Returns the link that a member of `_spatial` stands for, under its own name.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for fields that are no geometries and for distances that are too large.
pub(super) fn spatial_link(
    objects: &Objects<'_>,
    owner: &DataObject,
    join: &Selected,
    member: &Selected,
) -> Result<Link> {
    let target = joined_object(objects, member)?;
    let from = geometry(owner, text(join, "field"))?;
    let to = geometry(target, text(member, "field"))?;
    let is_one_system = from.options.srid == to.options.srid;
    // PostGIS refuses two reference systems; coordinates count as they are, as everywhere.
    let sides = if is_one_system || objects.backend == Backend::DuckDb {
        Sides::plain(from, to)
    } else {
        Sides::in_one_system(from, to)
    };
    let condition = condition(text(join, "type"), buffer(join)?, sides)?;
    Ok(unnamed_link(
        target,
        LinkPath::Join {
            keys: Vec::new(),
            condition: Some(condition),
        },
    ))
}

pub(super) fn text<'a>(selected: &'a Selected, argument: &str) -> &'a str {
    selected
        .arguments
        .get(argument)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// Returns the geometry `name` of `object`.
fn geometry<'a>(object: &'a DataObject, name: &str) -> Result<&'a Field> {
    let mut geometries = object
        .fields
        .values()
        .filter(|field| !field.ty.is_list && field.ty.base == BaseType::Scalar(Scalar::Geometry));
    let valid: Vec<_> = geometries.by_ref().collect();
    valid
        .iter()
        .find(|known| known.name.as_str() == name)
        .copied()
        .ok_or_else(|| {
            invalid(format!(
                "`{name}` is not a geometry of `{}`; valid are {}",
                object.name,
                valid
                    .iter()
                    .map(|field| field.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ))
        })
}

/// Returns the distance in degrees.
fn buffer(join: &Selected) -> Result<Option<f64>> {
    let Some(metres) = join.arguments.get("buffer").and_then(Json::as_f64) else {
        return Ok(None);
    };
    if !(0.0..=MAX_BUFFER_METRES).contains(&metres) {
        return Err(invalid(format!(
            "argument `buffer` of `{SPATIAL_FIELD}` must be between 0 and {MAX_BUFFER_METRES} metres, it is {metres}"
        )));
    }
    Ok((metres > 0.0).then_some(metres / METRES_IN_A_DEGREE))
}

/// The geometries of both sides, as they are compared.
struct Sides {
    from: Piece,
    to: Vec<Piece>,
}

impl Sides {
    fn plain(from: &Field, to: &Field) -> Self {
        let side = |side: &str, field: &Field| Piece::Name(vec![side.to_owned(), field.name.to_string()]);
        Self {
            from: side("source", from),
            to: vec![side("dest", to)],
        }
    }

    /// Says of the right side that it is in the reference system of the left one.
    fn in_one_system(from: &Field, to: &Field) -> Self {
        let plain = Self::plain(from, to);
        let text = |text: &str| Piece::Text(text.to_owned());
        let mut to = vec![text("ST_SetSRID(")];
        to.extend(plain.to);
        to.extend([text(", ST_SRID("), plain.from.clone(), text("))")]);
        Self { from: plain.from, to }
    }
}

fn condition(kind: &str, buffer: Option<f64>, sides: Sides) -> Result<Fragment> {
    let sql = |text: String| Piece::Text(text);
    let Sides { from, to } = sides;
    if kind == "DWITHIN" {
        let distance = format!(", {})", buffer.unwrap_or(0.0));
        let call = sql("ST_DWithin(".to_owned());
        let mut pieces = vec![call, from, sql(", ".to_owned())];
        pieces.extend(to);
        pieces.push(sql(distance));
        return Ok(Fragment::of(pieces));
    }
    let call = match kind {
        "INTERSECTS" => "ST_Intersects(",
        "WITHIN" => "ST_Within(",
        "CONTAINS" => "ST_Contains(",
        "DISJOIN" => "NOT ST_Intersects(",
        other => {
            return Err(invalid(format!(
                "unknown type `{other}` of `{SPATIAL_FIELD}`; valid are INTERSECTS, WITHIN, CONTAINS, DISJOIN, DWITHIN"
            )));
        }
    };
    let mut pieces = vec![sql(call.to_owned())];
    match buffer {
        Some(degrees) => {
            pieces.extend([sql("ST_Buffer(".to_owned()), from, sql(format!(", {degrees}), "))]);
        }
        None => pieces.extend([from, sql(", ".to_owned())]),
    }
    pieces.extend(to);
    pieces.push(sql(")".to_owned()));
    Ok(Fragment::of(pieces))
}
