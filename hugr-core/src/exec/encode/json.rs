//! Rows and levels as JSON text, written straight from Arrow.

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};

use super::column::{Column, member_prefix};
use crate::catalog::model::Cardinality;
use crate::error::{Error, ErrorCode, Result};
use crate::exec::read::{ChildRows, Level};
use crate::plan::{OutputField, OutputValue, RootShape, Step};

/// How times and durations are written: they differ between lists and single objects, as clients of the original expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStyle {
    /// Rows of a list.
    List,
    /// One object.
    Single,
}

/// Returns the JSON text of a root, of at most `max_bytes`: a list, or one object or `null`.
///
/// # Errors
/// `UNSUPPORTED` for a column type that has no JSON form, `RESOURCE_EXHAUSTED` for a text that is too long.
pub fn encode_root(step: &Step, level: &Level, style: RowStyle, max_bytes: usize) -> Result<Vec<u8>> {
    let count: usize = level.batches.iter().map(RecordBatch::num_rows).sum();
    let mut out = Vec::with_capacity(estimated_size(level, count.min(SAMPLE)).min(max_bytes));
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
            check_size(out.len(), max_bytes)?;
            if first_row + row + 1 == SAMPLE {
                let expected = out.len() / SAMPLE * (count - SAMPLE);
                out.reserve((expected + expected / 16).min(max_bytes));
            }
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

/// Returns the JSON text of values: the only member of each row without its object. Of rows that are not a list the first
/// counts, `null` when there is none.
///
/// # Errors
/// As [`encode_root`].
pub fn encode_values(step: &Step, level: &Level, shape: RootShape, max_bytes: usize) -> Result<Vec<u8>> {
    let is_list = shape == RootShape::Values;
    let count = level.batches.iter().map(RecordBatch::num_rows).sum();
    let mut out = Vec::with_capacity(estimated_size(level, count).min(max_bytes));
    let mut first_row = 0;
    if is_list {
        out.push(b'[');
    }
    for batch in &level.batches {
        // Values are told in one way, whether alone or in a list.
        let rows = RowEncoder::new(step, batch, &level.children, RowStyle::List, first_row)?;
        for row in 0..batch.num_rows() {
            if !is_list {
                rows.write_value(&mut out, row);
                return Ok(out);
            }
            if first_row + row > 0 {
                out.push(b',');
            }
            rows.write_value(&mut out, row);
            check_size(out.len(), max_bytes)?;
        }
        first_row += batch.num_rows();
    }
    out.extend_from_slice(if is_list { b"]" } else { b"null" });
    Ok(out)
}

/// Adds the rows of `part`, a further part of a list without steps below, to `out`, which is empty before the first; the list
/// is not closed.
///
/// # Errors
/// Those of [`encode_root`].
pub(in crate::exec) fn add_rows(
    out: &mut Vec<u8>,
    step: &Step,
    part: &RecordBatch,
    max_bytes: usize,
) -> Result<()> {
    let rows = RowEncoder::new(step, part, &[], RowStyle::List, 0)?;
    for row in 0..part.num_rows() {
        out.push(if out.is_empty() { b'[' } else { b',' });
        rows.write(out, row);
        check_size(out.len(), max_bytes)?;
    }
    Ok(())
}

/// Checks that an answer of `bytes` so far is not too large.
///
/// # Errors
/// `RESOURCE_EXHAUSTED`, naming the limit.
pub fn check_size(bytes: usize, max_bytes: usize) -> Result<()> {
    if bytes <= max_bytes {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::ResourceExhausted,
        format!("the answer is larger than {max_bytes} bytes; ask for fewer rows or fields"),
    ))
}

/// The size of so many rows tells that of the others: a large text is made in one piece of memory that never grows.
const SAMPLE: usize = 128;
/// No row is expected to be longer, in bytes.
const LONG_ROW: usize = 4096;

/// Returns about how long the text of `count` rows is.
fn estimated_size(level: &Level, count: usize) -> usize {
    let of_first = level
        .batches
        .first()
        .filter(|batch| batch.num_rows() > 0)
        .map_or(0, |batch| batch.get_array_memory_size() / batch.num_rows() + 16);
    // A part of a larger batch tells the memory of the whole.
    of_first.min(LONG_ROW) * count + 64
}

/// Writes the rows of one batch; everything that does not depend on the row is prepared here.
struct RowEncoder<'a> {
    members: Vec<(Vec<u8>, Member<'a>)>,
    /// Number of the batch's first row among the rows of its level.
    first_row: usize,
}

enum Member<'a> {
    Column(Column<'a>),
    /// Members of the same row; null where the column says that there is no object.
    Object(Vec<(Vec<u8>, Member<'a>)>, Option<&'a BooleanArray>),
    Children(Option<Box<RowEncoder<'a>>>, &'a ChildRows),
}

/// What the members of a row are made from.
struct RowSource<'s, 'a> {
    step: &'s Step,
    batch: &'a RecordBatch,
    children: &'a [ChildRows],
    style: RowStyle,
}

impl<'a> RowEncoder<'a> {
    fn new(
        step: &Step,
        batch: &'a RecordBatch,
        children: &'a [ChildRows],
        style: RowStyle,
        first_row: usize,
    ) -> Result<Self> {
        let source = RowSource {
            step,
            batch,
            children,
            style,
        };
        Ok(Self {
            members: source.members(&step.output)?,
            first_row,
        })
    }

    fn write(&self, out: &mut Vec<u8>, row: usize) {
        self.write_members(out, &self.members, row);
    }

    /// Appends the first member without its name.
    fn write_value(&self, out: &mut Vec<u8>, row: usize) {
        if let Some((_, member)) = self.members.first() {
            self.write_member(out, member, row);
        }
    }

    fn write_members(&self, out: &mut Vec<u8>, members: &[(Vec<u8>, Member<'_>)], row: usize) {
        out.push(b'{');
        for (prefix, member) in members {
            out.extend_from_slice(prefix);
            self.write_member(out, member, row);
        }
        out.push(b'}');
    }

    fn write_member(&self, out: &mut Vec<u8>, member: &Member<'_>, row: usize) {
        match member {
            Member::Column(column) => column.write(out, row),
            Member::Object(_, Some(present)) if present.is_null(row) || !present.value(row) => {
                out.extend_from_slice(b"null");
            }
            Member::Object(members, _) => self.write_members(out, members, row),
            Member::Children(encoder, rows) => {
                write_children(out, encoder.as_deref(), rows, self.first_row + row);
            }
        }
    }
}

impl<'a> RowSource<'_, 'a> {
    fn members(&self, fields: &[OutputField]) -> Result<Vec<(Vec<u8>, Member<'a>)>> {
        let mut members = Vec::with_capacity(fields.len());
        for field in fields {
            members.push((
                member_prefix(members.len(), &field.key),
                self.member(&field.value)?,
            ));
        }
        Ok(members)
    }

    fn member(&self, value: &OutputValue) -> Result<Member<'a>> {
        let style = self.style;
        Ok(match value {
            OutputValue::Column(index) => Member::Column(Column::new(self.column(*index)?, style)?),
            OutputValue::RawJson(index) => Member::Column(Column::raw_json(self.column(*index)?, style)?),
            OutputValue::Struct {
                column,
                members,
                null,
            } => Member::Column(Column::structure(self.column(*column)?, members, *null, style)?),
            OutputValue::Object { fields, present } => {
                let present = match present {
                    Some(index) => self.column(*index)?.as_boolean_opt(),
                    None => None,
                };
                Member::Object(self.members(fields)?, present)
            }
            OutputValue::Typename(name) => Member::Column(Column::constant(name.as_str())),
            OutputValue::Child(index) => self.children(*index)?,
        })
    }

    fn column(&self, index: usize) -> Result<&'a dyn Array> {
        self.batch
            .columns()
            .get(index)
            .map(AsRef::as_ref)
            .ok_or_else(|| Error::internal("a result column is missing"))
    }

    fn children(&self, index: usize) -> Result<Member<'a>> {
        let (Some(child), Some(rows)) = (self.step.children.get(index), self.children.get(index)) else {
            return Err(Error::internal("a child step is missing"));
        };
        let encoder = match rows.level.batches.first() {
            Some(batch) => Some(Box::new(RowEncoder::new(
                &child.step,
                batch,
                &rows.level.children,
                self.style,
                0,
            )?)),
            None => None,
        };
        Ok(Member::Children(encoder, rows))
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
