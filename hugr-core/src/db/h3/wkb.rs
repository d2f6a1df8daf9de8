//! Geometries in well-known binary, as databases hand them over: with or without heights, measures and reference systems,
//! which are left out.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point,
    Polygon,
};

/// Deepest collection of collections.
const MOST_LEVELS: usize = 32;

/// What is wrong with the bytes of a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum WkbError {
    #[error("a geometry ends too early")]
    TooShort,
    #[error("a geometry is of the unknown kind {0}")]
    UnknownKind(u32),
    #[error("a geometry is nested too deeply")]
    TooDeep,
}

/// Returns the geometry in `bytes`; points without coordinates are left out.
///
/// # Errors
/// When it is not well-known binary of a simple kind.
pub(super) fn read(bytes: &[u8]) -> Result<Geometry, WkbError> {
    Reader {
        bytes,
        is_little_endian: true,
    }
    .geometry(0)
}

struct Reader<'a> {
    bytes: &'a [u8],
    is_little_endian: bool,
}

impl Reader<'_> {
    fn geometry(&mut self, level: usize) -> Result<Geometry, WkbError> {
        if level > MOST_LEVELS {
            return Err(WkbError::TooDeep);
        }
        let (kind, dimensions) = self.header()?;
        Ok(match kind {
            1 => match self.point(dimensions)? {
                Some(point) => Point::from(point).into(),
                None => MultiPoint::new(Vec::new()).into(),
            },
            2 => LineString::new(self.coordinates(dimensions)?).into(),
            3 => self.polygon(dimensions)?.into(),
            4..=7 => collected(kind, self.parts(level)?),
            _ => return Err(WkbError::UnknownKind(kind)),
        })
    }

    /// Reads the kind of the geometry that follows, and how many numbers each of its points has.
    fn header(&mut self) -> Result<(u32, usize), WkbError> {
        let [order] = self.take()?;
        self.is_little_endian = order != 0;
        let code = self.number()?;
        // PostGIS marks what there is with bits, the standard with thousands.
        if code & 0x2000_0000 != 0 {
            self.number()?;
        }
        let marks = usize::from(code & 0x8000_0000 != 0) + usize::from(code & 0x4000_0000 != 0);
        let code = code & 0x0fff_ffff;
        let more = match code / 1000 {
            0 => marks,
            1 | 2 => 1,
            3 => 2,
            _ => return Err(WkbError::UnknownKind(code)),
        };
        Ok((code % 1000, 2 + more))
    }

    fn parts(&mut self, level: usize) -> Result<Vec<Geometry>, WkbError> {
        let count = self.number()?;
        let mut parts = Vec::new();
        for _ in 0..count {
            parts.push(self.geometry(level + 1)?);
        }
        Ok(parts)
    }

    fn polygon(&mut self, dimensions: usize) -> Result<Polygon, WkbError> {
        let rings = self.number()?;
        let mut read = Vec::new();
        for _ in 0..rings {
            read.push(LineString::new(self.coordinates(dimensions)?));
        }
        let mut rings = read.into_iter();
        let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        Ok(Polygon::new(outer, rings.collect()))
    }

    fn coordinates(&mut self, dimensions: usize) -> Result<Vec<Coord>, WkbError> {
        let count = self.number()?;
        let mut points = Vec::new();
        for _ in 0..count {
            points.extend(self.point(dimensions)?);
        }
        Ok(points)
    }

    /// Reads a point; `None` for an empty one, whose coordinates are no numbers.
    fn point(&mut self, dimensions: usize) -> Result<Option<Coord>, WkbError> {
        let (x, y) = (self.float()?, self.float()?);
        for _ in 2..dimensions {
            self.float()?;
        }
        Ok((!x.is_nan() && !y.is_nan()).then_some(Coord { x, y }))
    }

    fn number(&mut self) -> Result<u32, WkbError> {
        let bytes = self.take()?;
        Ok(if self.is_little_endian {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn float(&mut self) -> Result<f64, WkbError> {
        let bytes = self.take()?;
        Ok(if self.is_little_endian {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], WkbError> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or(WkbError::TooShort)?;
        self.bytes = rest;
        Ok(*taken)
    }
}

/// Returns `parts` as one geometry of `kind`; parts of another kind make it a collection.
fn collected(kind: u32, parts: Vec<Geometry>) -> Geometry {
    match kind {
        4 => match of_kind(parts) {
            Ok(points) => MultiPoint::new(points).into(),
            Err(parts) => parts,
        },
        5 => match of_kind(parts) {
            Ok(lines) => MultiLineString::new(lines).into(),
            Err(parts) => parts,
        },
        6 => match of_kind(parts) {
            Ok(polygons) => MultiPolygon::new(polygons).into(),
            Err(parts) => parts,
        },
        _ => Geometry::GeometryCollection(GeometryCollection::from(parts)),
    }
}

fn of_kind<T: TryFrom<Geometry>>(parts: Vec<Geometry>) -> Result<Vec<T>, Geometry> {
    let same: Result<Vec<T>, _> = parts.iter().cloned().map(T::try_from).collect();
    same.map_err(|_| Geometry::GeometryCollection(GeometryCollection::from(parts)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use duckdb::Connection;

    fn of_text(text: &str) -> Geometry {
        let connection = Connection::open_in_memory().unwrap();
        let sql = format!("SELECT ST_AsWKB('{text}'::GEOMETRY)");
        let bytes: Vec<u8> = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        read(&bytes).unwrap()
    }

    #[test]
    fn reads_every_kind() {
        assert_eq!(of_text("POINT Z (1 2 3)"), Point::new(1.0, 2.0).into());
        assert_eq!(
            of_text("LINESTRING (0 0, 1 1)"),
            LineString::from(vec![(0.0, 0.0), (1.0, 1.0)]).into()
        );
        assert!(matches!(
            of_text("POLYGON ((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))"),
            Geometry::Polygon(polygon) if polygon.interiors().len() == 1
        ));
        assert!(
            matches!(of_text("MULTIPOINT (0 0, 1 1)"), Geometry::MultiPoint(points) if points.0.len() == 2)
        );
        assert!(matches!(
            of_text("MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((9 9, 8 9, 8 8, 9 9)))"),
            Geometry::MultiPolygon(polygons) if polygons.0.len() == 2
        ));
        assert!(matches!(
            of_text("GEOMETRYCOLLECTION (POINT (0 0), LINESTRING (0 0, 1 1))"),
            Geometry::GeometryCollection(parts) if parts.0.len() == 2
        ));
    }

    #[test]
    fn reads_what_postgis_writes() {
        // SRID=4326;POINT(1 2), big endian.
        let mut bytes = vec![0, 0x20, 0, 0, 1, 0, 0, 0x10, 0xe6];
        bytes.extend(1.0_f64.to_be_bytes());
        bytes.extend(2.0_f64.to_be_bytes());
        assert_eq!(read(&bytes), Ok(Point::new(1.0, 2.0).into()));
    }

    #[test]
    fn refuses_what_is_no_geometry() {
        assert_eq!(read(&[]), Err(WkbError::TooShort));
        assert_eq!(read(&[1, 9, 0, 0, 0]), Err(WkbError::UnknownKind(9)));
        assert_eq!(
            read(&[1, 2, 0, 0, 0, 255, 255, 255, 255]),
            Err(WkbError::TooShort)
        );
    }
}
