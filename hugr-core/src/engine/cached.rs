//! Answers that are kept: what is read from the cache is written to the client as it is.

use std::fmt::Write as _;

use bytes::Bytes;
use hugr_cache::{CacheExt as _, CacheKey, Origin, Retention};
use sha2::{Digest, Sha256};

use super::execute::Execution;
use crate::error::Result;
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
    let retention = retention.with_tag(format!("source:{}", step.source).as_str());
    step.children
        .iter()
        .fold(retention, |retention, child| with_sources(retention, &child.step))
}
