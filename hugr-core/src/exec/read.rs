//! Reads a tree of steps, level by level.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use super::encode::json::{RowStyle, encode_root, encode_values};
use super::few::few_rows;
use super::key::{Groups, Keys, NO_GROUP};
use crate::catalog::model::Cardinality;
use crate::db::{Rows, Session};
use crate::error::{Error, Result};
use crate::plan::{Child, Read, RootShape, Step};
use crate::sql::ast::Select;
use crate::sql::dialect::DuckDbDialect;
use crate::sql::{RuntimeRows, Value, render};

/// The rows of a step, with those of the steps below it.
#[derive(Debug)]
pub struct Level {
    /// Rows in order. A child level has at most one batch.
    pub batches: Vec<RecordBatch>,
    /// The steps below, in the order of the step's children.
    pub children: Vec<ChildRows>,
}

impl Level {
    /// Returns the rows of a step with none below it.
    pub(super) fn of_rows(batches: Vec<RecordBatch>) -> Self {
        Self {
            batches,
            children: Vec::new(),
        }
    }
}

/// The rows of a child step, grouped by parent.
#[derive(Debug)]
pub struct ChildRows {
    /// The rows.
    pub level: Level,
    /// One row per parent, or a list.
    pub cardinality: Cardinality,
    /// Group of each parent row, over all of the parent's batches.
    group_of_parent: Vec<u32>,
    /// Rows of each group: `rows[starts[group]..starts[group + 1]]`.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl ChildRows {
    /// Returns the rows of a child step whose parents have none.
    pub(super) fn none(child: &Child) -> Self {
        Self {
            level: Level {
                batches: Vec::new(),
                children: child.step.children.iter().map(Self::none).collect(),
            },
            cardinality: child.cardinality,
            group_of_parent: Vec::new(),
            starts: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Returns the rows that belong to the parent's row `parent`, in order.
    #[must_use]
    pub fn rows_of(&self, parent: usize) -> &[u32] {
        let Some(group) = self
            .group_of_parent
            .get(parent)
            .copied()
            .filter(|group| *group != NO_GROUP)
        else {
            return &[];
        };
        let group = group as usize;
        match (self.starts.get(group), self.starts.get(group + 1)) {
            (Some(start), Some(end)) => self.rows.get(*start as usize..*end as usize).unwrap_or(&[]),
            _ => &[],
        }
    }
}

/// Runs `read` and returns its JSON text, of at most `max_bytes`.
///
/// # Errors
/// Those of the database; see [`Session::query`]. `RESOURCE_EXHAUSTED` for a text that is too long.
pub fn run_read(
    session: &mut Session,
    read: &Read,
    runtime: &RuntimeRows,
    max_bytes: usize,
) -> Result<Vec<u8>> {
    let level = run_levels(session, read, runtime)?;
    encode(read, &level, max_bytes)
}

/// Returns the JSON text of `read`, whose rows are in `level`, of at most `max_bytes`.
pub(super) fn encode(read: &Read, level: &Level, max_bytes: usize) -> Result<Vec<u8>> {
    let style = match read.shape {
        RootShape::List => RowStyle::List,
        RootShape::Single => RowStyle::Single,
        RootShape::Value | RootShape::Values => {
            return encode_values(&read.step, level, read.shape, max_bytes);
        }
    };
    encode_root(&read.step, level, style, max_bytes)
}

/// Runs `read` and returns its rows; several steps see one state of the data.
///
/// A single step has none of its own: DuckDB's implicit transaction costs less than BEGIN and COMMIT.
///
/// # Errors
/// Those of the database; see [`Session::query`].
pub fn run_levels(session: &mut Session, read: &Read, runtime: &RuntimeRows) -> Result<Level> {
    run_subtree(session, &read.step, &read.step.select, runtime)
}

/// Runs `step` with the statement `select`, and the steps below it.
pub(super) fn run_subtree(
    session: &mut Session,
    step: &Step,
    select: &Select,
    runtime: &RuntimeRows,
) -> Result<Level> {
    if step.children.is_empty() {
        return run_step(session, step, select, runtime);
    }
    session.transaction(|session| run_step(session, step, select, runtime))
}

fn run_step(session: &mut Session, step: &Step, select: &Select, runtime: &RuntimeRows) -> Result<Level> {
    let rows = query(session, step, select, runtime)?;
    with_children(session, step, rows, runtime)
}

/// Runs the statement `select` of `step`.
pub(super) fn query(
    session: &mut Session,
    step: &Step,
    select: &Select,
    runtime: &RuntimeRows,
) -> Result<Rows> {
    let statement = render(select, &DuckDbDialect, runtime);
    tracing::debug!(source = %step.source, sql = %statement.sql, "statement");
    let mut rows = session.query(&statement.sql, &statement.params)?;
    if let Some(limit) = select.limit.filter(|_| select.is_limit_deferred) {
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(rows)
}

/// Runs the steps below `step`, whose rows are `rows`.
fn with_children(session: &mut Session, step: &Step, rows: Rows, runtime: &RuntimeRows) -> Result<Level> {
    let mut children = Vec::with_capacity(step.children.len());
    for child in &step.children {
        children.push(run_child(session, child, &rows, runtime)?);
    }
    Ok(Level {
        batches: rows.batches,
        children,
    })
}

fn run_child(
    session: &mut Session,
    child: &Child,
    parents: &Rows,
    runtime: &RuntimeRows,
) -> Result<ChildRows> {
    let Some(parents) = Parents::of(child, &parents.batches)? else {
        return Ok(ChildRows::none(child));
    };
    let keys = parents.values();
    let level = match few_rows(session, child, &keys, runtime)? {
        Some(rows) => with_children(session, &child.step, rows, runtime)?,
        None => run_step(session, &child.step, &child.restricted_to(&keys), runtime)?,
    };
    parents.matched(child, level)
}

/// The parents of a child step, by the keys that the child is read with.
pub(super) struct Parents {
    keys: Keys,
    groups: Groups,
}

impl Parents {
    /// Reads the keys from the rows of the step above; `None` when there is none.
    pub(super) fn of(child: &Child, batches: &[RecordBatch]) -> Result<Option<Self>> {
        let keys = Keys::read(batches, child.keys.iter().map(|key| key.parent))?;
        let groups = keys.group();
        Ok((groups.len() > 0).then_some(Self { keys, groups }))
    }

    /// Returns their keys.
    pub(super) fn values(&self) -> Vec<Vec<Value>> {
        self.keys.values(&self.groups)
    }

    /// Gives the rows of the child step to their parents.
    pub(super) fn matched(self, child: &Child, mut level: Level) -> Result<ChildRows> {
        let keys = Keys::read(&level.batches, child.keys.iter().map(|key| key.child))?;
        let group_of_child = keys.find(&self.groups, &self.keys);
        let (starts, rows) = gather(&self.groups, &group_of_child);
        if level.batches.len() > 1 {
            let schema = level.batches.first().map(RecordBatch::schema);
            if let Some(schema) = schema {
                let batch = concat_batches(&schema, &level.batches).map_err(|error| {
                    Error::internal("the rows of a step do not fit together").with_source(error)
                })?;
                level.batches = vec![batch];
            }
        }
        Ok(ChildRows {
            level,
            cardinality: child.cardinality,
            group_of_parent: self.groups.of_row,
            starts,
            rows,
        })
    }
}

/// Sorts rows by group, keeping their order within each.
fn gather(groups: &Groups, group_of_row: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; groups.len() + 1];
    for group in group_of_row.iter().filter(|group| **group != NO_GROUP) {
        if let Some(count) = starts.get_mut(*group as usize + 1) {
            *count += 1;
        }
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let total = starts.last().copied().unwrap_or(0);
    let mut next = starts.clone();
    let mut rows = vec![0_u32; total as usize];
    for (row, group) in (0_u32..).zip(group_of_row) {
        if let Some(position) = next.get_mut(*group as usize).filter(|_| *group != NO_GROUP) {
            if let Some(slot) = rows.get_mut(*position as usize) {
                *slot = row;
            }
            *position += 1;
        }
    }
    (starts, rows)
}
