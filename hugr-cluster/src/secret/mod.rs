//! What the cluster secret is good for: it authenticates calls and seals what must not be read on the way.
//!
//! The secret itself never travels and is not kept; two keys are derived from it, one for each use.
//!
//! Reading order: [`sign`] (calls), [`nonces`] (each call once), [`channel`] and [`guard`] (both ends of a call),
//! [`seal`] (content).

pub(crate) mod channel;
pub(crate) mod guard;
pub(crate) mod nonces;
pub(crate) mod seal;
pub(crate) mod sign;

use std::fmt;

use hkdf::Hkdf;
use hugr_auth::Secret;
use hugr_core::{Error, ErrorCode, Result};
use sha2::Sha256;

const KEY_BYTES: usize = 32;
const CALL_PURPOSE: &[u8] = b"hugr/cluster/v1/call";
const SEAL_PURPOSE: &[u8] = b"hugr/cluster/v1/seal";

type Key = [u8; KEY_BYTES];

/// The keys derived from the cluster secret.
#[derive(Clone)]
pub(crate) struct ClusterKeys {
    call: Key,
    seal: Key,
}

impl ClusterKeys {
    /// Derives the keys from `secret`.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is empty.
    pub(crate) fn derive(secret: &Secret) -> Result<Self> {
        if secret.expose().is_empty() {
            let message = "CLUSTER_SECRET is not set; all nodes of a cluster share one";
            return Err(Error::new(ErrorCode::BadRequest, message));
        }
        let derivation = Hkdf::<Sha256>::new(None, secret.expose().as_bytes());
        Ok(Self {
            call: expand(&derivation, CALL_PURPOSE)?,
            seal: expand(&derivation, SEAL_PURPOSE)?,
        })
    }
}

impl fmt::Debug for ClusterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterKeys(***)")
    }
}

fn expand(derivation: &Hkdf<Sha256>, purpose: &[u8]) -> Result<Key> {
    let mut key = Key::default();
    derivation
        .expand(purpose, &mut key)
        .map_err(|error| Error::internal(format!("key derivation: {error}")))?;
    Ok(key)
}
