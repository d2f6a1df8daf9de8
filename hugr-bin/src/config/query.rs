//! How queries run, and the services around them.

use std::time::Duration;

use super::value;
use hugr_auth::Secret;

/// Execution of queries.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Queries")]
pub struct QueryConfig {
    /// Log the user, role and SQL of each query
    #[arg(long, env = "DEBUG", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub debug: bool,

    /// Serve profiles below `/debug`
    #[arg(long, env = "HTTP_PROFILING", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub http_profiling: bool,

    /// Take jq programs from clients; they run in processes of their own
    #[arg(long, env = "JQ_ENABLED", value_name = "BOOL", value_parser = value::switch, default_value = "true",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub jq_enabled: bool,

    /// Take directives in SDL that are unknown, misplaced or called wrongly for warnings instead of errors
    #[arg(long, env = "SCHEMA_LENIENT", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub schema_lenient: bool,

    /// Tell the statements of a request to clients that ask for them (`"extensions": {"explain": true}`) and are not refused
    /// the endpoint `/explain`
    #[arg(long, env = "EXPLAIN_ENABLED", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub explain_enabled: bool,

    /// Run the root fields of a query side by side
    #[arg(long, env = "ALLOW_PARALLEL", value_name = "BOOL", value_parser = value::switch, default_value = "true",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub allow_parallel: bool,

    /// Root fields of one query that may run at the same time; 0 is no limit
    #[arg(long, env = "MAX_PARALLEL_QUERIES", value_name = "N", value_parser = value::number, default_value = "0")]
    pub max_parallel_queries: u32,

    /// How deep types may nest in schema queries; 0 is the default of 7
    #[arg(long, env = "MAX_DEPTH", value_name = "N", value_parser = value::number, default_value = "0")]
    pub max_depth: u32,

    /// Definitions that the schema cache keeps; 0 is the default of 10000
    #[arg(long, env = "SCHEMA_CACHE_MAX_ENTRIES", value_name = "N", value_parser = value::number, default_value = "0")]
    pub schema_cache_max_entries: u32,

    /// How long the schema cache keeps a definition; 0 is the default of 10m
    #[arg(long, env = "SCHEMA_CACHE_TTL", value_name = "DURATION", value_parser = value::duration, default_value = "0s")]
    pub schema_cache_ttl: Duration,
}

/// Services for tools and models.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Tools and models")]
pub struct ToolConfig {
    /// Serve the Model Context Protocol on `/mcp`
    #[arg(long, env = "MCP_ENABLED", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub mcp_enabled: bool,

    /// How long results of visualisation queries are kept
    #[arg(long, env = "MCP_QUERY_TTL", value_name = "DURATION", value_parser = value::duration, default_value = "0s")]
    pub mcp_query_ttl: Duration,

    /// Client id for tools that log in; the OIDC client's when not set
    #[arg(long, env = "MCP_OAUTH_CLIENT_ID", value_name = "ID")]
    pub mcp_oauth_client_id: Option<String>,

    /// Client secret for tools that log in; the OIDC client's when not set
    #[arg(long, env = "MCP_OAUTH_CLIENT_SECRET", value_name = "SECRET", value_parser = value::secret)]
    pub mcp_oauth_client_secret: Option<Secret>,

    /// Service that turns text into vectors: URL with `model`, `api_key`, `api_key_header`, `timeout`
    #[arg(long, env = "EMBEDDER_URL", value_name = "URL", value_parser = value::secret)]
    pub embedder_url: Option<Secret>,

    /// Length of the vectors of that service
    #[arg(long, env = "EMBEDDER_VECTOR_SIZE", value_name = "N", value_parser = value::number, default_value = "0")]
    pub embedder_vector_size: u32,

    /// Time between two heartbeats of a hugr application
    #[arg(long, env = "HUGR_APP_HEARTBEAT_INTERVAL", value_name = "DURATION", value_parser = value::duration, default_value = "30s")]
    pub hugr_app_heartbeat_interval: Duration,

    /// Time in which a hugr application must answer a heartbeat
    #[arg(long, env = "HUGR_APP_HEARTBEAT_TIMEOUT", value_name = "DURATION", value_parser = value::duration, default_value = "10s")]
    pub hugr_app_heartbeat_timeout: Duration,

    /// Heartbeats that a hugr application may miss
    #[arg(long, env = "HUGR_APP_HEARTBEAT_RETRIES", value_name = "N", value_parser = value::number, default_value = "3")]
    pub hugr_app_heartbeat_retries: u32,
}
