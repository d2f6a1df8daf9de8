//! The rows that lie in cells.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::catalog::model::{BaseType, Cardinality, DataObject, Field};
use crate::catalog::scalar::Scalar;
use crate::error::Result;
use crate::gql::Selected;
use crate::name::FieldName;
use crate::plan::column;
use crate::plan::follow::Followed;
use crate::plan::join::{invalid, joined_object};
use crate::plan::link::{LinkKey, LinkRows, Twin};
use crate::plan::object::Objects;
use crate::plan::spatial::{MAX_BUFFER_METRES, METRES_IN_A_DEGREE, text};
use crate::sql::ast::{Expr, GeometryFunction, Relation, RelationSource, ResultColumn, Select, SqlType};
use crate::sql::function::H3_CELLS;

/// The field of a cell by which rows are matched with it.
pub(super) const CELL: &str = "cell";
/// Column with one of the cells that a row lies in.
const ROW_CELL: &str = "__h3_cell";
/// Column with all of them.
const ROW_CELLS: &str = "__h3_cells";
/// The reference system of the grid.
const GRID_SRID: i64 = 4326;

/// Returns where `member` of `data` leads from a cell of `resolution`.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when `field` names neither a geometry nor cells, and for a `buffer` that is too large.
pub(super) fn follow_member<'a>(
    objects: &Objects<'a>,
    member: &Selected,
    resolution: u8,
) -> Result<Followed<'a>> {
    let target = joined_object(objects, member)?;
    let twin = Twin::of(member.name.as_str(), target.name.as_str());
    Ok(Followed {
        rows: rows(objects, target, member, resolution)?,
        target: Cow::Borrowed(target),
        cardinality: Cardinality::Many,
        twin,
    })
}

/// Returns the rows of `target`, each in all of its cells.
fn rows(objects: &Objects<'_>, target: &DataObject, member: &Selected, resolution: u8) -> Result<LinkRows> {
    let alias = objects.fresh_alias("_target");
    let (row, covered) = (objects.fresh_alias("_row"), objects.fresh_alias("_covered"));
    let field = located(target, text(member, "field"))?;
    let value = column::value(target, &row, field)?;
    let cells = if field.ty.base == BaseType::Scalar(Scalar::Geometry) {
        cells_of_geometry(field, value, member, resolution)?
    } else if field.ty.is_list {
        value
    } else {
        call("list_value", vec![value])
    };
    let with_cells = query(
        objects.relation(target, &row, &member.arguments)?,
        (cells, ROW_CELLS),
        &covered,
    );
    let each = call("unnest", vec![Expr::column(&covered, ROW_CELLS)]);
    let from = query(with_cells, (each, ROW_CELL), &alias);
    let cell = Expr::column(&alias, ROW_CELL);
    let count = call("len", vec![Expr::column(&alias, ROW_CELLS)]);
    let is_divided = member.arguments.get("divide_values") == Some(&Json::Bool(true));
    Ok(LinkRows {
        from,
        joins: Vec::new(),
        keys: vec![LinkKey {
            parent: FieldName::from(CELL),
            expr: Expr::Cast(Box::new(cell.clone()), SqlType::BigInt),
            ty: SqlType::BigInt,
        }],
        filters: vec![Expr::IsNull {
            expr: Box::new(cell),
            is_null: false,
        }],
        weight: is_divided.then(|| {
            let one = Expr::Cast(Box::new(Expr::Number(1)), SqlType::Double);
            Expr::Quotient(Box::new(one), Box::new(count))
        }),
        alias,
    })
}

/// Returns all columns of `rows` and one more, as `alias`.
fn query(rows: Relation, added: (Expr, &str), alias: &str) -> Relation {
    let select = Select {
        columns: vec![
            ResultColumn {
                expr: Expr::AllColumns(rows.alias.clone()),
                alias: String::new(),
            },
            ResultColumn {
                expr: added.0,
                alias: added.1.to_owned(),
            },
        ],
        from: Some(rows),
        ..Select::default()
    };
    Relation {
        source: RelationSource::Query(Box::new(select)),
        alias: alias.to_owned(),
    }
}

fn cells_of_geometry(field: &Field, value: Expr, member: &Selected, resolution: u8) -> Result<Expr> {
    let given = |name: &str| member.arguments.get(name).filter(|value| !value.is_null());
    let from = given("transform_from")
        .and_then(Json::as_i64)
        .unwrap_or_else(|| field.options.srid.map_or(GRID_SRID, i64::from));
    let mut value = value;
    if from != GRID_SRID {
        let function = GeometryFunction::Transform { from, to: GRID_SRID };
        value = geometry(function, value);
    }
    if let Some(metres) = given("buffer").and_then(Json::as_f64) {
        if !(0.0..=MAX_BUFFER_METRES).contains(&metres) {
            return Err(invalid(format!(
                "argument `buffer` must be between 0 and {MAX_BUFFER_METRES} metres, it is {metres}"
            )));
        }
        if metres > 0.0 {
            value = geometry(GeometryFunction::Buffer(metres / METRES_IN_A_DEGREE), value);
        }
    }
    let resolution = Expr::Cast(Box::new(Expr::Number(resolution.into())), SqlType::Integer);
    Ok(call(H3_CELLS, vec![call("ST_AsWKB", vec![value]), resolution]))
}

fn geometry(function: GeometryFunction, value: Expr) -> Expr {
    Expr::Geometry {
        function,
        value: Box::new(value),
    }
}

fn call(function: &'static str, arguments: Vec<Expr>) -> Expr {
    Expr::Call { function, arguments }
}

/// Returns the field `name` of `object`, which says where its rows are.
fn located<'a>(object: &'a DataObject, name: &str) -> Result<&'a Field> {
    let is_located = |field: &&Field| match field.ty.base {
        BaseType::Scalar(Scalar::Geometry) => !field.ty.is_list,
        BaseType::Scalar(Scalar::H3Cell) => true,
        _ => false,
    };
    object.fields.get(name).filter(is_located).ok_or_else(|| {
        let valid: Vec<_> = object
            .fields
            .values()
            .filter(is_located)
            .map(|field| field.name.as_str())
            .collect();
        invalid(format!(
            "`{name}` of `{}` is neither a geometry nor H3 cells; valid are {}",
            object.name,
            valid.join(", ")
        ))
    })
}
