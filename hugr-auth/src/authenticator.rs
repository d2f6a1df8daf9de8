//! The trait behind which every way to authenticate lives.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::Identity;

/// One way to tell who is asking.
///
/// # Contract
/// - `Ok(None)` means "these credentials are not of my kind": the next authenticator is asked.
/// - `Err` means "of my kind, and not accepted": others that know this kind are still asked, but the request never
///   becomes anonymous.
/// - Secrets are compared in constant time and never appear in errors or logs.
/// - An authenticator keeps no state per request and may be called concurrently.
#[async_trait]
pub trait Authenticator: Send + Sync + Debug {
    /// Returns the name under which the authenticator appears in logs and in [`Identity::provider`]; one that holds several
    /// keys with names of their own gives the key's there.
    fn name(&self) -> &str;

    /// Returns whether it accepts requests that bring no credential. The chain asks such authenticators last, and only
    /// when no other one failed.
    fn accepts_no_credential(&self) -> bool {
        false
    }

    /// Returns the identity that `credentials` prove, or `None` when they are of another kind.
    ///
    /// # Errors
    /// [`AuthError::Rejected`] when the credential is of this kind but not valid,
    /// [`AuthError::Unavailable`] when that could not be found out.
    async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Option<Identity>, AuthError>;
}
