//! Answers that are kept: what is read from the cache is written to the client as it is.

use std::fmt::Write as _;

use bytes::Bytes;
use hugr_cache::{CacheExt as _, CacheKey, CacheTag, Origin, Retention};
use sha2::{Digest, Sha256};

use super::EngineState;
use super::execute::Execution;
use super::operations::OperationOutcome;
use crate::error::{Error, Result};
use crate::name::SourceName;
use crate::plan::{Caching, Read, Step};
use crate::sql::{RuntimeRows, Value, render};

/// Answers a read from the cache, or computes and keeps the answer.
pub(super) async fn cached(execution: &Execution<'_>, read: Read, caching: &Caching) -> Result<Bytes> {
    let key = key(execution, &read, caching);
    let retention = retention(execution, &read, caching);
    let cache = &execution.engine.cache;
    let compute = || execution.compute(read);
    let answer = if caching.is_refresh {
        cache.refresh(&key, &retention, compute).await?
    } else {
        cache.get_or_compute(&key, &retention, compute).await?
    };
    let origin = match answer.origin {
        Origin::Cache => "hit",
        Origin::Shared => "shared",
        Origin::Computed => "miss",
    };
    metrics::counter!("hugr_cache_answers_total", "origin" => origin).increment(1);
    Ok(answer.bytes)
}

/// Drops kept answers that have any of `tags`, or all of them when there are none, on all nodes.
pub(super) async fn drop_everywhere(engine: &EngineState, tags: &[String]) -> OperationOutcome {
    let here = match cache_tags(tags).as_slice() {
        [] => engine.cache.clear().await,
        tags => engine.cache.invalidate(tags).await,
    };
    let elsewhere = engine.operations().drop_answers(tags).await;
    let failure = match (here, elsewhere) {
        (Err(error), _) => Some(error.to_string()),
        (Ok(()), Err(error)) => Some(error.to_string()),
        (Ok(()), Ok(outcome)) => (!outcome.is_success).then_some(outcome.message),
    };
    OperationOutcome {
        is_success: failure.is_none(),
        message: failure.map_or_else(
            || "Cache was invalidated".to_owned(),
            |failure| format!("invalidate: {failure}"),
        ),
    }
}

/// Drops kept answers that another node has dropped, where this process alone holds them.
pub(super) async fn drop_near(engine: &EngineState, tags: &[String]) -> Result<()> {
    let dropped = engine.cache.invalidate_near(&cache_tags(tags)).await;
    dropped.map_err(|error| Error::internal(error.to_string()))
}

fn cache_tags(tags: &[String]) -> Vec<CacheTag> {
    tags.iter().map(|tag| CacheTag::new(tag.as_str())).collect()
}

/// Returns the tag of what was read from a source.
pub(super) fn source_tag(source: &SourceName) -> String {
    format!("source:{source}")
}

/// Everything that the answer depends on, rights included: row filters are part of the statements. Roles share no answer, as
/// in the original.
fn key(execution: &Execution<'_>, read: &Read, caching: &Caching) -> CacheKey {
    let mut text = format!(
        "{:x?}\0{}\0{}\0{:?}\0{}\0",
        execution.served.content,
        execution.authorized.identity().role,
        execution.time_zone(),
        read.shape,
        caching.key.as_deref().unwrap_or_default()
    );
    add_step(&mut text, &read.step);
    CacheKey::new(Sha256::digest(text).to_vec())
}

fn add_step(text: &mut String, step: &Step) {
    let statement = render(&step.select, step.backend.dialect(), &RuntimeRows::new());
    let params: Vec<_> = statement.params.iter().map(Value::to_json).collect();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{}\0{}\0{}\0{:?}\0",
        step.source,
        statement.sql,
        serde_json::Value::Array(params),
        step.output
    );
    for child in &step.children {
        let _ = write!(
            text,
            "{:?}\0{:?}\0{:?}\0",
            child.cardinality, child.keys, child.page
        );
        add_step(text, &child.step);
    }
}

fn retention(execution: &Execution<'_>, read: &Read, caching: &Caching) -> Retention {
    let mut retention = caching.tags.iter().fold(Retention::default(), |retention, tag| {
        retention.with_tag(tag.as_str())
    });
    retention.ttl = caching.ttl.or(execution.engine.config.cache_ttl);
    with_sources(retention, &read.step)
}

/// A source's tag drops what was read from it.
fn with_sources(retention: Retention, step: &Step) -> Retention {
    let retention = retention.with_tag(source_tag(&step.source).as_str());
    step.children
        .iter()
        .fold(retention, |retention, child| with_sources(retention, &child.step))
}
