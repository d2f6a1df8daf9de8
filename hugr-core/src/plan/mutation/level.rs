//! The rows of one object: their cells, from data, parents, defaults and sequences.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::model::{Draw, WriteStep};
use super::rows::{RowSet, RowValue};
use super::value::{ValueReader, scalar_type};
use crate::catalog::model::{BaseType, DataObject, Field};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::literal;
use crate::name::FieldName;
use crate::plan::object::{Objects, Place};
use crate::sql::ast::{Expr, Relation, RelationSource, ResultColumn, Select, SqlType};
use crate::sql::write::{DatabaseKind, Sequence};

/// Plans the writing of rows and everything nested in them.
pub(super) struct RowWriter<'a, 'o, 'd> {
    pub(super) objects: &'a Objects<'o>,
    pub(super) place: &'a Place,
    pub(super) steps: Vec<WriteStep>,
    draw_count: usize,
    places: Vec<RowPlace<'d>>,
}

/// Where the data of a row stands: `data[3].items[0]`.
struct RowPlace<'d> {
    parent: Option<usize>,
    member: &'d str,
    index: Option<usize>,
}

/// A row that is to be written.
pub(super) struct NewRow<'d> {
    /// What the request gives.
    pub(super) data: &'d Map<String, Json>,
    /// Values that rows above or beside give, by number of the field; they count where the request gives none.
    pub(super) given: Vec<(usize, RowValue<'d>)>,
    /// Number of its place.
    pub(super) place: usize,
}

/// A row with its values.
pub(super) struct Row<'d> {
    /// Values by number of the field, with their types.
    pub(super) cells: Vec<TypedCell<'d>>,
    /// Number of its place.
    pub(super) place: usize,
}

/// A value of a field.
#[derive(Clone)]
pub(super) struct TypedCell<'d> {
    /// Number of the field.
    pub(super) field: usize,
    /// The value.
    pub(super) cell: RowValue<'d>,
    /// Its type.
    pub(super) ty: SqlType,
}

/// The nested data of a level's rows: for each link the number of the row and the data.
pub(super) type Nested<'d> = IndexMap<&'d str, Vec<(usize, &'d Json)>>;

impl<'d> Row<'d> {
    /// Returns the value of the field with number `field`, when it is known.
    pub(super) fn cell(&self, field: usize) -> Option<&TypedCell<'d>> {
        self.cells.iter().find(|cell| cell.field == field)
    }

    /// Returns the value of the field with number `field`: null when it is not known.
    pub(super) fn value(&self, field: usize) -> &RowValue<'d> {
        self.cell(field).map_or(&RowValue::NULL, |cell| &cell.cell)
    }

    fn is_set(&self, field: usize) -> bool {
        self.cell(field).is_some_and(|cell| cell.cell != RowValue::NULL)
    }
}

impl<'a, 'o, 'd> RowWriter<'a, 'o, 'd> {
    pub(super) fn new(objects: &'a Objects<'o>, place: &'a Place) -> Self {
        Self {
            objects,
            place,
            steps: Vec::new(),
            draw_count: 0,
            places: Vec::new(),
        }
    }

    /// Returns what values are read by.
    pub(super) fn reader(&self) -> ValueReader<'a> {
        ValueReader {
            catalog: self.objects.catalog,
            kind: self.place.kind,
        }
    }

    /// Adds the place of a row: member `member` of the row at `parent`, item `index` where it is a list.
    pub(super) fn add_place(
        &mut self,
        parent: Option<usize>,
        member: &'d str,
        index: Option<usize>,
    ) -> usize {
        self.places.push(RowPlace {
            parent,
            member,
            index,
        });
        self.places.len() - 1
    }

    /// Returns `error` with the field and the row that it is about.
    pub(super) fn at(&self, place: usize, field: &str, error: &Error) -> Error {
        Error::new(error.code(), format!("`{}.{field}`: {error}", self.path(place)))
    }

    fn path(&self, place: usize) -> String {
        let Some(own) = self.places.get(place) else {
            return String::new();
        };
        let index = own.index.map_or_else(String::new, |index| format!("[{index}]"));
        match own.parent {
            Some(parent) => format!("{}.{}{index}", self.path(parent), own.member),
            None => format!("{}{index}", own.member),
        }
    }

    /// Returns the values that the data of `rows` gives, and what is nested in them.
    pub(super) fn read(
        &self,
        object: &DataObject,
        rows: &[NewRow<'d>],
    ) -> Result<(Vec<Row<'d>>, Nested<'d>)> {
        let reader = self.reader();
        let mut nested = Nested::new();
        let mut read = Vec::with_capacity(rows.len());
        // The numbers of the fields of the row before, in their order: those of most rows are the same.
        let mut known = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let mut cells = Vec::with_capacity(row.data.len() + row.given.len());
            for (position, (name, value)) in row.data.iter().enumerate() {
                if let Some((index, field)) = field_named(object, name, (position, &mut known)) {
                    if value.is_null() && field.ty.is_required {
                        if has_default(field) {
                            continue;
                        }
                        let error = Error::new(ErrorCode::GraphqlValidation, "must not be null");
                        return Err(self.at(row.place, name, &error));
                    }
                    let stored = reader
                        .stored(field, value)
                        .map_err(|error| self.at(row.place, name, &error))?;
                    cells.push(TypedCell {
                        field: index,
                        cell: RowValue::Known(stored.value),
                        ty: stored.ty,
                    });
                } else if !value.is_null() {
                    nested.entry(name.as_str()).or_default().push((number, value));
                }
            }
            read.push(Row {
                cells,
                place: row.place,
            });
        }
        Ok((read, nested))
    }

    /// Gives `row` the values `given` where it has none.
    pub(super) fn complete(
        object: &DataObject,
        row: &mut Row<'d>,
        given: impl IntoIterator<Item = (usize, RowValue<'d>)>,
    ) {
        for (field, cell) in given {
            if !row.is_set(field) {
                row.cells.retain(|own| own.field != field);
                row.cells.push(TypedCell {
                    field,
                    cell,
                    ty: type_of(object, field),
                });
            }
        }
    }

    /// Gives `rows` the defaults of fields that they lack, and checks that nothing is missing.
    pub(super) fn add_defaults(&mut self, object: &DataObject, rows: &mut [Row<'d>]) -> Result<()> {
        let reader = self.reader();
        for (index, field) in object.fields.values().enumerate() {
            let default = field.options.default.as_ref();
            if let Some(text) = default.and_then(|default| default.value.as_deref()) {
                let value = literal(text).ok_or_else(|| {
                    Error::internal(format!(
                        "the default of `{}.{}` is no value",
                        object.name, field.name
                    ))
                })?;
                let stored = reader.stored(field, &value)?;
                for row in rows.iter_mut().filter(|row| row.cell(index).is_none()) {
                    row.cells.push(TypedCell {
                        field: index,
                        cell: RowValue::Known(Cow::Owned(Json::clone(&stored.value))),
                        ty: stored.ty,
                    });
                }
            }
            if let Some(sequence) = default.and_then(|default| default.sequence.as_deref()) {
                self.draw_sequence(object, sequence, (index, field), rows);
            }
            let is_needed = field.ty.is_required || object.primary_key.contains(&field.name);
            let is_computed = default.is_some_and(|default| default.insert_expression.is_some());
            if is_needed
                && !is_computed
                && let Some(row) = rows.iter().find(|row| row.cell(index).is_none())
            {
                let error = Error::new(ErrorCode::GraphqlValidation, "is required");
                return Err(self.at(row.place, field.name.as_str(), &error));
            }
        }
        Ok(())
    }

    fn draw_sequence(
        &mut self,
        object: &DataObject,
        sequence: &str,
        field: (usize, &Field),
        rows: &mut [Row<'d>],
    ) {
        let (index, field) = field;
        let lacking = rows.iter_mut().filter(|row| row.cell(index).is_none());
        let draw = self.draw_count;
        let mut count = 0;
        for row in lacking {
            row.cells.push(TypedCell {
                field: index,
                cell: RowValue::Drawn { draw, index: count },
                ty: field_type(field),
            });
            count += 1;
        }
        if count == 0 {
            return;
        }
        let sequence = Sequence {
            database: self.place.database.clone(),
            path: self.sequence_path(object, sequence),
            kind: self.place.kind,
            count,
        };
        let alias = "_sequence";
        let select = Select {
            columns: vec![ResultColumn {
                expr: Expr::column(alias, Sequence::COLUMN),
                alias: Sequence::COLUMN.to_owned(),
            }],
            from: Some(Relation {
                source: RelationSource::Sequence(sequence),
                alias: alias.to_owned(),
            }),
            ..Select::default()
        };
        self.add_draw(select, RowSet::default(), count);
    }

    /// Adds a step that draws `count` values, and returns the draw's number.
    pub(super) fn add_draw(&mut self, select: Select, rows: RowSet, count: usize) -> usize {
        self.steps.push(WriteStep::Draw(Draw { select, rows, count }));
        self.draw_count += 1;
        self.draw_count - 1
    }

    /// A sequence's name may start with that of its source, which DuckDB may know under another one.
    fn sequence_path(&self, object: &DataObject, sequence: &str) -> Vec<String> {
        let mut path: Vec<String> = sequence
            .split('.')
            .map(|part| part.trim_matches('"').to_owned())
            .collect();
        let is_qualified = path.len() > 1
            && path
                .first()
                .is_some_and(|first| *first == *object.source.as_str());
        if is_qualified && self.place.kind == DatabaseKind::DuckDb {
            path.remove(0);
        }
        path
    }
}

/// Returns whether a value is known for `field` where none is given.
fn has_default(field: &Field) -> bool {
    let default = field.options.default.as_ref();
    default.is_some_and(|default| default.value.is_some() || default.sequence.is_some())
}

/// Returns the number of the field `name` of `object`.
pub(super) fn field_number(object: &DataObject, name: &FieldName) -> Result<usize> {
    object
        .fields
        .get_index_of(name)
        .ok_or_else(|| Error::internal(format!("`{}` has no field `{name}`", object.name)))
}

/// Returns the type in which drawn values, and those of other rows, are handed to the field with number `field`.
fn type_of(object: &DataObject, field: usize) -> SqlType {
    object
        .fields
        .get_index(field)
        .map_or(SqlType::Text, |(_, field)| field_type(field))
}

/// Returns the type in which values of `field` are handed over.
pub(super) fn field_type(field: &Field) -> SqlType {
    match &field.ty.base {
        _ if field.ty.is_list => SqlType::Json,
        BaseType::Scalar(scalar) => scalar_type(*scalar),
        BaseType::Enum(_) => SqlType::Text,
        BaseType::Struct(_) => SqlType::Json,
    }
}

/// Returns the field called `name` and its number, which is looked for at its `position` among the `known` ones first.
fn field_named<'o>(
    object: &'o DataObject,
    name: &str,
    place: (usize, &mut Vec<usize>),
) -> Option<(usize, &'o Field)> {
    let (position, known) = place;
    if let Some(index) = known.get(position)
        && let Some((own, field)) = object.fields.get_index(*index)
        && own.as_str() == name
    {
        return Some((*index, field));
    }
    let (index, _, field) = object.fields.get_full(name)?;
    known.truncate(position);
    if known.len() == position {
        known.push(index);
    }
    Some((index, field))
}
