//! The columns of a statement that writes rows: plain values, and expressions over them.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::level::{Row, RowWriter, TypedCell, field_type};
use super::model::ROWS;
use super::rows::{RowSet, RowValue};
use super::statement::table;
use crate::catalog::model::{DataObject, Field, FieldValue, LinkPath};
use crate::error::Result;
use crate::plan::object::Objects;
use crate::plan::server_value::server_value;
use crate::sql::ast::{
    Direction, Expr, GeometryFunction, OrderItem, ROW_POSITION, Relation, RelationSource, ResultColumn,
    Select, SqlType, TextPart,
};
use crate::sql::dialect::Backend;
use crate::sql::fragment::{Fragment, Piece};
use crate::sql::write::{Assignment, Sequence};

/// Rows of which the same fields are given, in the same types: one statement writes them.
pub(super) struct RowGroup<'r, 'd> {
    pub(super) fields: Vec<(usize, SqlType)>,
    pub(super) rows: Vec<&'r Row<'d>>,
}

/// Returns `rows` by the fields that are given.
pub(super) fn groups<'r, 'd>(rows: &'r [Row<'d>]) -> Vec<RowGroup<'r, 'd>> {
    let mut groups: IndexMap<Vec<(usize, SqlType)>, Vec<&Row<'d>>> = IndexMap::new();
    let mut last: Option<(usize, &Row<'d>)> = None;
    for row in rows {
        // Most rows are like the one before.
        if let Some((group, before)) = last
            && is_alike(before, row)
            && let Some((_, rows)) = groups.get_index_mut(group)
        {
            rows.push(row);
            continue;
        }
        let mut fields: Vec<_> = row.cells.iter().map(|cell| (cell.field, cell.ty)).collect();
        fields.sort_unstable_by_key(|(field, _)| *field);
        let entry = groups.entry(fields);
        last = Some((entry.index(), row));
        entry.or_default().push(row);
    }
    let groups = groups.into_iter();
    groups.map(|(fields, rows)| RowGroup { fields, rows }).collect()
}

/// Returns whether the same fields are given in the same order and types.
fn is_alike(one: &Row<'_>, other: &Row<'_>) -> bool {
    let fields = |row: &Row<'_>| row.cells.len();
    let mut pairs = one.cells.iter().zip(&other.cells);
    fields(one) == fields(other) && pairs.all(|(one, other)| one.field == other.field && one.ty == other.ty)
}

/// Returns the runtime table with `columns`, whose rows are those of the table that `object` is.
pub(super) fn runtime_rows(
    objects: &Objects<'_>,
    object: &DataObject,
    columns: &[(String, SqlType)],
) -> Result<Relation> {
    let like = match objects.backend {
        Backend::DuckDb => None,
        Backend::Postgres(_) => Some(table(objects, object)?),
    };
    Ok(Relation {
        source: RelationSource::Runtime {
            table: ROWS.to_owned(),
            columns: columns.to_vec(),
            like,
        },
        alias: ROWS.to_owned(),
    })
}

/// Returns the SQL column of `field`; `None` for fields without one.
pub(super) fn column_of(field: &Field) -> Option<&str> {
    match &field.value {
        FieldValue::Column(name) => Some(name),
        FieldValue::Expression(_) | FieldValue::Absent => None,
    }
}

impl RowWriter<'_, '_, '_> {
    /// Returns the rows of `group` with the columns that are written, and what is written to each.
    pub(super) fn columns(
        &self,
        object: &DataObject,
        group: &RowGroup<'_, '_>,
    ) -> Result<(RowSet, Vec<Assignment>)> {
        let mut columns = Vec::with_capacity(group.fields.len());
        let mut written = Vec::with_capacity(group.fields.len());
        let mut assignments = Vec::new();
        for (number, ty) in &group.fields {
            let Some((_, field)) = object.fields.get_index(*number) else {
                continue;
            };
            let Some(column) = column_of(field) else { continue };
            columns.push((column.to_owned(), handed_over(*ty)));
            written.push(*number);
            if insert_expression(object, field).is_none() {
                assignments.push(Assignment {
                    column: column.to_owned(),
                    value: taken_over(self.objects.backend, field, (column, *ty)),
                });
            }
        }
        let mut rows = RowSet::new(columns, self.objects.backend);
        for field in object.fields.values() {
            let (Some(expression), Some(column)) = (insert_expression(object, field), column_of(field))
            else {
                continue;
            };
            assignments.push(Assignment {
                column: column.to_owned(),
                value: self.expression(object, expression, &rows)?,
            });
        }
        for row in &group.rows {
            let values = written.iter().map(|number| row.value(*number));
            rows.push(values);
        }
        Ok((rows, assignments))
    }

    /// Draws the values of expressions that make keys: they must be known before the rows are written.
    pub(super) fn draw_keys(&mut self, object: &DataObject, rows: &mut [Row<'_>]) -> Result<()> {
        for (number, field) in object.fields.values().enumerate() {
            let expression = field
                .options
                .default
                .as_ref()
                .and_then(|default| default.insert_expression.as_ref())
                .filter(|_| is_key(object, field) && !rows.is_empty());
            let Some(expression) = expression else { continue };
            let input = input_of(object, expression, rows, self.objects.backend);
            let position = Expr::column(ROWS, ROW_POSITION);
            let select = Select {
                columns: vec![ResultColumn {
                    expr: self.expression(object, expression, &input)?,
                    alias: Sequence::COLUMN.to_owned(),
                }],
                from: Some(runtime_rows(self.objects, object, &input.columns)?),
                order_by: vec![OrderItem {
                    expr: position,
                    direction: Direction::Ascending,
                    nulls: None,
                }],
                ..Select::default()
            };
            let draw = self.add_draw(select, input, rows.len());
            for (index, row) in rows.iter_mut().enumerate() {
                row.cells.retain(|cell| cell.field != number);
                row.cells.push(TypedCell {
                    field: number,
                    cell: RowValue::Drawn { draw, index },
                    ty: field_type(field),
                });
            }
        }
        Ok(())
    }

    /// Returns the SQL of an author's expression: `[$f]` is the value that is given for `f`, NULL when there is none.
    fn expression(&self, object: &DataObject, expression: &Fragment, rows: &RowSet) -> Result<Expr> {
        let mut parts = Vec::with_capacity(expression.pieces().len());
        for piece in expression.pieces() {
            parts.push(match piece {
                Piece::Text(text) => TextPart::Sql(text.clone()),
                Piece::Name(path) | Piece::Placeholder(path) => {
                    TextPart::Expr(match object.fields.get(path.join(".").as_str()) {
                        Some(field) => given(field, rows),
                        None => server_value(self.objects.authorized, &object.source, path)?,
                    })
                }
            });
        }
        Ok(Expr::Text(parts))
    }
}

/// Returns the columns that `expression` reads of `rows`, and their positions.
fn input_of(object: &DataObject, expression: &Fragment, rows: &[Row<'_>], backend: Backend) -> RowSet {
    let mut numbers = Vec::new();
    let mut columns = Vec::new();
    for piece in expression.pieces() {
        if let Piece::Name(path) | Piece::Placeholder(path) = piece
            && let Some((number, _, field)) = object.fields.get_full(path.join(".").as_str())
            && let Some(column) = column_of(field)
            && !numbers.contains(&number)
        {
            numbers.push(number);
            columns.push((column.to_owned(), handed_over(field_type(field))));
        }
    }
    columns.push((ROW_POSITION.to_owned(), SqlType::BigInt));
    let mut input = RowSet::new(columns, backend);
    for (position, row) in rows.iter().enumerate() {
        let position = RowValue::Known(Cow::Owned(position.into()));
        let values = numbers.iter().map(|number| row.value(*number));
        input.push(values.chain([&position]));
    }
    input
}

/// Returns the expression that replaces the value of `field`, when it does so while the row is written.
fn insert_expression<'a>(object: &DataObject, field: &'a Field) -> Option<&'a Fragment> {
    let default = field.options.default.as_ref()?;
    let expression = default.insert_expression.as_ref()?;
    (!is_key(object, field)).then_some(expression)
}

/// Returns whether other rows, or the reading of the row, go by the value of `field`.
fn is_key(object: &DataObject, field: &Field) -> bool {
    let of_link = |path: &LinkPath| match path {
        LinkPath::Keys(pairs) | LinkPath::Junction { near: pairs, .. } => {
            pairs.iter().any(|(own, _)| *own == field.name)
        }
        LinkPath::Join { .. } => false,
    };
    let of_unique_key = object
        .unique_keys
        .iter()
        .any(|key| key.fields.contains(&field.name));
    object.primary_key.contains(&field.name)
        || of_unique_key
        || object.links.values().any(|link| of_link(&link.path))
}

fn given(field: &Field, rows: &RowSet) -> Expr {
    let column = column_of(field).filter(|column| rows.columns.iter().any(|(name, _)| name == column));
    column.map_or(Expr::Null, |column| Expr::column(ROWS, column))
}

/// Returns the value of `field` in the runtime table's `column`, whose type is given. PostgreSQL reads every value as one of the
/// table's column; of a geometry that says in which system its coordinates are, when it does.
pub(super) fn taken_over(backend: Backend, field: &Field, column: (&str, SqlType)) -> Expr {
    let (column, ty) = column;
    let value = Expr::column(ROWS, column);
    match (backend, ty, field.options.srid) {
        (Backend::DuckDb, SqlType::Geometry | SqlType::GeoJson, _) => Expr::Cast(Box::new(value), ty),
        (Backend::Postgres(_), SqlType::Geometry | SqlType::GeoJson, Some(srid)) => Expr::Geometry {
            value: Box::new(value),
            function: GeometryFunction::InSystem(srid),
        },
        _ => value,
    }
}

/// Returns the type in which a value is handed over: geometries are text until they are taken over.
fn handed_over(ty: SqlType) -> SqlType {
    match ty {
        SqlType::Geometry | SqlType::GeoJson => SqlType::Text,
        other => other,
    }
}
