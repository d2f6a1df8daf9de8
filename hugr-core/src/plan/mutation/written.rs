//! The reading of rows that have just been written, by their keys.

use std::borrow::Cow;

use super::columns::{column_of, runtime_rows};
use super::level::{Row, TypedCell, field_number};
use super::model::{ROWS, WrittenKeys, WrittenRows};
use super::rows::{RowSet, RowValue};
use crate::catalog::model::{DataObject, Field};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::name::FieldName;
use crate::plan::column;
use crate::plan::link::field_of;
use crate::plan::object::{Detours, Objects};
use crate::plan::select::{ROOT_ALIAS, root_step};
use crate::plan::tree::{Access, Read, RootShape};
use crate::sql::ast::{Direction, Expr, Join, JoinKind, OrderItem, ROW_POSITION, SqlType};
use crate::sql::dialect::Backend;

/// Plans the reading of the one `row` by its `key` fields, as `selected` wants it.
pub(super) fn written_row(
    objects: &Objects<'_>,
    object: &DataObject,
    key: &[FieldName],
    row: &Row<'_>,
    selected: &Selected,
) -> Result<WrittenRows> {
    let mut keys = Vec::with_capacity(key.len());
    for name in key {
        let field = field_of(object, name)?;
        let cell = key_cell(object, row, name)?;
        let cast = cell.ty.needs_cast().then_some(cell.ty);
        keys.push((
            column::value(object, ROOT_ALIAS, field)?,
            cell.cell.to_cell(),
            cast,
        ));
    }
    let mut read = reading(objects, object, RootShape::Single, selected)?;
    read.step.select.limit = Some(1);
    Ok(WrittenRows {
        read,
        keys: WrittenKeys::One(keys),
    })
}

/// Plans the reading of `rows` by their `key` fields, in their order.
pub(super) fn written_rows(
    objects: &Objects<'_>,
    object: &DataObject,
    key: &[FieldName],
    rows: &[Row<'_>],
    selected: &Selected,
) -> Result<WrittenRows> {
    let mut read = reading(objects, object, RootShape::List, selected)?;
    let mut columns = Vec::with_capacity(key.len() + 1);
    let mut matches = Vec::with_capacity(key.len());
    for name in key {
        let field = field_of(object, name)?;
        let column = stored_column(object, field)?;
        let first = rows.first().map(|row| key_cell(object, row, name)).transpose()?;
        let ty = first.map_or(SqlType::Text, |cell| cell.ty);
        columns.push((column.to_owned(), ty));
        matches.push(Expr::equals(
            column::value(object, ROOT_ALIAS, field)?,
            Expr::column(ROWS, column),
        ));
    }
    columns.push((ROW_POSITION.to_owned(), SqlType::BigInt));
    let mut found = RowSet::new(columns, read.step.backend);
    for (position, row) in rows.iter().enumerate() {
        let mut cells = Vec::with_capacity(key.len() + 1);
        for name in key {
            cells.push(&key_cell(object, row, name)?.cell);
        }
        let position = RowValue::Known(Cow::Owned(position.into()));
        found.push(cells.into_iter().chain([&position]));
    }
    let relation = match read.step.backend {
        Backend::DuckDb => runtime_rows(&objects.through_duckdb(), object, &found.columns)?,
        Backend::Postgres(_) => runtime_rows(objects, object, &found.columns)?,
    };
    let select = &mut read.step.select;
    select.joins.push(Join {
        kind: JoinKind::Inner,
        relation,
        on: Expr::And(matches),
    });
    select.order_by = vec![OrderItem {
        expr: Expr::column(ROWS, ROW_POSITION),
        direction: Direction::Ascending,
        nulls: None,
    }];
    Ok(WrittenRows {
        read,
        keys: WrittenKeys::Many(found),
    })
}

fn reading(
    objects: &Objects<'_>,
    object: &DataObject,
    shape: RootShape,
    selected: &Selected,
) -> Result<Read> {
    // The arguments of the mutation are data, not those of a list.
    let selected = Selected {
        key: selected.key.clone(),
        parent: selected.parent.clone(),
        name: selected.name.clone(),
        arguments: Arguments::new(),
        unset: Vec::new(),
        directives: Vec::new(),
        selection: selected.selection.clone(),
        span: selected.span,
    };
    // A reading that needs DuckDB does not make the change need it.
    let mut detours = Detours::new();
    loop {
        let objects = objects.another_tree(detours.clone());
        let planned = root_step(&objects, object, &selected, |_| Ok(Vec::new()));
        let found = objects.found_detours();
        if found.is_empty() {
            return Ok(Read {
                shape,
                step: planned?,
                runtime_tables: objects.runtime_tables(),
                attached: objects.attached(),
                caching: None,
                access: Access::ReadOnly,
                detours,
            });
        }
        detours.extend(found);
    }
}

fn stored_column<'a>(object: &DataObject, field: &'a Field) -> Result<&'a str> {
    column_of(field).ok_or_else(|| {
        Error::internal(format!(
            "key field `{}` of `{}` has no column",
            field.name, object.name
        ))
    })
}

fn key_cell<'r, 'd>(object: &DataObject, row: &'r Row<'d>, name: &FieldName) -> Result<&'r TypedCell<'d>> {
    let cell = row.cell(field_number(object, name)?);
    cell.ok_or_else(|| {
        Error::new(
            ErrorCode::GraphqlValidation,
            format!("`{}.{name}` is required: the row is read by it", object.name),
        )
    })
}
