//! Every field that an operation selects, and what it returns.

use std::sync::Arc;

use hugr_auth::Identity;

use super::permission::DataOperation;
use super::rights::{Rights, object_of};
use crate::catalog::Catalog;
use crate::catalog::model::DataObject;
use crate::catalog::surface::{RootField, ServedSchema};
use crate::catalog::type_names;
use crate::error::Result;
use crate::gql::{Selected, ValidOperation};

/// What the names of fields start with that every type has.
const META: &str = "__";

/// Looks at an operation with the eyes of a role.
pub(super) struct Check<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) served: &'a ServedSchema,
    pub(super) rights: &'a Rights,
    pub(super) identity: &'a Identity,
    pub(super) operation: &'a ValidOperation,
}

impl Check<'_> {
    /// Checks `selection`, whose fields stand on rows or aggregates of `owner`, or on neither.
    ///
    /// # Errors
    /// `FORBIDDEN`, with the place of the field.
    pub(super) fn fields(&self, selection: &mut [Selected], owner: Option<&DataObject>) -> Result<()> {
        for selected in selection {
            if selected.name.as_str().starts_with(META) {
                continue;
            }
            self.field(selected, owner)
                .map_err(|error| self.operation.locate(error, selected.span))?;
        }
        Ok(())
    }

    fn field(&self, selected: &mut Selected, owner: Option<&DataObject>) -> Result<()> {
        let (parent, name) = (selected.parent.clone(), selected.name.clone());
        let root = self.served.root_field(parent.as_str(), name.as_str());
        // Questions about the schema are open to all; their answers leave out what the role does not see.
        if matches!(root, Some(RootField::Introspection)) {
            return Ok(());
        }
        match owner.and_then(|owner| Some((owner, base_of(owner, parent.as_str(), name.as_str())?))) {
            Some((owner, base)) => {
                self.rights
                    .require_derived(parent.as_str(), name.as_str(), (owner.name.as_str(), base))?;
            }
            None => self.rights.require_field(parent.as_str(), name.as_str())?,
        }
        let returned = self.returned(parent.as_str(), name.as_str());
        if let Some(object) = &returned {
            self.rights
                .require_object(DataOperation::Query, object.name.as_str())?;
        }
        let target = returned.as_deref();
        if let Some(root) = root {
            self.root(root, selected)?;
        }
        self.arguments(&selected.arguments, owner, target)?;
        // What hangs below `_join` and its like stands on their parent's rows.
        let below = if is_shared_type(self.returned_type(parent.as_str(), name.as_str())) {
            owner
        } else {
            target
        };
        self.fields(&mut selected.selection, below)
    }

    /// What root fields do beside returning rows.
    fn root(&self, root: &RootField, selected: &mut Selected) -> Result<()> {
        match root {
            RootField::Unique { object, key } => {
                for column in key {
                    self.rights.require_field(object.name.as_str(), column.as_str())?;
                }
                Ok(())
            }
            RootField::Insert(object) | RootField::InsertMany(object) => {
                self.write(DataOperation::Insert, object, selected)
            }
            RootField::Update(object) => self.write(DataOperation::Update, object, selected),
            RootField::Delete(object) => self.write(DataOperation::Delete, object, selected),
            RootField::Module
            | RootField::List(_)
            | RootField::Aggregate(_)
            | RootField::BucketAggregate(_)
            | RootField::Call(_)
            | RootField::CallAggregate(_)
            | RootField::CallBucketAggregate(_)
            | RootField::Jq
            | RootField::H3
            | RootField::Introspection => Ok(()),
        }
    }

    fn write(&self, operation: DataOperation, object: &DataObject, selected: &mut Selected) -> Result<()> {
        self.rights.require_object(operation, object.name.as_str())?;
        if let Some(filter) = selected.arguments.get("filter") {
            self.filter(object, filter)?;
        }
        self.data(operation, object, selected)
    }

    fn returned(&self, parent: &str, name: &str) -> Option<Arc<DataObject>> {
        object_of(self.catalog, self.returned_type(parent, name)?).cloned()
    }

    fn returned_type(&self, parent: &str, name: &str) -> Option<&str> {
        let field = self.served.schema().type_field(parent, name).ok()?;
        Some(field.ty.inner_named_type().as_str())
    }
}

/// Returns the field of `owner` that the field `name` of the type `parent` shows in another form: in an aggregation of the
/// object, or as a part of the value.
fn base_of<'a>(owner: &'a DataObject, parent: &str, name: &'a str) -> Option<&'a str> {
    if let Some(companion) = owner.companions.get(name) {
        return Some(companion.base.as_str());
    }
    if type_names::is_bucket(parent) {
        return None;
    }
    let is_member = owner.fields.contains_key(name) || owner.links.contains_key(name);
    (is_member && parent != owner.name.as_str()).then_some(name)
}

/// Types whose members lead to the rows of any object.
fn is_shared_type(name: Option<&str>) -> bool {
    matches!(
        name,
        Some("_join" | "_join_aggregation" | "_spatial" | "_spatial_aggregation")
    )
}
