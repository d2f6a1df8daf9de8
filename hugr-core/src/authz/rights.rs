//! The rights of a role: its rules, ready to be looked up.

use std::sync::{Arc, OnceLock};

use hugr_auth::{Identity, RoleName};
use serde_json::{Map, Value as Json};

use super::permission::{DataOperation, Permission};
use super::placeholder::filled_members;
use super::row_filter::RowFilter;
use super::rules::Rules;
use crate::catalog::model::DataObject;
use crate::catalog::surface::ServedSchema;
use crate::catalog::{Catalog, VisibleSchema, type_names};
use crate::error::{Error, ErrorCode, Result};
use crate::name::{FieldName, TypeName};

/// What a role may do on one served schema. Made once for both, and kept.
#[derive(Clone, Debug)]
pub struct Rights {
    pub(super) role: RoleName,
    pub(super) rules: Rules,
    pub(super) programs: Programs,
    visible: OnceLock<Arc<VisibleSchema>>,
}

/// Whether callers may send programs, which are more than queries: jq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Programs {
    /// They may.
    Allowed,
    /// They may not.
    Refused,
}

/// What a role may do with one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// Whether the field is not refused.
    pub is_enabled: bool,
    /// Whether introspection shows it.
    pub is_visible: bool,
    /// The filter of the rule that counts.
    pub filter: Option<Json>,
    /// Its presets.
    pub data: Option<Json>,
}

impl Rights {
    /// Returns the rights of `role`, whose rules on `served` are `permissions`. Rules about types and fields that are not
    /// served are kept, and never count.
    #[must_use]
    pub fn new(
        role: RoleName,
        permissions: impl IntoIterator<Item = Permission>,
        served: &ServedSchema,
    ) -> Self {
        let rename = |name: &TypeName| {
            served
                .served_name(name.as_str())
                .map_or_else(|| name.clone(), TypeName::from)
        };
        Self {
            role,
            rules: Rules::new(permissions, rename),
            programs: Programs::Allowed,
            visible: OnceLock::new(),
        }
    }

    /// Returns rights to everything.
    #[must_use]
    pub fn full() -> Self {
        Self {
            role: RoleName::new(""),
            rules: Rules::default(),
            programs: Programs::Allowed,
            visible: OnceLock::new(),
        }
    }

    /// Says whether programs may be sent.
    #[must_use]
    pub fn with_programs(mut self, programs: Programs) -> Self {
        self.programs = programs;
        self
    }

    /// Returns what the rules say about `field` of the type `parent`, and of the object that `parent` is.
    #[must_use]
    pub fn access(&self, parent: &str, field: &str) -> Access {
        let object = self.object_rule(DataOperation::Query, parent);
        let rule = self.rules.field(parent, field);
        let is = |of: fn(&Permission) -> bool| rule.is_some_and(|rule| of(rule)) || object.is_some_and(of);
        Access {
            is_enabled: !is(|rule| rule.disabled),
            is_visible: !is(|rule| rule.hidden),
            filter: rule.and_then(|rule| rule.filter.clone()),
            data: rule.and_then(|rule| rule.data.clone()),
        }
    }

    /// Returns `full` as the role sees it in introspection; `None` when it sees everything.
    pub fn visible_schema(&self, full: &ServedSchema, catalog: &Catalog) -> Option<&VisibleSchema> {
        if !self.rules.hide_anything() {
            return None;
        }
        let is_object_hidden = |returned: &str| {
            object_of(catalog, returned)
                .and_then(|object| self.object_rule(DataOperation::Query, object.name.as_str()))
                .is_some_and(|rule| rule.hidden)
        };
        let is_hidden = |parent: &str, field: &str, returned: &str| {
            self.rules.field(parent, field).is_some_and(|rule| rule.hidden) || is_object_hidden(returned)
        };
        let visible = self
            .visible
            .get_or_init(|| Arc::new(VisibleSchema::new(full, is_hidden)));
        Some(visible)
    }

    /// Returns whether there is no rule, so that nothing needs to be looked at.
    pub(super) fn is_open(&self) -> bool {
        self.rules.is_empty()
    }

    /// Returns the filter of the rule for `field` of the type `parent`.
    pub(super) fn field_filter(&self, parent: &str, field: &str, identity: &Identity) -> Option<RowFilter> {
        let rule = self.rules.field(parent, field)?;
        RowFilter::of(rule.filter.as_ref(), identity)
    }

    /// Returns the filter of the rules for the object: that for `operation`, or else that for reading.
    pub(super) fn object_filter(
        &self,
        operation: DataOperation,
        object: &str,
        identity: &Identity,
    ) -> Option<RowFilter> {
        let of = |operation| {
            let rule = self.object_rule(operation, object)?;
            RowFilter::of(rule.filter.as_ref(), identity)
        };
        of(operation).or_else(|| of(DataOperation::Query))
    }

    /// Returns whether rows of the object can be added that have nothing but their key: no rule refuses them, fills them or
    /// says which rows there are.
    pub(super) fn adds_freely(&self, object: &DataObject, identity: &Identity) -> bool {
        let (name, input) = (
            object.name.as_str(),
            type_names::insert_input(object.name.as_str()),
        );
        let is_refused_or_filled = |rule: &Permission| rule.disabled || rule.data.is_some();
        let is_open = |key: &FieldName| self.require_field(&input, key.as_str()).is_ok();
        !self
            .object_rule(DataOperation::Insert, name)
            .is_some_and(is_refused_or_filled)
            && self
                .object_filter(DataOperation::Insert, name, identity)
                .is_none()
            && object.primary_key.iter().all(is_open)
    }

    /// Returns the presets of the rule for `field` of the type `parent`, then those of the rule for the object.
    ///
    /// # Errors
    /// `FORBIDDEN` when a preset names what is not known of `identity`, or is no object.
    pub(super) fn presets(
        &self,
        field: (&str, &str),
        object: (DataOperation, &str),
        identity: &Identity,
    ) -> Result<Map<String, Json>> {
        let mut presets = Map::new();
        let rules = [
            self.rules.field(field.0, field.1).map(|rule| &**rule),
            self.object_rule(object.0, object.1),
        ];
        for data in rules.into_iter().flatten().filter_map(|rule| rule.data.as_ref()) {
            let Some(members) = preset_members(data) else {
                return Err(self.unusable_preset(object.1, "it is no object"));
            };
            let filled = filled_members(&members, identity)
                .map_err(|name| self.unusable_preset(object.1, &format!("`[$auth.{name}]` is not known")))?;
            presets.extend(filled);
        }
        Ok(presets)
    }

    /// Returns the error for a row filter that does not fit its object.
    pub(super) fn unusable_filter(&self, object: &str, cause: Error) -> Error {
        Error::new(
            ErrorCode::Forbidden,
            format!(
                "the row filter of role `{}` on `{object}` cannot be applied",
                self.role
            ),
        )
        .with_source(cause)
    }

    fn unusable_preset(&self, object: &str, reason: &str) -> Error {
        Error::new(
            ErrorCode::Forbidden,
            format!(
                "the preset values of role `{}` for `{object}` cannot be applied: {reason}",
                self.role
            ),
        )
    }

    /// Returns the rule that counts for `operation` on the object.
    pub(super) fn object_rule(&self, operation: DataOperation, object: &str) -> Option<&Permission> {
        self.rules
            .of_type(operation.pseudo_type(), object)
            .map(|rule| &**rule)
    }
}

/// A rule may hold the text of its presets.
fn preset_members(data: &Json) -> Option<Map<String, Json>> {
    match data {
        Json::Object(members) => Some(members.clone()),
        Json::String(text) if text.is_empty() => Some(Map::new()),
        Json::String(text) => serde_json::from_str(text).ok(),
        Json::Null => Some(Map::new()),
        Json::Bool(_) | Json::Number(_) | Json::Array(_) => None,
    }
}

/// Returns the object that `name` is the type of, or is derived from.
pub(super) fn object_of<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a Arc<DataObject>> {
    catalog
        .object(name)
        .or_else(|| type_names::bases(name).find_map(|base| catalog.object(base)))
}
