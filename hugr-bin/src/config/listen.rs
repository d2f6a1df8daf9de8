//! Where the programs listen, and what the pages offer.

use hugr_core::http::ProxyNetwork;

use super::value::{self, ListenAddress};
use std::path::PathBuf;

/// Listeners, TLS and the admin page.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Listening")]
pub struct ListenConfig {
    /// Second listener, plain HTTP, with `/health` and `/metrics` only; off when not set
    #[arg(long, env = "SERVICE_BIND", value_name = "ADDRESS")]
    pub service_bind: Option<ListenAddress>,

    /// Addresses or networks (10.0.0.0/8) of proxies whose header `X-Forwarded-For` is believed; none when not set
    #[arg(long, env = "TRUSTED_PROXIES", value_name = "LIST", value_delimiter = ',')]
    pub trusted_proxies: Vec<ProxyNetwork>,

    /// Certificate chain (PEM); HTTPS when this and the key are set
    #[arg(long, env = "TLS_CERT_FILE", value_name = "FILE")]
    pub tls_cert_file: Option<PathBuf>,

    /// Private key (PEM) of the certificate
    #[arg(long, env = "TLS_KEY_FILE", value_name = "FILE")]
    pub tls_key_file: Option<PathBuf>,

    /// Serve the admin page; when off, `/admin` says so
    #[arg(long, env = "ADMIN_UI", value_name = "BOOL", value_parser = value::switch, default_value = "true",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub admin_ui: bool,

    /// URL that the admin page sends its queries to; its own server when not set
    #[arg(long, env = "ADMIN_UI_FETCH_PATH", value_name = "URL")]
    pub admin_ui_fetch_path: Option<String>,
}
