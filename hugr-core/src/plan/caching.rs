//! `@cache`, `@no_cache` and `@invalidate_cache` on a root field, and `@cache` on what it reads.

use std::time::Duration;

use serde_json::Value as Json;

use super::literal::seconds_of;
use crate::catalog::model::CachingRule;
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;

/// How the answer of a root field is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caching {
    /// How long; `None` for the cache's own time.
    pub ttl: Option<Duration>,
    /// A name that is part of the key. It does not replace what else the answer depends on: two identities with other rights
    /// never share an answer.
    pub key: Option<String>,
    /// Dropping any of these drops the answer.
    pub tags: Vec<String>,
    /// Whether an answer that is kept must be computed anew.
    pub is_refresh: bool,
}

/// Returns how the answer of `selected` is kept; `None` when it is not. What the request says goes before the `rule` of what
/// is read; the tags of both count.
pub(super) fn caching(selected: &Selected, rule: Option<&CachingRule>) -> Result<Option<Caching>> {
    let mut directives = selected.directives.iter();
    let directive = directives.find(|directive| directive.name == "cache");
    if selected.has_directive("no_cache") || (directive.is_none() && rule.is_none()) {
        return Ok(None);
    }
    let rule = rule.cloned().unwrap_or_default();
    let given = |name: &str| {
        let value = directive?.arguments.get(name);
        value.filter(|value| !value.is_null())
    };
    let ttl = match (given("ttl"), rule.ttl) {
        (Some(ttl), _) => Some(duration(ttl)?),
        (None, Some(ttl)) => Some(duration(&Json::String(ttl))?),
        (None, None) => None,
    };
    Ok(Some(Caching {
        ttl,
        key: given("key")
            .and_then(Json::as_str)
            .map(str::to_owned)
            .or(rule.key),
        tags: with_tags(rule.tags, given("tags")),
        is_refresh: selected.has_directive("invalidate_cache"),
    }))
}

/// Adds the tags that the request names to those of what is read, which drop the answer in any case.
fn with_tags(mut tags: Vec<String>, given: Option<&Json>) -> Vec<String> {
    match given {
        Some(Json::Array(more)) => tags.extend(more.iter().filter_map(Json::as_str).map(str::to_owned)),
        Some(Json::String(tag)) => tags.push(tag.clone()),
        _ => {}
    }
    tags
}

fn duration(value: &Json) -> Result<Duration> {
    let seconds = seconds_of(value).filter(|seconds| *seconds > 0.0);
    let ttl = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    ttl.ok_or_else(|| {
        Error::new(
            ErrorCode::GraphqlValidation,
            format!(
                "{value} is not a valid {} for `@cache(ttl:)`: expected a positive duration",
                Scalar::Interval.as_str()
            ),
        )
    })
}
