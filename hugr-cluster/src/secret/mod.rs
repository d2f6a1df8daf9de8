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

use hugr_auth::seal::derived_bytes;
use hugr_auth::{SealingKey, Secret};
use hugr_core::{Error, ErrorCode, Result};

const CALL_PURPOSE: &[u8] = b"hugr/cluster/v1/call";
const SEAL_PURPOSE: &[u8] = b"hugr/cluster/v1/seal";

/// The keys derived from the cluster secret.
#[derive(Clone)]
pub(crate) struct ClusterKeys {
    call: [u8; 32],
    seal: SealingKey,
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
        Ok(Self {
            call: derived_bytes(secret, CALL_PURPOSE),
            seal: SealingKey::derive(secret, SEAL_PURPOSE),
        })
    }
}

impl fmt::Debug for ClusterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterKeys(***)")
    }
}
