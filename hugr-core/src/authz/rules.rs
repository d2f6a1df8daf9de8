//! Which rule counts for a field: the most exact one, alone.
//!
//! ```text
//! (type, field)  before  (type, *)  before  (*, field)  before  (*, *)
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use super::permission::Permission;
use crate::name::{FieldName, TypeName};

/// Stands for every type or every field.
pub(super) const ANY: &str = "*";
/// Pseudo type of the rules about URL paths.
pub(super) const ENDPOINTS: &str = "_endpoints";
/// What the names of pseudo types for whole objects start with.
const OBJECT_RULES: &str = "data-object:";

/// The rules of a role, by what they are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    by_type: HashMap<TypeName, HashMap<FieldName, Arc<Permission>>>,
}

impl Rules {
    /// Returns `permissions` to look up; `rename` gives the name under which a type is served.
    pub(super) fn new(
        permissions: impl IntoIterator<Item = Permission>,
        rename: impl Fn(&TypeName) -> TypeName,
    ) -> Self {
        let mut by_type: HashMap<TypeName, HashMap<FieldName, Arc<Permission>>> = HashMap::new();
        for mut permission in permissions {
            if permission.type_name.as_str().starts_with(OBJECT_RULES) {
                let object = TypeName::from(permission.field_name.as_str());
                permission.field_name = FieldName::from(rename(&object).as_str());
            } else {
                permission.type_name = rename(&permission.type_name);
            }
            by_type
                .entry(permission.type_name.clone())
                .or_default()
                .insert(permission.field_name.clone(), Arc::new(permission));
        }
        Self { by_type }
    }

    /// Returns whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.by_type.is_empty()
    }

    /// Returns the rule that counts for `field` of the type `parent`.
    pub(super) fn field(&self, parent: &str, field: &str) -> Option<&Arc<Permission>> {
        self.of_type(parent, field).or_else(|| self.of_type(ANY, field))
    }

    /// Returns the rule that names `parent` and `field` both.
    pub(super) fn exact(&self, parent: &str, field: &str) -> Option<&Arc<Permission>> {
        self.by_type.get(parent)?.get(field)
    }

    /// Returns the rule that counts under a type, real or not, itself: for the name, or for all.
    pub(super) fn of_type(&self, parent: &str, name: &str) -> Option<&Arc<Permission>> {
        let rules = self.by_type.get(parent)?;
        rules.get(name).or_else(|| rules.get(ANY))
    }

    /// Returns whether some rule hides something.
    pub(super) fn hide_anything(&self) -> bool {
        self.by_type
            .values()
            .flat_map(HashMap::values)
            .any(|permission| permission.hidden)
    }
}
