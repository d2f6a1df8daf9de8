//! What browsers of other origins may do: variables `CORS_*`.

use hugr_core::http::CorsOptions;

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

impl CorsConfig {
    /// Returns what pages of other origins may do; `None` when they may do nothing.
    #[must_use]
    pub fn options(&self) -> Option<CorsOptions> {
        let origins = self.cors_allowed_origins.as_ref()?.items();
        Some(CorsOptions::new(
            origins,
            self.cors_allowed_headers.items(),
            self.cors_allowed_methods.items(),
        ))
    }
}
