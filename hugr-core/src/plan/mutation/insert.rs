//! Root fields that insert.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::conflict::Conflict;
use super::level::{NewRow, Row, RowWriter, field_number};
use super::link::Linking;
use super::model::{Cell, Mutation, MutationAnswer, WrittenRows};
use super::returned::row_answer;
use super::tags::dropped_tags;
use super::written::{written_row, written_rows};
use crate::catalog::model::DataObject;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::FieldName;
use crate::plan::object::Objects;
use crate::sql::dialect::Backend;

/// Name of the argument with the data.
const DATA: &str = "data";

/// Plans the insert of one row.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for data that does not fit, naming the field; `UNSUPPORTED` for what cannot be written.
pub(in crate::plan) fn insert(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
) -> Result<Mutation> {
    refuse_summary(selected)?;
    let data = match selected.arguments.get(DATA) {
        Some(Json::Object(data)) => data,
        _ => return Err(missing_data()),
    };
    let mut inserted = Inserted::plan(objects, object, selected, vec![(None, data)])?;
    let answer = match inserted.rows.first() {
        Some(row) if is_read_again(object) => {
            let written = written_row(objects, object, &inserted.key, row, selected)?;
            row_answer(&mut inserted.steps, object, objects.backend, written)
        }
        _ => inserted.result(selected, Vec::new())?,
    };
    Ok(inserted.finish(selected, answer))
}

/// Plans the insert of any number of rows.
///
/// # Errors
/// Those of [`insert`], naming the row.
pub(in crate::plan) fn insert_many(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
) -> Result<Mutation> {
    let items = match selected.arguments.get(DATA) {
        Some(Json::Array(items)) => items.as_slice(),
        Some(one @ Json::Object(_)) => std::slice::from_ref(one),
        _ => return Err(missing_data()),
    };
    let mut rows = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        rows.push((Some(index), item.as_object().ok_or_else(missing_data)?));
    }
    let mut inserted = Inserted::plan(objects, object, selected, rows)?;
    let mut shown = Vec::new();
    if is_read_again(object) {
        for field in selected
            .selection
            .iter()
            .filter(|field| field.name.as_str() == "rows")
        {
            let rows = written_rows(objects, object, &inserted.key, &inserted.rows, field)?;
            shown.push((field.key.clone(), rows));
        }
    }
    let answer = inserted.result(selected, shown)?;
    Ok(inserted.finish(selected, answer))
}

/// Rows whose writing is planned.
struct Inserted<'a> {
    object: &'a DataObject,
    steps: Vec<super::model::WriteStep>,
    database: String,
    backend: Backend,
    rows: Vec<Row<'a>>,
    /// Fields by which the rows are found afterwards.
    key: Vec<FieldName>,
}

impl<'a> Inserted<'a> {
    fn plan(
        objects: &Objects<'_>,
        object: &'a DataObject,
        selected: &Selected,
        data: Vec<(Option<usize>, &'a Map<String, Json>)>,
    ) -> Result<Self> {
        let place = objects.places.get(&object.source)?;
        let conflict = Conflict::of(object, &selected.arguments)?;
        let mut writer = RowWriter::new(objects, place);
        let mut rows = Vec::with_capacity(data.len());
        for (index, data) in data {
            rows.push(NewRow {
                data,
                given: Vec::new(),
                place: writer.add_place(None, DATA, index),
            });
        }
        let rows = writer.insert(object, rows, Linking::No, conflict.as_ref())?;
        Ok(Self {
            object,
            steps: writer.steps,
            database: place.database.clone(),
            backend: objects.backend,
            rows,
            key: conflict.map_or_else(|| object.primary_key.clone(), |conflict| conflict.target),
        })
    }

    fn result(&self, selected: &Selected, rows: Vec<(String, WrittenRows)>) -> Result<MutationAnswer> {
        Ok(MutationAnswer::Result {
            selection: selected.selection.clone(),
            last_id: self.last_id()?,
            rows,
        })
    }

    /// The key of the last row, when it is one number.
    fn last_id(&self) -> Result<Option<Cell>> {
        let ([key], Some(row)) = (self.object.primary_key.as_slice(), self.rows.last()) else {
            return Ok(None);
        };
        let cell = row.cell(field_number(self.object, key)?);
        Ok(cell.map(|cell| cell.cell.to_cell()))
    }

    fn finish(&mut self, selected: &Selected, answer: MutationAnswer) -> Mutation {
        Mutation {
            source: self.object.source.clone(),
            database: std::mem::take(&mut self.database),
            backend: self.backend,
            attached: BTreeSet::new(),
            steps: std::mem::take(&mut self.steps),
            answer,
            dropped_tags: dropped_tags(self.object, selected),
        }
    }
}

/// Returns whether the row is read again after it is written, so that all of it can be selected.
fn is_read_again(object: &DataObject) -> bool {
    !object.primary_key.is_empty() && !object.is_junction
}

fn missing_data() -> Error {
    Error::new(ErrorCode::GraphqlValidation, "argument `data` is required")
}

/// Refuses what needs a model that turns texts into vectors.
pub(super) fn refuse_summary(selected: &Selected) -> Result<()> {
    match selected.arguments.get("summary") {
        None | Some(Json::Null) => Ok(()),
        Some(_) => Err(Error::new(
            ErrorCode::Unsupported,
            format!("argument `summary` of `{}` is not supported yet", selected.name),
        )),
    }
}
