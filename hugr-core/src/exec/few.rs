//! Pages of few rows.
//!
//! To keep the first five rows of each parent, a database numbers them in a window. Where parents have few rows, that costs
//! more than to read all of them in order and to leave out what is on no page.

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;

use super::key::{Keys, NO_GROUP};
use super::read::query;
use crate::db::{Rows, Session};
use crate::error::{Error, Result};
use crate::plan::{Child, ParentPage};
use crate::sql::ast::Select;
use crate::sql::{RuntimeRows, Value};

/// How many times the rows of all pages may be read.
const MOST_PER_ROW: u64 = 8;
/// Fewest rows that are not many.
const FEW: u64 = 1_000;
/// More rows than these are never few.
const MANY: u64 = 20_000;

/// Returns the rows of `child` that are on the pages of the parents with `keys`, when all rows of these parents are few;
/// `None` when they are many, or the child has no pages.
///
/// # Errors
/// Those of the database; see [`Session::query`].
pub(super) fn few_rows(
    session: &mut Session,
    child: &Child,
    keys: &[Vec<Value>],
    runtime: &RuntimeRows,
) -> Result<Option<Rows>> {
    let (Some(page), Some(select)) = (&child.page, few_rows_statement(child, keys)) else {
        return Ok(None);
    };
    let most = most_rows(keys.len() as u64, page);
    let mut rows = query(session, &child.step, &select, runtime)?;
    if rows.row_count() as u64 > most {
        return Ok(None);
    }
    cut(&mut rows, child, page)?;
    Ok(Some(rows))
}

/// Returns the statement that finds out whether the rows of the parents with `keys` are few; `None` when `child` has no pages.
pub(crate) fn few_rows_statement(child: &Child, keys: &[Vec<Value>]) -> Option<Select> {
    let most = most_rows(keys.len() as u64, child.page.as_ref()?);
    child.before_paging(keys, most)
}

fn most_rows(parents: u64, page: &ParentPage) -> u64 {
    let wanted = page.offset.saturating_add(page.limit.unwrap_or(0)).max(1);
    parents
        .saturating_mul(wanted)
        .saturating_mul(MOST_PER_ROW)
        .clamp(FEW, MANY)
}

/// Leaves out the rows that are on no page: each parent's are counted in their order.
fn cut(rows: &mut Rows, child: &Child, page: &ParentPage) -> Result<()> {
    let keys = Keys::read(&rows.batches, child.keys.iter().map(|key| key.child))?;
    let groups = keys.group();
    let mut seen = vec![0_u64; groups.len()];
    let end = page
        .limit
        .map_or(u64::MAX, |limit| page.offset.saturating_add(limit));
    let mut is_kept = Vec::with_capacity(groups.of_row.len());
    for group in &groups.of_row {
        let count = seen.get_mut(*group as usize).filter(|_| *group != NO_GROUP);
        is_kept.push(count.is_some_and(|count| {
            *count += 1;
            *count > page.offset && *count <= end
        }));
    }
    if is_kept.iter().all(|is_kept| *is_kept) {
        return Ok(());
    }
    let mut start = 0;
    let mut batches = Vec::with_capacity(rows.batches.len());
    for batch in &rows.batches {
        let end = start + batch.num_rows();
        let wanted = BooleanArray::from(is_kept.get(start..end).unwrap_or_default().to_vec());
        start = end;
        let batch: RecordBatch = filter_record_batch(batch, &wanted)
            .map_err(|error| Error::internal("the rows of a page cannot be picked").with_source(error))?;
        if batch.num_rows() > 0 {
            batches.push(batch);
        }
    }
    rows.batches = batches;
    Ok(())
}
