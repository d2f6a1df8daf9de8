//! Mutations on the tables of module `core`: each field is one commit of the core store.

use bytes::Bytes;
use serde_json::{Map, Value as Json, json};

use super::{access_rows, change};
use crate::catalog::model::{DataObject, Origin};
use crate::engine::execute::Execution;
use crate::error::{Error, ErrorCode, Result};
use crate::exec::project;
use crate::gql::Selected;
use crate::plan::{Read, Write, WriteKind, plan_row};
use crate::store::Change;

type Row = Map<String, Json>;

/// Carries out a mutation and returns the selected part of its result.
pub(in crate::engine) async fn write(execution: &Execution<'_>, write: Write) -> Result<Bytes> {
    let Origin::Runtime(table) = &write.object.origin else {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("mutations of `{}` are not supported yet", write.object.name),
        ));
    };
    if write.kind == WriteKind::Insert {
        let data = object_argument(&write, "data");
        commit(execution, &change::insert(table, &data)?).await?;
        if write.object.is_junction {
            return Ok(projected(&result(1, None), &write.selection));
        }
        let read = row_by_key(execution, &write.object, &data, write.selection)?;
        let answer = execution.read(read).await?;
        return match data
            .get("key")
            .and_then(Json::as_str)
            .filter(|_| table == "api_keys")
        {
            Some(key) => revealed(&answer, key),
            None => Ok(answer),
        };
    }

    let keys = affected_keys(execution, &write).await?;
    let data = object_argument(&write, "data");
    let changes: Result<Vec<_>> = match write.kind {
        WriteKind::Update => keys.iter().map(|key| change::update(table, key, &data)).collect(),
        WriteKind::Delete => keys.iter().map(|key| change::delete(table, key)).collect(),
        WriteKind::Insert => Err(Error::internal("an insert has no affected rows")),
    };
    let changes = changes?;
    // What is deleted is shown as it was, what is updated as it became.
    let before = if write.kind == WriteKind::Delete {
        first_row(execution, &write, &keys).await?
    } else {
        None
    };
    if !changes.is_empty() {
        commit(execution, &changes).await?;
    }
    let shown = if write.kind == WriteKind::Update {
        first_row(execution, &write, &keys).await?
    } else {
        before
    };
    Ok(projected(&result(keys.len(), shown), &write.selection))
}

/// Commits `changes`; who may do what is known here at once, and on other nodes as soon as they hear of it.
async fn commit(execution: &Execution<'_>, changes: &[Change]) -> Result<()> {
    let engine = execution.engine;
    let revision = engine.store.commit(None, changes).await?;
    if let Err(error) = engine.operations().committed(revision).await {
        tracing::warn!(%revision, %error, "committed, and not yet applied on this node");
    }
    Ok(())
}

/// Shows an API key to who inserts it, this once.
fn revealed(answer: &[u8], key: &str) -> Result<Bytes> {
    let mut answer: Json = parsed(answer)?;
    access_rows::reveal(&mut answer, key);
    Ok(answer.to_string().into())
}

/// Returns the keys of the rows that the filter matches.
///
/// A mutation without a filter, or with one of which nothing is left, is refused: it would change everything.
async fn affected_keys(execution: &Execution<'_>, write: &Write) -> Result<Vec<Row>> {
    let Some(read) = &write.affected else {
        return Ok(Vec::new());
    };
    if read.step.select.filters.is_empty() {
        return Err(Error::new(
            ErrorCode::BadRequest,
            format!(
                "the filter matches every row of `{}`; say which rows are meant",
                write.object.name
            ),
        ));
    }
    let rows: Vec<Row> = parsed(&execution.read(read.clone()).await?)?;
    Ok(rows)
}

/// Returns the selected columns of the first affected row.
async fn first_row(execution: &Execution<'_>, write: &Write, keys: &[Row]) -> Result<Option<Row>> {
    let columns: Vec<Selected> = write
        .selection
        .iter()
        .filter(|selected| write.object.fields.contains_key(&selected.name))
        .cloned()
        .collect();
    let Some(key) = keys.first().filter(|_| !columns.is_empty()) else {
        return Ok(None);
    };
    // Read under their own names: the result is projected once more, by the names that were asked for.
    let columns = columns
        .into_iter()
        .map(|selected| Selected {
            key: selected.name.to_string(),
            ..selected
        })
        .collect();
    let read = row_by_key(execution, &write.object, key, columns)?;
    parsed(&execution.read(read).await?)
}

fn row_by_key(
    execution: &Execution<'_>,
    object: &DataObject,
    key: &Row,
    selection: Vec<Selected>,
) -> Result<Read> {
    plan_row(
        &execution.served.catalog,
        &execution.served.places,
        execution.authorized,
        object,
        (key, selection),
    )
}

fn result(affected: usize, row: Option<Row>) -> Json {
    let mut result = row.unwrap_or_default();
    result.insert("success".to_owned(), true.into());
    result.insert("affected_rows".to_owned(), affected.into());
    result.insert("last_id".to_owned(), Json::Null);
    result.insert("message".to_owned(), json!("success"));
    Json::Object(result)
}

fn projected(value: &Json, selection: &[Selected]) -> Bytes {
    let mut out = Vec::new();
    project(&mut out, value, selection);
    out.into()
}

fn object_argument(write: &Write, name: &str) -> Row {
    write
        .arguments
        .get(name)
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default()
}

fn parsed<T: serde::de::DeserializeOwned>(text: &[u8]) -> Result<T> {
    serde_json::from_slice(text).map_err(|error| Error::internal("an answer is not JSON").with_source(error))
}
