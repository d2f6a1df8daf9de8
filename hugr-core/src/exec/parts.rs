//! Long lists of one source, written while they come: memory holds the text and a few parts of the rows, not all of them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::future::try_join;
use tokio::sync::mpsc;

use super::encode::json::add_rows;
use super::read::Level;
use crate::db::Database;
use crate::error::Result;
use crate::plan::{Read, RootShape};
use crate::source::NativeRead;
use crate::sql::Statement;
use crate::sql::dialect::Backend;

/// Shorter pages are one part anyway.
const MAX_ROWS_IN_ONE: u64 = 5_000;
/// How many parts wait to be written before the source has to.
const PARTS_AHEAD: usize = 2;

/// What came of a list.
pub(super) enum Rows {
    /// All of it, when it is short.
    Few(Level),
    /// Its JSON text.
    Written(Vec<u8>),
}

/// Returns whether the answer of `read` may be a long list that its source gives in one statement.
pub(super) fn may_be_long(read: &Read) -> bool {
    let step = &read.step;
    read.shape == RootShape::List
        && step.backend != Backend::DuckDb
        && step.children.is_empty()
        && step.select.limit.is_none_or(|limit| limit > MAX_ROWS_IN_ONE)
}

/// Runs `statement`, which is that of `read`, and writes its rows on database threads as they come.
///
/// # Errors
/// Those of [`NativeRead::query`] and of encoding; `RESOURCE_EXHAUSTED` for a text of more than `max_bytes`.
pub(super) async fn write_rows(
    session: &dyn NativeRead,
    statement: &Statement,
    read: &Arc<Read>,
    (duckdb, max_bytes): (&Database, usize),
) -> Result<Rows> {
    let (sender, mut parts) = mpsc::channel(PARTS_AHEAD);
    let write = async {
        let Some(first) = parts.recv().await else {
            return Ok(Rows::Few(Level::of_rows(Vec::new())));
        };
        let Some(second) = parts.recv().await else {
            return Ok(Rows::Few(Level::of_rows(vec![first])));
        };
        let mut text = write_part(duckdb, read, first, (Vec::new(), max_bytes)).await?;
        text = write_part(duckdb, read, second, (text, max_bytes)).await?;
        while let Some(part) = parts.recv().await {
            text = write_part(duckdb, read, part, (text, max_bytes)).await?;
        }
        text.push(b']');
        Ok(Rows::Written(text))
    };
    let ((), rows) = try_join(session.query_in_parts(statement, sender), write).await?;
    Ok(rows)
}

/// Adds the rows of `part` to the list in `text`, which is empty before the first.
async fn write_part(
    duckdb: &Database,
    read: &Arc<Read>,
    part: RecordBatch,
    (mut text, max_bytes): (Vec<u8>, usize),
) -> Result<Vec<u8>> {
    let read = Arc::clone(read);
    duckdb
        .run(move |_| {
            add_rows(&mut text, &read.step, &part, max_bytes)?;
            Ok(text)
        })
        .await
}
