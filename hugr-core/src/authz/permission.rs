//! One rule of a role.

use serde_json::Value as Json;

use crate::name::{FieldName, TypeName};

/// What holds for a role on a field. What it is about need not exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Permission {
    /// A type of the served schema, `*` for all, or a pseudo type: [`DataOperation::pseudo_type`], `_endpoints`.
    pub type_name: TypeName,
    /// A field of the type, `*` for all, or what the pseudo type is about.
    pub field_name: FieldName,
    /// Whether introspection leaves the field out.
    pub hidden: bool,
    /// Whether the field is refused.
    pub disabled: bool,
    /// Filter that rows must pass, in the form of the object's filter input.
    pub filter: Option<Json>,
    /// Values that are put over those of the caller when rows are written.
    pub data: Option<Json>,
}

/// What is done with the rows of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataOperation {
    /// They are read, by whatever path.
    Query,
    /// A row is added.
    Insert,
    /// They are changed.
    Update,
    /// They are removed.
    Delete,
}

impl DataOperation {
    /// Returns the type name under which rules for whole objects stand.
    #[must_use]
    pub fn pseudo_type(self) -> &'static str {
        match self {
            Self::Query => "data-object:query",
            Self::Insert => "data-object:insert",
            Self::Update => "data-object:update",
            Self::Delete => "data-object:delete",
        }
    }
}
