//! Keys by which the rows of one level find those of the next.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::error::{Error, Result};
use crate::sql::Value;

/// Marks a row without a group.
pub(super) const NO_GROUP: u32 = u32::MAX;

/// One column of keys, in a form in which equal keys of different SQL types are equal.
enum KeyValues {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
}

/// The key columns of some rows.
pub(super) struct Keys {
    columns: Vec<KeyValues>,
    row_count: usize,
}

/// A key, hashable.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Part<'a> {
    Int(i64),
    Text(&'a str),
}

/// The distinct keys of some rows: each is a group.
pub(super) struct Groups {
    /// Group of each row; [`NO_GROUP`] where a key is NULL.
    pub(super) of_row: Vec<u32>,
    /// A row of each group.
    representatives: Vec<u32>,
}

impl Keys {
    /// Reads the columns `indices` of all `batches`, one after the other.
    pub(super) fn read(batches: &[RecordBatch], indices: impl Iterator<Item = usize>) -> Result<Self> {
        let row_count = batches.iter().map(RecordBatch::num_rows).sum();
        let mut columns = Vec::new();
        for index in indices {
            let arrays: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(index)).collect();
            columns.push(KeyValues::read(&arrays)?);
        }
        Ok(Self { columns, row_count })
    }

    /// Groups the rows by key.
    pub(super) fn group(&self) -> Groups {
        let mut of_row = Vec::with_capacity(self.row_count);
        let mut representatives = Vec::new();
        if let [KeyValues::Ints(values)] = self.columns.as_slice() {
            let mut groups = HashMap::with_capacity(values.len());
            for (row, value) in values.iter().enumerate() {
                of_row.push(group_of(&mut groups, &mut representatives, row, *value));
            }
        } else {
            let mut groups = HashMap::with_capacity(self.row_count);
            for row in 0..self.row_count {
                of_row.push(group_of(&mut groups, &mut representatives, row, self.key(row)));
            }
        }
        Groups {
            of_row,
            representatives,
        }
    }

    /// Returns for each row the group with the same key in `groups`, which were made from `others`.
    pub(super) fn find(&self, groups: &Groups, others: &Self) -> Vec<u32> {
        let mut by_key = HashMap::with_capacity(groups.representatives.len());
        for (group, row) in (0_u32..).zip(&groups.representatives) {
            if let Some(key) = others.key(*row as usize) {
                by_key.insert(key, group);
            }
        }
        (0..self.row_count)
            .map(|row| {
                self.key(row)
                    .and_then(|key| by_key.get(&key).copied())
                    .unwrap_or(NO_GROUP)
            })
            .collect()
    }

    /// Returns the key of each group as bound values.
    pub(super) fn values(&self, groups: &Groups) -> Vec<Vec<Value>> {
        groups
            .representatives
            .iter()
            .map(|row| {
                self.columns
                    .iter()
                    .map(|column| column.value(*row as usize))
                    .collect()
            })
            .collect()
    }

    fn key(&self, row: usize) -> Option<Vec<Part<'_>>> {
        self.columns.iter().map(|column| column.part(row)).collect()
    }
}

fn group_of<K: std::hash::Hash + Eq>(
    groups: &mut HashMap<K, u32>,
    representatives: &mut Vec<u32>,
    row: usize,
    key: Option<K>,
) -> u32 {
    let Some(key) = key else {
        return NO_GROUP;
    };
    *groups.entry(key).or_insert_with(|| {
        let group = u32::try_from(representatives.len()).unwrap_or(NO_GROUP);
        representatives.push(u32::try_from(row).unwrap_or(NO_GROUP));
        group
    })
}

impl Groups {
    /// Returns the number of groups.
    pub(super) fn len(&self) -> usize {
        self.representatives.len()
    }
}

impl KeyValues {
    fn read(arrays: &[&ArrayRef]) -> Result<Self> {
        let unreadable = |error: arrow::error::ArrowError| {
            Error::internal("a key column cannot be read").with_source(error)
        };
        let is_integer = arrays.iter().all(|array| {
            array.data_type().is_integer() || matches!(array.data_type(), DataType::Decimal128(_, 0))
        });
        if is_integer {
            let mut values = Vec::new();
            for array in arrays {
                let array = cast(array, &DataType::Int64).map_err(unreadable)?;
                values.extend(array.as_primitive::<Int64Type>().iter());
            }
            return Ok(Self::Ints(values));
        }
        let mut values = Vec::new();
        let options = FormatOptions::default();
        for array in arrays {
            let formatter = ArrayFormatter::try_new(array.as_ref(), &options).map_err(unreadable)?;
            for row in 0..array.len() {
                values.push(array.is_valid(row).then(|| formatter.value(row).to_string()));
            }
        }
        Ok(Self::Texts(values))
    }

    fn part(&self, row: usize) -> Option<Part<'_>> {
        match self {
            Self::Ints(values) => values.get(row).copied().flatten().map(Part::Int),
            Self::Texts(values) => values.get(row)?.as_deref().map(Part::Text),
        }
    }

    fn value(&self, row: usize) -> Value {
        match self.part(row) {
            Some(Part::Int(value)) => Value::Int(value),
            Some(Part::Text(text)) => Value::from(text),
            None => Value::Null,
        }
    }
}
