//! Conversions between the protocol's messages and the engine's types. Nothing else builds or reads those fields.
//!
//! Reading order: [`error`], [`record`], [`access`], [`storage`] and [`change`] (the core store), [`node`] (members and outcomes).

mod access;
pub(crate) mod change;
pub(crate) mod error;
pub(crate) mod node;
pub(crate) mod record;
mod storage;

use hugr_core::{Error, ErrorCode};

/// Returns the error for a message that lacks `field`, as a newer or broken peer may send it.
pub(crate) fn incomplete(field: &str) -> Error {
    let message = format!(
        "cluster message without a known `{field}`; do all nodes run the same version of the software?"
    );
    Error::new(ErrorCode::BadRequest, message)
}
