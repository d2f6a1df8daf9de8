//! Foreign keys, and the navigation fields that they and `@join` give.

use super::field::Field;
use super::function::CallField;
use crate::name::{FieldName, SourceName, TypeName};
use crate::sql::fragment::Fragment;

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Name, unique within the declaring object.
    pub name: String,
    /// The declaring object.
    pub from: TypeName,
    /// The referenced object.
    pub to: TypeName,
    /// Pairs of (field of `from`, field of `to`) that are equal.
    pub keys: Vec<(FieldName, FieldName)>,
    /// Name of the field on `from` that leads to `to`.
    pub forward_field: FieldName,
    /// Name of the field on `to` that lists `from`.
    pub back_field: FieldName,
    /// Description of the forward field.
    pub description: Option<String>,
    /// Description of the back field.
    pub back_description: Option<String>,
}

/// A navigation field: how to get from a row to rows of another object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Name of the field.
    pub name: FieldName,
    /// The object it leads to.
    pub target: TypeName,
    /// One object or a list.
    pub cardinality: Cardinality,
    /// How rows are matched.
    pub path: LinkPath,
    /// What people read about it.
    pub description: Option<String>,
    /// Why it should not be used any more.
    pub deprecated: Option<String>,
}

/// Whether a link leads to one row or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// At most one; `null` when there is none.
    One,
    /// A list; `null`, not `[]`, when there is none.
    Many,
}

/// How the rows of a link are matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkPath {
    /// Pairs of (field of this object, field of the target) that are equal.
    Keys(Vec<(FieldName, FieldName)>),
    /// Through the rows of a junction.
    Junction {
        /// The junction object.
        junction: TypeName,
        /// Pairs of (field of this object, field of the junction).
        near: Vec<(FieldName, FieldName)>,
        /// Pairs of (field of the junction, field of the target).
        far: Vec<(FieldName, FieldName)>,
    },
    /// By what an author wrote (`@join`).
    Join {
        /// Pairs of (field of this object, field of the target) that are equal.
        keys: Vec<(FieldName, FieldName)>,
        /// A further condition over `[source.x]` and `[dest.x]`.
        condition: Option<Fragment>,
    },
}

impl LinkPath {
    /// Returns whether it comes from a relation, which filters and inserts follow, too.
    #[must_use]
    pub fn is_relation(&self) -> bool {
        match self {
            Self::Keys(_) | Self::Junction { .. } => true,
            Self::Join { .. } => false,
        }
    }
}

/// What an extension source adds to a type of another source.
#[derive(Clone, Debug)]
pub struct TypeExtension {
    /// Served name of the type.
    pub target: TypeName,
    /// Sources without which nothing of it is served.
    pub dependencies: Vec<SourceName>,
    /// Columns that the type's table has and its own source does not declare.
    pub fields: Vec<Field>,
    /// `@join` fields.
    pub links: Vec<Link>,
    /// Fields that call functions.
    pub calls: Vec<CallField>,
    /// Foreign keys of the type.
    pub relations: Vec<Relation>,
}
