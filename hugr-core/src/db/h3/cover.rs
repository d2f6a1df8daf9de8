//! The cells that a geometry lies in.
//!
//! A point lies in one cell, a line in those that it crosses, a polygon in those whose centres it holds, so that neighbours
//! share no cell. What is too small to hold a centre lies in the cell around a point of it: nothing is lost.

use std::collections::BTreeSet;

use geo::{Geometry, InteriorPoint, Line, LineString, Point, Polygon};
use h3o::geom::TilerBuilder;
use h3o::{CellIndex, LatLng, Resolution};

use super::wkb;

/// Most cells of one geometry.
const MOST_CELLS: usize = 10_000_000;

/// Why a geometry has no cells.
#[derive(Debug, thiserror::Error)]
pub(super) enum CoverError {
    #[error(transparent)]
    Wkb(#[from] wkb::WkbError),
    #[error("a geometry has a coordinate that is no longitude or latitude")]
    Coordinate(#[from] h3o::error::InvalidLatLng),
    #[error("a polygon cannot be covered with cells: {0}")]
    Polygon(#[from] h3o::error::InvalidGeometry),
    #[error("a geometry covers more than {MOST_CELLS} cells of resolution {0}; choose a lower resolution")]
    TooMany(Resolution),
}

/// Returns the cells of `resolution` that the geometry in `bytes` lies in, in order.
///
/// # Errors
/// When it cannot be read, is not on the globe, or is too large.
pub(super) fn cells(bytes: &[u8], resolution: Resolution) -> Result<BTreeSet<CellIndex>, CoverError> {
    let mut cover = Cover {
        resolution,
        cells: BTreeSet::new(),
    };
    cover.whole(&wkb::read(bytes)?)?;
    Ok(cover.cells)
}

struct Cover {
    resolution: Resolution,
    cells: BTreeSet<CellIndex>,
}

impl Cover {
    fn whole(&mut self, geometry: &Geometry) -> Result<(), CoverError> {
        self.geometry(geometry)?;
        match geometry.interior_point() {
            Some(point) if self.cells.is_empty() => self.point(point),
            _ => Ok(()),
        }
    }

    fn geometry(&mut self, geometry: &Geometry) -> Result<(), CoverError> {
        match geometry {
            Geometry::Point(point) => self.point(*point),
            Geometry::MultiPoint(points) => points.iter().try_for_each(|point| self.point(*point)),
            Geometry::Line(line) => self.line(*line),
            Geometry::LineString(line) => self.lines(line),
            Geometry::MultiLineString(lines) => lines.iter().try_for_each(|line| self.lines(line)),
            Geometry::Polygon(polygon) => self.polygons(std::slice::from_ref(polygon)),
            Geometry::MultiPolygon(polygons) => self.polygons(&polygons.0),
            Geometry::GeometryCollection(parts) => parts.iter().try_for_each(|part| self.geometry(part)),
            Geometry::Rect(rect) => self.polygons(&[rect.to_polygon()]),
            Geometry::Triangle(triangle) => self.polygons(&[triangle.to_polygon()]),
        }
    }

    fn cell(&self, point: Point) -> Result<CellIndex, CoverError> {
        Ok(LatLng::new(point.y(), point.x())?.to_cell(self.resolution))
    }

    fn add(&mut self, cell: CellIndex) -> Result<(), CoverError> {
        self.cells.insert(cell);
        if self.cells.len() > MOST_CELLS {
            return Err(CoverError::TooMany(self.resolution));
        }
        Ok(())
    }

    fn point(&mut self, point: Point) -> Result<(), CoverError> {
        let cell = self.cell(point)?;
        self.add(cell)
    }

    fn lines(&mut self, line: &LineString) -> Result<(), CoverError> {
        line.lines().try_for_each(|line| self.line(line))
    }

    /// Halves the line until both ends lie in cells next to each other.
    fn line(&mut self, line: Line) -> Result<(), CoverError> {
        let mut parts = vec![line];
        while let Some(part) = parts.pop() {
            let (start, end) = (self.cell(part.start_point())?, self.cell(part.end_point())?);
            self.add(start)?;
            self.add(end)?;
            let centre = Point::from((part.start + part.end) / 2.0);
            let is_divisible = centre != part.start_point() && centre != part.end_point();
            if start != end && is_divisible && !start.is_neighbor_with(end).unwrap_or(false) {
                parts.push(Line::new(part.start_point(), centre));
                parts.push(Line::new(centre, part.end_point()));
            }
        }
        Ok(())
    }

    fn polygons(&mut self, polygons: &[Polygon]) -> Result<(), CoverError> {
        for polygon in polygons.iter().filter(|polygon| !polygon.exterior().0.is_empty()) {
            let mut tiler = TilerBuilder::new(self.resolution).build();
            tiler.add(polygon.clone())?;
            if tiler.coverage_size_hint() > MOST_CELLS {
                return Err(CoverError::TooMany(self.resolution));
            }
            for cell in tiler.into_coverage() {
                self.add(cell)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{MultiPolygon, line_string, polygon};

    fn covered(geometry: impl Into<Geometry>, resolution: Resolution) -> Vec<CellIndex> {
        let mut cover = Cover {
            resolution,
            cells: BTreeSet::new(),
        };
        cover.whole(&geometry.into()).unwrap();
        cover.cells.into_iter().collect()
    }

    #[test]
    fn neighbours_share_no_cell() {
        let west = polygon![(x: 2.0, y: 48.0), (x: 2.5, y: 48.0), (x: 2.5, y: 49.0), (x: 2.0, y: 49.0)];
        let east = polygon![(x: 2.5, y: 48.0), (x: 3.0, y: 48.0), (x: 3.0, y: 49.0), (x: 2.5, y: 49.0)];
        let (west_cells, east_cells) = (
            covered(west.clone(), Resolution::Five),
            covered(east.clone(), Resolution::Five),
        );
        assert!(!west_cells.is_empty() && west_cells.iter().all(|cell| !east_cells.contains(cell)));
        let both = covered(MultiPolygon::new(vec![west, east]), Resolution::Five);
        assert_eq!(both.len(), west_cells.len() + east_cells.len());
    }

    #[test]
    fn a_small_polygon_lies_in_one_cell() {
        let house = polygon![(x: 2.35, y: 48.85), (x: 2.3501, y: 48.85), (x: 2.3501, y: 48.8501)];
        let cells = covered(house, Resolution::Three);
        assert_eq!(cells, covered(Point::new(2.35007, 48.85003), Resolution::Three));
    }

    #[test]
    fn a_line_has_no_gaps() {
        let line = line_string![(x: 2.0, y: 48.0), (x: 5.0, y: 51.0)];
        let cells = covered(line, Resolution::Five);
        assert!(cells.len() > 20);
        for cell in &cells {
            assert!(
                cells
                    .iter()
                    .any(|other| cell.is_neighbor_with(*other).unwrap_or(false))
            );
        }
    }

    #[test]
    fn too_much_is_refused() {
        let world =
            polygon![(x: -120.0, y: -60.0), (x: 50.0, y: -60.0), (x: 50.0, y: 60.0), (x: -120.0, y: 60.0)];
        let mut cover = Cover {
            resolution: Resolution::Fifteen,
            cells: BTreeSet::new(),
        };
        let error = cover.geometry(&world.into()).unwrap_err();
        assert!(matches!(error, CoverError::TooMany(_)), "{error}");
    }
}
