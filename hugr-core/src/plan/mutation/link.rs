//! Rows that are nested in others: to-one parents, children, and links through junctions.

use serde_json::{Map, Value as Json};

use super::conflict::Conflict;
use super::level::{Nested, NewRow, Row, RowWriter, field_number};
use super::rows::RowValue;
use crate::catalog::model::{Cardinality, DataObject, Link, LinkPath};
use crate::error::{Error, ErrorCode, Result};
use crate::name::FieldName;

/// Pairs of fields that are equal.
type KeyPairs = [(FieldName, FieldName)];

/// Whether a row of which only the key is given stands for one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Linking {
    /// It is inserted like any other.
    No,
    /// It is linked.
    ByKey,
}

/// The data of a junction's rows, which consist of keys alone.
static NO_DATA: std::sync::LazyLock<Map<String, Json>> = std::sync::LazyLock::new(Map::new);

impl<'d> RowWriter<'_, '_, 'd> {
    /// Plans the writing of `rows` and everything nested in them; returns them with all values that are known.
    pub(super) fn insert(
        &mut self,
        object: &DataObject,
        mut rows: Vec<NewRow<'d>>,
        linking: Linking,
        conflict: Option<&Conflict>,
    ) -> Result<Vec<Row<'d>>> {
        let (mut read, nested) = self.read(object, &rows)?;
        if conflict.is_some_and(|conflict| !conflict.keeps_keys(object)) && !nested.is_empty() {
            return Err(Error::new(
                ErrorCode::Unsupported,
                "rows can be nested only where `on_conflict` goes by the primary key: another row's key is not known",
            ));
        }
        self.insert_parents(object, &nested, &mut read)?;
        for (row, new) in read.iter_mut().zip(&mut rows) {
            Self::complete(object, row, std::mem::take(&mut new.given));
        }
        let (existing, mut added) = match linking {
            Linking::ByKey => read
                .into_iter()
                .enumerate()
                .partition(|(_, row)| is_key_only(object, row)),
            Linking::No => (Vec::new(), read.into_iter().enumerate().collect::<Vec<_>>()),
        };
        self.link_existing(object, &existing)?;
        let (numbers, mut added): (Vec<usize>, Vec<Row<'d>>) = added.drain(..).unzip();
        self.add_defaults(object, &mut added)?;
        self.draw_keys(object, &mut added)?;
        self.write_rows(object, &added, conflict)?;
        let mut all: Vec<(usize, Row<'d>)> = existing;
        all.extend(numbers.into_iter().zip(added));
        all.sort_unstable_by_key(|(number, _)| *number);
        let all: Vec<Row<'d>> = all.into_iter().map(|(_, row)| row).collect();
        self.insert_children(object, &nested, &all)?;
        Ok(all)
    }

    /// Parents come first: their keys are part of the rows.
    fn insert_parents(
        &mut self,
        object: &DataObject,
        nested: &Nested<'d>,
        rows: &mut [Row<'d>],
    ) -> Result<()> {
        for (name, uses) in nested {
            let link = link_of(object, name)?;
            let (Cardinality::One, LinkPath::Keys(keys)) = (link.cardinality, &link.path) else {
                continue;
            };
            let target = self.objects.object(&link.target)?;
            let mut parents = Vec::with_capacity(uses.len());
            for (number, data) in uses {
                let child = rows.get(*number).map_or(0, |row| row.place);
                let data = as_object(data)?;
                parents.push(NewRow {
                    data,
                    given: Vec::new(),
                    place: self.add_place(Some(child), name, None),
                });
            }
            let parents = self.insert(target, parents, Linking::ByKey, None)?;
            let pairs = pairs(object, target, keys)?;
            for ((number, _), parent) in uses.iter().zip(&parents) {
                let mut given = Vec::with_capacity(pairs.len());
                for (own, other) in &pairs {
                    given.push((*own, known(target, parent, *other)?));
                }
                if let Some(row) = rows.get_mut(*number) {
                    Self::complete(object, row, given);
                }
            }
        }
        Ok(())
    }

    /// Children, and what is linked many to many, come after the rows.
    fn insert_children(&mut self, object: &DataObject, nested: &Nested<'d>, rows: &[Row<'d>]) -> Result<()> {
        for (name, uses) in nested {
            let link = link_of(object, name)?;
            match (&link.path, link.cardinality) {
                (LinkPath::Keys(keys), Cardinality::Many) => {
                    let target = self.objects.object(&link.target)?;
                    let pairs = pairs(object, target, keys)?;
                    let (children, _) = self.nested_rows(name, uses, rows, |parent| {
                        let known = pairs.iter().map(|(own, other)| {
                            let cell = known(object, parent, *own)?;
                            Ok((*other, cell))
                        });
                        known.collect()
                    })?;
                    self.insert(target, children, Linking::No, None)?;
                }
                (LinkPath::Junction { junction, near, far }, _) => {
                    let (junction, target) =
                        (self.objects.object(junction)?, self.objects.object(&link.target)?);
                    self.insert_linked(object, (name, target, junction), (near, far), (uses, rows))?;
                }
                (LinkPath::Keys(_), Cardinality::One) | (LinkPath::Join { .. }, _) => {}
            }
        }
        Ok(())
    }

    fn insert_linked(
        &mut self,
        object: &DataObject,
        link: (&'d str, &DataObject, &DataObject),
        keys: (&KeyPairs, &KeyPairs),
        nested: (&[(usize, &'d Json)], &[Row<'d>]),
    ) -> Result<()> {
        let (name, target, junction) = link;
        let (uses, rows) = nested;
        let (linked, parents) = self.nested_rows(name, uses, rows, |_| Ok(Vec::new()))?;
        let linked = self.insert(target, linked, Linking::ByKey, None)?;
        let near = pairs(object, junction, keys.0)?;
        let far = pairs(junction, target, keys.1)?;
        let mut links = Vec::with_capacity(linked.len());
        for (parent, other) in parents.iter().zip(&linked) {
            let mut given = Vec::with_capacity(near.len() + far.len());
            let parent = rows
                .get(*parent)
                .ok_or_else(|| Error::internal("a link has no row"))?;
            for (own, of_junction) in &near {
                given.push((*of_junction, known(object, parent, *own)?));
            }
            for (of_junction, of_target) in &far {
                given.push((*of_junction, known(target, other, *of_target)?));
            }
            links.push(NewRow {
                data: &NO_DATA,
                given,
                place: other.place,
            });
        }
        self.insert(junction, links, Linking::No, None)?;
        Ok(())
    }

    /// Returns the rows nested in `rows`, each with the number of its parent.
    fn nested_rows(
        &mut self,
        member: &'d str,
        uses: &[(usize, &'d Json)],
        rows: &[Row<'d>],
        given: impl Fn(&Row<'d>) -> Result<Vec<(usize, RowValue<'d>)>>,
    ) -> Result<(Vec<NewRow<'d>>, Vec<usize>)> {
        let (mut nested, mut parents) = (Vec::new(), Vec::new());
        for (number, data) in uses {
            let parent = rows
                .get(*number)
                .ok_or_else(|| Error::internal("nested data has no row"))?;
            let items = match data {
                Json::Array(items) => items.as_slice(),
                one => std::slice::from_ref(*one),
            };
            for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
                nested.push(NewRow {
                    data: as_object(item)?,
                    given: given(parent)?,
                    place: self.add_place(Some(parent.place), member, Some(index)),
                });
                parents.push(*number);
            }
        }
        Ok((nested, parents))
    }
}

/// Returns whether the key is given and nothing else.
fn is_key_only(object: &DataObject, row: &Row<'_>) -> bool {
    let is_key = |field: usize| {
        object
            .fields
            .get_index(field)
            .is_some_and(|(name, _)| object.primary_key.contains(name))
    };
    row.cells.len() == object.primary_key.len() && row.cells.iter().all(|cell| is_key(cell.field))
}

fn link_of<'a>(object: &'a DataObject, name: &str) -> Result<&'a Link> {
    object.links.get(name).ok_or_else(|| {
        Error::new(
            ErrorCode::GraphqlValidation,
            format!("`{}` has no field `{name}` that can be written", object.name),
        )
    })
}

/// Returns pairs of fields by their numbers in both objects.
fn pairs(
    own: &DataObject,
    other: &DataObject,
    keys: &[(FieldName, FieldName)],
) -> Result<Vec<(usize, usize)>> {
    let mut pairs = Vec::with_capacity(keys.len());
    for (of_own, of_other) in keys {
        pairs.push((field_number(own, of_own)?, field_number(other, of_other)?));
    }
    Ok(pairs)
}

/// Returns the value of a field that other rows take up.
fn known<'d>(object: &DataObject, row: &Row<'d>, field: usize) -> Result<RowValue<'d>> {
    row.cell(field).map(|cell| cell.cell.clone()).ok_or_else(|| {
        let name = object.fields.get_index(field).map_or("", |(name, _)| name.as_str());
        Error::new(
            ErrorCode::Unsupported,
            format!(
                "`{}.{name}` links rows that are inserted together, and its value is not known before: give it, or a \
                 `@default(sequence:)` to the field",
                object.name
            ),
        )
    })
}

fn as_object(data: &Json) -> Result<&Map<String, Json>> {
    data.as_object()
        .ok_or_else(|| Error::new(ErrorCode::GraphqlValidation, "nested data must be objects"))
}
