//! Encryption of connections, as `sslmode` says.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::settings::{TlsMode, TlsSettings};
use crate::error::{Error, ErrorCode, Result};

/// Returns what encrypts connections; `None` when they are not.
///
/// # Errors
/// `BAD_REQUEST` when a certificate or key cannot be read.
pub(super) fn connector(settings: &TlsSettings) -> Result<Option<MakeRustlsConnect>> {
    if settings.mode == TlsMode::Disable {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match settings.mode {
        TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => Arc::new(Verifier {
            provider: Arc::clone(&provider),
            chain: None,
        }),
        TlsMode::VerifyCa => Arc::new(Verifier {
            provider: Arc::clone(&provider),
            chain: Some(chain_verifier(settings, &provider)?),
        }),
        TlsMode::VerifyFull => chain_verifier(settings, &provider)?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid("TLS", &error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match &settings.client {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let key =
                PrivateKeyDer::from_pem_file(key).map_err(|error| invalid("sslkey", &error.to_string()))?;
            config
                .with_client_auth_cert(certificates("sslcert", certificate)?, key)
                .map_err(|error| invalid("sslcert", &error.to_string()))?
        }
    };
    Ok(Some(MakeRustlsConnect::new(config)))
}

fn chain_verifier(
    settings: &TlsSettings,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    match &settings.root_certificates {
        Some(path) => {
            roots.add_parsable_certificates(certificates("sslrootcert", path)?);
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| invalid("sslrootcert", &error.to_string()))
}

fn certificates(parameter: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let unreadable = |error: rustls::pki_types::pem::Error| invalid(parameter, &error.to_string());
    CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .collect::<std::result::Result<_, _>>()
        .map_err(unreadable)
}

fn invalid(parameter: &str, reason: &str) -> Error {
    Error::new(
        ErrorCode::BadRequest,
        format!("parameter `{parameter}`: {reason}"),
    )
}

/// Checks less than a browser would, because `sslmode` says so.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// Who checks the chain of certificates; `None` when nobody does.
    chain: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        match chain.verify_server_cert(certificate, intermediates, server, ocsp_response, now) {
            // The name is checked last, so all else is right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
