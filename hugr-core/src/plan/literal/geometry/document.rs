//! GeoJSON.

use serde_json::Value as Json;

use super::{MAX_DEPTH, Shape};

/// The type of several geometries.
const COLLECTION: &str = "GeometryCollection";

/// Returns whether `document` is a GeoJSON geometry.
pub(super) fn is_geo_json(document: &Json) -> bool {
    is_geometry(document, 0)
}

/// Returns `document`, a GeoJSON geometry, as well-known text.
pub(super) fn to_text(document: &Json) -> String {
    let mut text = String::new();
    push_geometry(&mut text, document);
    text
}

fn is_geometry(document: &Json, depth: usize) -> bool {
    let Some(kind) = document.get("type").and_then(Json::as_str) else {
        return false;
    };
    if depth > MAX_DEPTH {
        return false;
    }
    if kind == COLLECTION {
        let members = document.get("geometries").and_then(Json::as_array);
        return members.is_some_and(|members| members.iter().all(|member| is_geometry(member, depth + 1)));
    }
    let is_spelt = matches!(
        kind,
        "Point" | "LineString" | "Polygon" | "MultiPoint" | "MultiLineString" | "MultiPolygon"
    );
    let shape = Shape::of(&kind.to_ascii_uppercase()).filter(|_| is_spelt);
    let coordinates = document.get("coordinates").and_then(Json::as_array);
    match (shape, coordinates) {
        // Empty geometries have no coordinates.
        (Some(shape), Some(items)) => items.is_empty() || has_shape(items, shape),
        _ => false,
    }
}

fn has_shape(items: &[Json], shape: Shape) -> bool {
    let all = |shape| {
        let mut lists = items.iter().map(Json::as_array);
        lists.all(|list| list.is_some_and(|list| has_shape(list, shape)))
    };
    match shape {
        Shape::Position => (2..=4).contains(&items.len()) && items.iter().all(Json::is_number),
        Shape::Line { least, is_ring } => {
            all(Shape::Position) && items.len() >= least && (!is_ring || items.first() == items.last())
        }
        Shape::List(of) => all(*of),
    }
}

fn push_geometry(out: &mut String, document: &Json) {
    let kind = document.get("type").and_then(Json::as_str).unwrap_or_default();
    out.push_str(&kind.to_ascii_uppercase());
    let items = match kind {
        COLLECTION => document.get("geometries"),
        _ => document.get("coordinates"),
    };
    let items = items
        .and_then(Json::as_array)
        .map_or(&[] as &[Json], Vec::as_slice);
    if items.is_empty() {
        out.push_str(" EMPTY");
    } else if kind == COLLECTION {
        push_list(out, items, push_geometry);
    } else {
        push_coordinates(out, items);
    }
}

/// Writes the items of a list, or the numbers of a position, in parentheses.
fn push_coordinates(out: &mut String, items: &[Json]) {
    if items.first().is_some_and(Json::is_number) {
        out.push('(');
        push_position(out, items);
        out.push(')');
        return;
    }
    push_list(out, items, |out, item| {
        let items = item.as_array().map_or(&[] as &[Json], Vec::as_slice);
        match items.first() {
            None => out.push_str("EMPTY"),
            Some(Json::Number(_)) => push_position(out, items),
            Some(_) => push_coordinates(out, items),
        }
    });
}

fn push_position(out: &mut String, numbers: &[Json]) {
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(&number.to_string());
    }
}

fn push_list(out: &mut String, items: &[Json], mut push: impl FnMut(&mut String, &Json)) {
    out.push('(');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push(out, item);
    }
    out.push(')');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn geometries_are_known() {
        for document in [
            json!({ "type": "Point", "coordinates": [1, 2.5] }),
            json!({ "type": "Point", "coordinates": [] }),
            json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]] }),
            json!({ "type": "MultiPolygon", "coordinates": [[[[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1]]]] }),
            json!({ "type": "GeometryCollection", "geometries": [{ "type": "Point", "coordinates": [1, 2] }] }),
        ] {
            assert!(is_geo_json(&document), "{document}");
        }
    }

    #[test]
    fn what_has_another_form_is_none() {
        for document in [
            json!({ "type": "Point" }),
            json!({ "type": "POINT", "coordinates": [1, 2] }),
            json!({ "type": "Point", "coordinates": [1] }),
            json!({ "type": "Point", "coordinates": ["1", "2"] }),
            json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [2, 2]]] }),
            json!({ "type": "Feature", "geometry": null }),
            json!({ "coordinates": [1, 2] }),
        ] {
            assert!(!is_geo_json(&document), "{document}");
        }
    }

    #[test]
    fn documents_become_text() {
        for (document, text) in [
            (
                json!({ "type": "Point", "coordinates": [1, 2.5] }),
                "POINT(1 2.5)",
            ),
            (json!({ "type": "Point", "coordinates": [] }), "POINT EMPTY"),
            (
                json!({ "type": "MultiPoint", "coordinates": [[1, 2], [3, 4]] }),
                "MULTIPOINT(1 2,3 4)",
            ),
            (
                json!({ "type": "Polygon", "coordinates": [[[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1]]] }),
                "POLYGON((0 0 1,1 0 1,1 1 1,0 0 1))",
            ),
            (
                json!({ "type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]] }),
                "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
            ),
            (
                json!({ "type": "GeometryCollection", "geometries": [{ "type": "Point", "coordinates": [1, 2] }] }),
                "GEOMETRYCOLLECTION(POINT(1 2))",
            ),
        ] {
            assert_eq!(to_text(&document), text);
            assert!(super::super::text::is_well_known_text(text), "{text}");
        }
    }
}
