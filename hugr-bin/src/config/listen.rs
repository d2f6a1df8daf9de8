//! Where the programs listen, and what the pages offer.

use std::path::PathBuf;

use hugr_core::http::ProxyNetwork;

use super::error::ConfigError;
use super::value::{self, ListenAddress};

/// Listeners, TLS and the admin page.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Listening")]
pub struct ListenConfig {
    /// Second listener, plain HTTP, with `/health` and `/metrics` only; off when not set
    #[arg(long, env = "SERVICE_BIND", value_name = "ADDRESS")]
    pub service_bind: Option<ListenAddress>,

    /// Addresses or networks (10.0.0.0/8) of proxies whose headers `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` are believed; none when not set
    #[arg(long, env = "TRUSTED_PROXIES", value_name = "LIST", value_delimiter = ',')]
    pub trusted_proxies: Vec<ProxyNetwork>,

    /// Certificate chain (PEM); HTTPS when this and the key are set. A changed file is taken up within seconds
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

/// The files that make a listener speak HTTPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain.
    pub certificates: PathBuf,
    /// The key of its first certificate.
    pub key: PathBuf,
}

impl ListenConfig {
    /// Returns the files of HTTPS; none when the listener speaks HTTP.
    ///
    /// # Errors
    /// When one of the two is not set.
    pub fn tls(&self) -> Result<Option<TlsFiles>, ConfigError> {
        let missing = |name: &str, other: &str| {
            ConfigError::variable(name, format!("must be set when {other} is; HTTPS needs both"))
        };
        match (self.tls_cert_file.clone(), self.tls_key_file.clone()) {
            (Some(certificates), Some(key)) => Ok(Some(TlsFiles { certificates, key })),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(missing("TLS_CERT_FILE", "TLS_KEY_FILE")),
            (Some(_), None) => Err(missing("TLS_KEY_FILE", "TLS_CERT_FILE")),
        }
    }
}
