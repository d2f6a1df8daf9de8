//! What browsers of other origins may do: variables `CORS_*`.

use super::value::Words;

/// Cross-origin requests.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Cross-origin requests")]
pub struct CorsConfig {
    /// Origins that may call, or `*`; none when not set
    #[arg(long, env = "CORS_ALLOWED_ORIGINS", value_name = "LIST")]
    pub cors_allowed_origins: Option<Words>,

    /// Request headers that they may send
    #[arg(
        long,
        env = "CORS_ALLOWED_HEADERS",
        value_name = "LIST",
        default_value = "Content-Type,Authorization,x-api-key,Accept,Content-Length,Accept-Encoding,X-CSRF-Token"
    )]
    pub cors_allowed_headers: Words,

    /// Methods that they may use
    #[arg(
        long,
        env = "CORS_ALLOWED_METHODS",
        value_name = "LIST",
        default_value = "GET,POST,PUT,DELETE,OPTIONS"
    )]
    pub cors_allowed_methods: Words,
}
