//! Settings of a whole authentication chain, as management distributes them to work nodes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identity::RoleName;

/// Text that must not be shown: it prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the one place that compares or sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Settings of an authentication chain.
///
/// Serialisable, so that it can travel sealed from management to the work nodes; never log the serialised form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthSettings {
    /// Role of requests without credentials; `None` refuses them.
    pub anonymous_role: Option<RoleName>,
    /// Key that grants the role `admin`, or the role named by an override header.
    pub secret_key: Option<Secret>,
}

/// Anonymous access as `admin`, no secret key: the defaults of a standalone server.
impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            anonymous_role: Some(RoleName::new("admin")),
            secret_key: None,
        }
    }
}
