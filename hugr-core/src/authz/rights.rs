//! The rights of a role.

use serde_json::{Map, Value};

use crate::name::TypeName;

/// What a role may do.
///
/// Permissions of roles are not read yet: every role has full rights, so this type has one value.
#[derive(Clone, Debug)]
pub struct Rights {
    _private: (),
}

impl Rights {
    /// Returns rights to everything.
    #[must_use]
    pub fn full() -> Self {
        Self { _private: () }
    }

    /// Returns the filter that rows of `object` must pass to be seen, in the form of its filter input; `None` when every
    /// row may be seen.
    #[must_use]
    pub fn row_filter(&self, _object: &TypeName) -> Option<&Map<String, Value>> {
        None
    }
}
