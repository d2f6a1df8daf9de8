//! Who vouches for the other nodes of a cluster.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

use super::TlsError;

const VARIABLE: &str = "CLUSTER_CA_FILE";

/// Returns the certificates of authorities that `file` holds, in PEM form; nothing without a file.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub async fn read(file: Option<&Path>) -> Result<Option<Vec<u8>>, TlsError> {
    let Some(path) = file else {
        return Ok(None);
    };
    let text = tokio::fs::read(path).await.map_err(|source| TlsError::Read {
        variable: VARIABLE,
        path: path.to_owned(),
        source,
    })?;
    let first = CertificateDer::pem_slice_iter(&text)
        .next()
        .unwrap_or(Err(pem::Error::NoItemsFound));
    match first {
        Ok(_) => Ok(Some(text)),
        Err(source) => Err(TlsError::Pem {
            variable: VARIABLE,
            path: path.to_owned(),
            expected: "certificate",
            source,
        }),
    }
}
