//! Who vouches for the nodes at `https://` URLs.

use std::fmt;
use std::sync::Arc;

use tonic::transport::{Certificate, ClientTlsConfig};

/// The authorities that sign the certificates of nodes; those that the system trusts when none are named.
#[derive(Clone, Default)]
pub(crate) struct Authorities {
    pem: Option<Arc<[u8]>>,
}

impl Authorities {
    /// Returns the authorities whose certificates `pem` holds; no others count.
    pub(crate) fn of_pem(pem: impl Into<Vec<u8>>) -> Self {
        Self {
            pem: Some(pem.into().into()),
        }
    }

    /// Returns how to check who answers at an `https://` URL.
    pub(crate) fn tls(&self) -> ClientTlsConfig {
        match &self.pem {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        }
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.pem.is_some() {
            "named"
        } else {
            "of the system"
        })
    }
}
