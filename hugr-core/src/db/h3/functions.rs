//! The functions as DuckDB sees them: over columns of values.

use std::error::Error as StdError;
use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BinaryArray, Int64Builder, ListBuilder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type};
use duckdb::Connection;
use duckdb::vscalar::{ArrowFunctionSignature, VArrowScalar};
use h3o::CellIndex;

use super::cover::cells;
use crate::sql::function::{H3_BOUNDARY, H3_CELLS};

/// Makes the functions known to the instance that `connection` belongs to.
pub(in crate::db) fn register(connection: &Connection) -> duckdb::Result<()> {
    connection.register_scalar_function::<Cells>(H3_CELLS)?;
    connection.register_scalar_function::<Boundary>(H3_BOUNDARY)
}

type Outcome = Result<Arc<dyn Array>, Box<dyn StdError>>;

/// `(geometry, resolution)`, the geometry as well-known binary: the cells that it lies in.
struct Cells;

impl VArrowScalar for Cells {
    type State = ();

    fn invoke(_: &Self::State, input: RecordBatch) -> Outcome {
        let geometries: &BinaryArray = input.column(0).as_binary_opt().ok_or("geometries are no blobs")?;
        let resolutions = input
            .column(1)
            .as_primitive_opt::<Int32Type>()
            .ok_or("resolutions are no integers")?;
        let mut lists = ListBuilder::new(Int64Builder::new());
        for (geometry, resolution) in geometries.iter().zip(resolutions) {
            let (Some(geometry), Some(resolution)) = (geometry, resolution) else {
                lists.append(false);
                continue;
            };
            let resolution = u8::try_from(resolution)?.try_into()?;
            for cell in cells(geometry, resolution)? {
                lists.values().append_value(i64::try_from(u64::from(cell))?);
            }
            lists.append(true);
        }
        Ok(Arc::new(lists.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        let cell = Field::new("item", DataType::Int64, true);
        vec![ArrowFunctionSignature::exact(
            vec![DataType::Binary, DataType::Int32],
            DataType::List(Arc::new(cell)),
        )]
    }
}

/// `(cell)`: its outline, as the text of a GeoJSON polygon.
struct Boundary;

impl VArrowScalar for Boundary {
    type State = ();

    fn invoke(_: &Self::State, input: RecordBatch) -> Outcome {
        let cells = input
            .column(0)
            .as_primitive_opt::<Int64Type>()
            .ok_or("cells are no integers")?;
        let mut texts = StringBuilder::new();
        for cell in cells {
            match cell {
                Some(cell) => texts.append_value(outline(CellIndex::try_from(u64::try_from(cell)?)?)?),
                None => texts.append_null(),
            }
        }
        Ok(Arc::new(texts.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        vec![ArrowFunctionSignature::exact(
            vec![DataType::Int64],
            DataType::Utf8,
        )]
    }
}

fn outline(cell: CellIndex) -> Result<String, std::fmt::Error> {
    let boundary = cell.boundary();
    let mut text = r#"{"type":"Polygon","coordinates":[["#.to_owned();
    // A ring ends where it begins.
    for (index, corner) in boundary.iter().chain(boundary.first()).enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(text, "{comma}[{},{}]", corner.lng(), corner.lat())?;
    }
    text.push_str("]]}");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(connection: &Connection, sql: &str) -> Option<String> {
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        connection
    }

    #[test]
    fn points_lie_in_one_cell() {
        let connection = connection();
        let sql = format!(
            "SELECT list_transform({H3_CELLS}(ST_AsWKB('POINT(2.3522 48.8566)'::GEOMETRY), 2), \
             lambda cell: lower(to_hex(cell)))::VARCHAR"
        );
        assert_eq!(text(&connection, &sql).unwrap(), "[821fb7fffffffff]");
    }

    #[test]
    fn nothing_lies_in_no_cell() {
        let connection = connection();
        let sql = |geometry: &str| format!("SELECT {H3_CELLS}(ST_AsWKB({geometry}::GEOMETRY), 5)::VARCHAR");
        assert_eq!(text(&connection, &sql("NULL")), None);
        assert_eq!(text(&connection, &sql("'POINT EMPTY'")).unwrap(), "[]");
        assert_eq!(text(&connection, &sql("'POLYGON EMPTY'")).unwrap(), "[]");
    }

    #[test]
    fn outlines_are_closed() {
        let connection = connection();
        let outline = text(
            &connection,
            &format!("SELECT {H3_BOUNDARY}(586025953709260799::BIGINT)"),
        )
        .unwrap();
        let outline: serde_json::Value = serde_json::from_str(&outline).unwrap();
        let ring = outline["coordinates"][0].as_array().unwrap();
        assert_eq!(ring.len(), 7);
        assert_eq!(ring.first(), ring.last());
    }

    #[test]
    fn values_that_make_no_sense_are_errors() {
        let connection = connection();
        for sql in [
            format!("SELECT {H3_CELLS}('\\x07'::BLOB, 5)"),
            format!("SELECT {H3_CELLS}(ST_AsWKB('POINT(1 2)'::GEOMETRY), 16)"),
            format!("SELECT {H3_BOUNDARY}(1)"),
        ] {
            assert!(connection.execute_batch(&sql).is_err(), "{sql}");
        }
    }
}
