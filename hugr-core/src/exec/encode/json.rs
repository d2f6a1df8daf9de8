//! Rows and levels as JSON text, written straight from Arrow.

use arrow::array::RecordBatch;

use super::column::{Column, member_prefix};
use crate::catalog::model::Cardinality;
use crate::error::{Error, Result};
use crate::exec::read::{ChildRows, Level};
use crate::plan::{OutputValue, Step};

/// How times and durations are written: they differ between lists and single objects, as clients of the original expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStyle {
    /// Rows of a list.
    List,
    /// One object.
    Single,
}

/// Returns the JSON text of a root: a list, or one object or `null`.
///
/// # Errors
/// `UNSUPPORTED` for a column type that has no JSON form.
pub fn encode_root(step: &Step, level: &Level, style: RowStyle) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(estimated_size(level));
    let mut first_row = 0;
    let mut is_empty = true;
    if style == RowStyle::List {
        out.push(b'[');
    }
    for batch in &level.batches {
        let rows = RowEncoder::new(step, batch, &level.children, style, first_row)?;
        for row in 0..batch.num_rows() {
            if !is_empty {
                out.push(b',');
            }
            rows.write(&mut out, row);
            is_empty = false;
        }
        first_row += batch.num_rows();
    }
    match style {
        RowStyle::List => out.push(b']'),
        RowStyle::Single if is_empty => out.extend_from_slice(b"null"),
        RowStyle::Single => {}
    }
    Ok(out)
}

fn estimated_size(level: &Level) -> usize {
    level
        .batches
        .iter()
        .map(|batch| batch.get_array_memory_size() + 16 * batch.num_rows())
        .sum::<usize>()
        + 64
}

/// Writes the rows of one batch; everything that does not depend on the row is prepared here.
struct RowEncoder<'a> {
    members: Vec<(Vec<u8>, Member<'a>)>,
    /// Number of the batch's first row among the rows of its level.
    first_row: usize,
}

enum Member<'a> {
    Column(Column<'a>),
    Children(Option<Box<RowEncoder<'a>>>, &'a ChildRows),
}

impl<'a> RowEncoder<'a> {
    fn new(
        step: &Step,
        batch: &'a RecordBatch,
        children: &'a [ChildRows],
        style: RowStyle,
        first_row: usize,
    ) -> Result<Self> {
        let column = |index: usize| {
            batch
                .columns()
                .get(index)
                .map(AsRef::as_ref)
                .ok_or_else(|| Error::internal("a result column is missing"))
        };
        let mut members = Vec::with_capacity(step.output.len());
        for field in &step.output {
            let member = match &field.value {
                OutputValue::Column(index) => Member::Column(Column::new(column(*index)?, style)?),
                OutputValue::RawJson(index) => Member::Column(Column::raw_json(column(*index)?, style)?),
                OutputValue::Struct {
                    column: index,
                    members,
                } => Member::Column(Column::structure(column(*index)?, members, style)?),
                OutputValue::Typename(name) => Member::Column(Column::constant(name.as_str())),
                OutputValue::Child(index) => {
                    let (Some(child), Some(rows)) = (step.children.get(*index), children.get(*index)) else {
                        return Err(Error::internal("a child step is missing"));
                    };
                    let encoder = match rows.level.batches.first() {
                        Some(batch) => {
                            let encoder = Self::new(&child.step, batch, &rows.level.children, style, 0)?;
                            Some(Box::new(encoder))
                        }
                        None => None,
                    };
                    Member::Children(encoder, rows)
                }
            };
            members.push((member_prefix(members.len(), &field.key), member));
        }
        Ok(Self { members, first_row })
    }

    fn write(&self, out: &mut Vec<u8>, row: usize) {
        out.push(b'{');
        for (prefix, member) in &self.members {
            out.extend_from_slice(prefix);
            match member {
                Member::Column(column) => column.write(out, row),
                Member::Children(encoder, rows) => {
                    write_children(out, encoder.as_deref(), rows, self.first_row + row);
                }
            }
        }
        out.push(b'}');
    }
}

/// A parent without children has `null`, also where the field is a list.
fn write_children(out: &mut Vec<u8>, encoder: Option<&RowEncoder<'_>>, rows: &ChildRows, parent: usize) {
    let (Some(encoder), [first, rest @ ..]) = (encoder, rows.rows_of(parent)) else {
        return out.extend_from_slice(b"null");
    };
    if rows.cardinality == Cardinality::One {
        return encoder.write(out, *first as usize);
    }
    out.push(b'[');
    encoder.write(out, *first as usize);
    for row in rest {
        out.push(b',');
        encoder.write(out, *row as usize);
    }
    out.push(b']');
}
