//! Requests without credentials.

use std::sync::Arc;

use async_trait::async_trait;

use crate::authenticator::Authenticator;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::{Identity, RoleName};

/// Accepts every request, with one role. The chain asks it last, and only when no credential was rejected.
#[derive(Clone, Debug)]
pub struct Anonymous {
    role: RoleName,
}

impl Anonymous {
    /// Returns an authenticator that lets everyone act as `role`.
    #[must_use]
    pub fn role(role: impl Into<Arc<str>>) -> Self {
        Self {
            role: RoleName::new(role),
        }
    }
}

#[async_trait]
impl Authenticator for Anonymous {
    fn name(&self) -> &'static str {
        "anonymous"
    }

    fn accepts_no_credential(&self) -> bool {
        true
    }

    async fn authenticate(&self, _: &Credentials<'_>) -> Result<Option<Identity>, AuthError> {
        Ok(Some(Identity::anonymous(self.role.clone())))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::testsuite::{AuthenticatorCases, check_authenticator};

    #[tokio::test]
    async fn keeps_the_contract() {
        let cases = AuthenticatorCases::default().accepts(HeaderMap::new(), RoleName::new("public"));
        check_authenticator(&Anonymous::role("public"), &cases).await;
    }
}
