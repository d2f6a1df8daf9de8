//! The proof that an operation was authorised.

use std::sync::Arc;

use hugr_auth::Identity;

use super::check::Check;
use super::permission::DataOperation;
use super::rights::Rights;
use super::row_filter::RowFilter;
use crate::catalog::Catalog;
use crate::catalog::model::DataObject;
use crate::catalog::surface::ServedSchema;
use crate::error::{Error, Result};
use crate::gql::ValidOperation;
use crate::name::TypeName;

/// An operation that its identity may run, with the rights that restrict what it sees.
#[derive(Clone, Debug)]
pub struct AuthorizedOperation {
    operation: ValidOperation,
    rights: Arc<Rights>,
    identity: Identity,
}

impl AuthorizedOperation {
    /// Returns the operation, with presets in place of what the caller sent.
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

    /// Returns which rows of `object` `operation` may touch; `None` for all.
    #[must_use]
    pub fn object_filter(&self, operation: DataOperation, object: &TypeName) -> Option<RowFilter> {
        self.rights
            .object_filter(operation, object.as_str(), &self.identity)
    }

    /// Returns whether a row of `object` that is to be linked and is not there may be added with nothing but its key.
    #[must_use]
    pub fn adds_freely(&self, object: &DataObject) -> bool {
        self.rights.adds_freely(object, &self.identity)
    }

    /// Returns which rows `field` of the type `parent` may lead to, beside what holds for their object; `None` for all.
    #[must_use]
    pub fn field_filter(&self, parent: &str, field: &str) -> Option<RowFilter> {
        self.rights.field_filter(parent, field, &self.identity)
    }

    /// Returns the error for a row filter of `object` that cannot be applied: then no row may be seen.
    #[must_use]
    pub fn unusable_filter(&self, object: &TypeName, cause: Error) -> Error {
        self.rights.unusable_filter(object.as_str(), cause)
    }
}

/// Checks everything that `operation` names against the `rights` of `identity`, and puts presets over its data.
///
/// # Errors
/// `FORBIDDEN`, naming the first thing that the rights do not allow.
pub fn authorize(
    mut operation: ValidOperation,
    rights: Arc<Rights>,
    identity: &Identity,
    served: (&Catalog, &ServedSchema),
) -> Result<AuthorizedOperation> {
    if !rights.is_open() {
        let mut selection = std::mem::take(&mut operation.selection);
        let check = Check {
            catalog: served.0,
            served: served.1,
            rights: &rights,
            identity,
            operation: &operation,
        };
        check.fields(&mut selection, None)?;
        operation.selection = selection;
    }
    Ok(AuthorizedOperation {
        operation,
        rights,
        identity: identity.clone(),
    })
}
