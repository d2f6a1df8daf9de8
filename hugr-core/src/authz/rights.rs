//! The rights of a role.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorCode, Result};

use crate::name::TypeName;

/// What a role may do.
///
/// Permissions of roles are not read yet: every role sees all data.
#[derive(Clone, Debug)]
pub struct Rights {
    allows_programs: bool,
}

impl Rights {
    /// Returns rights to everything.
    #[must_use]
    pub fn full() -> Self {
        Self {
            allows_programs: true,
        }
    }

    /// Takes away the right to send programs, which are more than queries: jq.
    #[must_use]
    pub fn without_programs(mut self) -> Self {
        self.allows_programs = false;
        self
    }

    /// Checks that programs may be sent.
    ///
    /// # Errors
    /// `UNSUPPORTED`, naming the setting.
    pub fn require_programs(&self) -> Result<()> {
        if self.allows_programs {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::Unsupported,
            "jq is switched off on this server (setting JQ_ENABLED)",
        ))
    }

    /// Returns the filter that rows of `object` must pass to be seen, in the form of its filter input; `None` when every
    /// row may be seen.
    #[must_use]
    pub fn row_filter(&self, _object: &TypeName) -> Option<&Map<String, Value>> {
        None
    }
}
