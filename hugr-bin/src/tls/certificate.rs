//! The certificate of a listener, read from files at start and again when they change.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::listen::TlsFiles;

/// Pause between two looks at the files.
const PAUSE: Duration = Duration::from_secs(2);

/// What is spoken after the handshake, the preferred first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{variable}: cannot read {}: {source}", path.display())]
    Read {
        /// The variable that names the file.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{variable}: {} holds no {expected} in PEM form: {source}", path.display())]
    Pem {
        /// The variable that names the file.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What was found.
        #[source]
        source: pem::Error,
    },
    /// The certificate and the key do not fit, or are of a kind that is not supported.
    #[error("TLS_CERT_FILE and TLS_KEY_FILE cannot be used together: {source}")]
    Pair {
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// Connections cannot be set up at all.
    #[error("HTTPS cannot be offered: {source}")]
    Protocol {
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// A certificate in use, and the files that it is read from.
///
/// The text of the files is compared, not their time: mounted secrets are replaced in ways that keep or turn back the time.
#[derive(Debug)]
pub struct Certificate {
    files: TlsFiles,
    texts: PemTexts,
    shown: Arc<Shown>,
    provider: Arc<CryptoProvider>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// When one of them cannot be read, does not hold what it should, or the two do not fit.
    pub async fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let texts = PemTexts::read(&files).await?;
        let key = texts.certified_key(&files, &provider)?;
        Ok(Self {
            files,
            texts,
            shown: Arc::new(Shown(ArcSwap::from_pointee(key))),
            provider,
        })
    }

    /// Returns how connections are encrypted, each with the certificate of its moment.
    ///
    /// # Errors
    /// When no version of TLS can be offered.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|source| TlsError::Protocol { source })?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Arc::new(config))
    }

    /// Takes up changed files for as long as it is waited for. Files that cannot be used are logged, and the certificate
    /// before stays in use.
    pub async fn watch(mut self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            let file = self.files.certificates.display().to_string();
            match self.reload().await {
                Ok(true) => tracing::info!(file, "new certificate is in use"),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(file, %error, "certificate cannot be used; the one before stays in use");
                }
            }
        }
    }

    /// Returns whether the files hold another certificate than before, which is then in use. The same mistake is told once.
    async fn reload(&mut self) -> Result<bool, TlsError> {
        let texts = match PemTexts::read(&self.files).await {
            Ok(texts) => texts,
            Err(_) if self.texts == PemTexts::default() => return Ok(false),
            Err(error) => {
                self.texts = PemTexts::default();
                return Err(error);
            }
        };
        if texts == self.texts {
            return Ok(false);
        }
        self.texts = texts;
        let key = self.texts.certified_key(&self.files, &self.provider)?;
        self.shown.0.store(Arc::new(key));
        Ok(true)
    }
}

/// The texts of both files; empty for files that could not be read.
#[derive(Default, PartialEq, Eq)]
struct PemTexts {
    certificates: Vec<u8>,
    key: Vec<u8>,
}

impl PemTexts {
    async fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let read = async |variable, path: &PathBuf| {
            let text = tokio::fs::read(path).await;
            text.map_err(|source| TlsError::Read {
                variable,
                path: path.clone(),
                source,
            })
        };
        Ok(Self {
            certificates: read("TLS_CERT_FILE", &files.certificates).await?,
            key: read("TLS_KEY_FILE", &files.key).await?,
        })
    }

    fn certified_key(&self, files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let no_certificate = |source| TlsError::Pem {
            variable: "TLS_CERT_FILE",
            path: files.certificates.clone(),
            expected: "certificate",
            source,
        };
        let chain = CertificateDer::pem_slice_iter(&self.certificates)
            .collect::<Result<Vec<_>, _>>()
            .map_err(no_certificate)?;
        if chain.is_empty() {
            return Err(no_certificate(pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|source| TlsError::Pem {
            variable: "TLS_KEY_FILE",
            path: files.key.clone(),
            expected: "private key",
            source,
        })?;
        CertifiedKey::from_der(chain, key, provider).map_err(|source| TlsError::Pair { source })
    }
}

impl fmt::Debug for PemTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PemTexts")
    }
}

/// The certificate that the next connection is shown.
#[derive(Debug)]
struct Shown(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}
