//! Limits that keep one client from taking a server away from the others.

use std::num::NonZeroUsize;
use std::time::Duration;

use hugr_core::engine::{AdmissionLimits, EngineConfig};
use hugr_core::gql::DocumentLimits;

use super::value::{self, ByteSize};

/// Limits on requests and answers. In each, 0 is no limit.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitConfig {
    /// Requests that are worked on at once; others wait
    #[arg(long, env = "MAX_RUNNING_REQUESTS", value_name = "N", value_parser = value::number, default_value = "256")]
    pub max_running_requests: u32,

    /// Requests that may wait; later ones are answered with 503 and Retry-After
    #[arg(long, env = "MAX_WAITING_REQUESTS", value_name = "N", value_parser = value::number, default_value = "1024")]
    pub max_waiting_requests: u32,

    /// How long a request may take, with its time in the queue
    #[arg(long, env = "REQUEST_TIMEOUT", value_name = "DURATION", value_parser = value::duration, default_value = "5m")]
    pub request_timeout: Duration,

    /// Size of an answer
    #[arg(long, env = "MAX_RESPONSE_SIZE", value_name = "SIZE", value_parser = value::bytes, default_value = "1GB")]
    pub max_response_size: ByteSize,

    /// Tokens of a document
    #[arg(long, env = "MAX_QUERY_TOKENS", value_name = "N", value_parser = value::number, default_value = "500000")]
    pub max_query_tokens: u32,

    /// Nesting of an operation's fields
    #[arg(long, env = "MAX_QUERY_DEPTH", value_name = "N", value_parser = value::number, default_value = "20")]
    pub max_query_depth: u32,

    /// Root fields of an operation
    #[arg(long, env = "MAX_QUERY_ROOT_FIELDS", value_name = "N", value_parser = value::number, default_value = "10000")]
    pub max_query_root_fields: u32,

    /// Aliases of an operation
    #[arg(long, env = "MAX_QUERY_ALIASES", value_name = "N", value_parser = value::number, default_value = "20000")]
    pub max_query_aliases: u32,

    /// Fields of an operation, once its fragments are resolved
    #[arg(long, env = "MAX_QUERY_FIELDS", value_name = "N", value_parser = value::number, default_value = "200000")]
    pub max_query_fields: u32,
}

impl LimitConfig {
    /// Writes the limits into the settings of an engine.
    pub fn apply(&self, engine: &mut EngineConfig) {
        engine.admission = AdmissionLimits {
            max_running: NonZeroUsize::new(unlimited(self.max_running_requests)).unwrap_or(NonZeroUsize::MAX),
            max_waiting: unlimited(self.max_waiting_requests),
        };
        engine.request_timeout = match self.request_timeout {
            Duration::ZERO => Duration::MAX,
            limit => limit,
        };
        engine.max_response_bytes = match self.max_response_size.bytes() {
            0 => usize::MAX,
            bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
        };
        engine.document_limits = DocumentLimits {
            max_tokens: unlimited(self.max_query_tokens),
            max_depth: unlimited(self.max_query_depth),
            max_root_fields: unlimited(self.max_query_root_fields),
            max_aliases: unlimited(self.max_query_aliases),
            max_fields: unlimited(self.max_query_fields),
            ..engine.document_limits
        };
    }
}

/// Returns `limit`, where 0 is none.
fn unlimited(limit: u32) -> usize {
    match limit {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    }
}
