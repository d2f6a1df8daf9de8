//! `@cache`, `@no_cache` and `@invalidate_cache` on a root field.

use std::time::Duration;

use serde_json::Value as Json;

use super::literal::seconds_of;
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::{AppliedDirective, Selected};

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

/// Returns how the answer of `selected` is kept; `None` when it is not.
pub(super) fn caching(selected: &Selected) -> Result<Option<Caching>> {
    let Some(directive) = selected
        .directives
        .iter()
        .find(|directive| directive.name == "cache")
    else {
        return Ok(None);
    };
    if selected.has_directive("no_cache") {
        return Ok(None);
    }
    Ok(Some(Caching {
        ttl: ttl(directive)?,
        key: directive
            .arguments
            .get("key")
            .and_then(Json::as_str)
            .map(str::to_owned),
        tags: match directive.arguments.get("tags") {
            Some(Json::Array(tags)) => tags.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            Some(Json::String(tag)) => vec![tag.clone()],
            _ => Vec::new(),
        },
        is_refresh: selected.has_directive("invalidate_cache"),
    }))
}

fn ttl(directive: &AppliedDirective) -> Result<Option<Duration>> {
    let Some(value) = directive.arguments.get("ttl").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let seconds = seconds_of(value).filter(|seconds| *seconds > 0.0);
    let ttl = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    ttl.map(Some).ok_or_else(|| {
        Error::new(
            ErrorCode::GraphqlValidation,
            format!(
                "{value} is not a valid {} for `@cache(ttl:)`: expected a positive duration",
                Scalar::Interval.as_str()
            ),
        )
    })
}
