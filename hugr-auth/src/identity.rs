//! The outcome of authentication.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::claims::Claims;

/// Name of a role, as it stands in the core store's `roles`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(Arc<str>);

impl RoleName {
    /// Returns the role called `name`; any text is a valid name, whether such a role exists is checked later.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who a request acts as. The engine turns it into rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Role whose permissions apply.
    pub role: RoleName,
    /// Identifier of the user; empty when unknown.
    pub user_id: String,
    /// Display name of the user; empty when unknown.
    pub user_name: String,
    /// Kind of credential that was accepted: `anonymous`, `apiKey`, `jwt`, ….
    pub auth_type: &'static str,
    /// Name of the authenticator that accepted it.
    pub provider: Arc<str>,
    /// Who really asks, when the request acts as somebody else.
    pub impersonated_by: Option<Arc<Identity>>,
    /// What the credential says about its bearer beside that.
    pub claims: Claims,
}

impl Identity {
    /// Returns the identity of a caller without credentials, who acts as `role`.
    #[must_use]
    pub fn anonymous(role: RoleName) -> Self {
        Self {
            role,
            user_id: "anonymous".to_owned(),
            user_name: "anonymous".to_owned(),
            auth_type: "anonymous",
            provider: Arc::from("anonymous"),
            impersonated_by: None,
            claims: Claims::default(),
        }
    }
}
