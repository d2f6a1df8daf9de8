//! What fields are told: filters, columns by name, data. A column that may not be read may not be asked about either.

use serde_json::{Map, Value as Json};

use super::check::Check;
use super::permission::DataOperation;
use crate::catalog::model::{BaseType, DataObject, Field, StructType};
use crate::catalog::type_names;
use crate::error::Result;

impl Check<'_> {
    /// Checks `arguments` of a field that stands on `owner` and returns rows or aggregates of `target`.
    ///
    /// Sort keys name fields that are selected, and so are checked where those are.
    pub(super) fn arguments(
        &self,
        arguments: &Map<String, Json>,
        owner: Option<&DataObject>,
        target: Option<&DataObject>,
    ) -> Result<()> {
        let Some(object) = target.or(owner) else {
            return Ok(());
        };
        for (name, value) in arguments {
            match name.as_str() {
                "filter" => self.filter(object, value)?,
                "distinct_on" | "fields" | "field" => self.columns(object, value)?,
                "similarity" | "semantic" => {
                    self.columns(object, value.get("name").unwrap_or(&Json::Null))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks the columns and the related rows that `filter` asks about.
    pub(super) fn filter(&self, object: &DataObject, filter: &Json) -> Result<()> {
        let Some(members) = filter.as_object() else {
            return Ok(());
        };
        let input = type_names::filter(object.name.as_str());
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            if matches!(name.as_str(), "_and" | "_or" | "_not") {
                for item in items(value) {
                    self.filter(object, item)?;
                }
                continue;
            }
            let base = (object.name.as_str(), name.as_str());
            self.rights.require_asked(&input, name, base)?;
            if let Some(link) = object.links.get(name.as_str()) {
                self.rights
                    .require_object(DataOperation::Query, link.target.as_str())?;
                let Some(target) = self.catalog.object(link.target.as_str()) else {
                    continue;
                };
                self.linked_filter(target, value)?;
            } else if let Some(ty) = object
                .fields
                .get(name.as_str())
                .and_then(|field| self.members_of(field))
            {
                self.struct_filter(ty, value)?;
            }
        }
        Ok(())
    }

    /// The filter of a to-many link says how many rows must meet it.
    fn linked_filter(&self, target: &DataObject, value: &Json) -> Result<()> {
        let Some(members) = value.as_object() else {
            return Ok(());
        };
        for (name, nested) in members {
            if matches!(name.as_str(), "any_of" | "all_of" | "none_of") {
                self.filter(target, nested)?;
            } else {
                let mut one = Map::new();
                one.insert(name.clone(), nested.clone());
                self.filter(target, &Json::Object(one))?;
            }
        }
        Ok(())
    }

    fn struct_filter(&self, ty: &StructType, filter: &Json) -> Result<()> {
        let Some(members) = filter.as_object() else {
            return Ok(());
        };
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            match ty.fields.get(name.as_str()) {
                Some(field) => {
                    self.rights.require_field(ty.name.as_str(), name)?;
                    if let Some(nested) = self.members_of(field) {
                        self.struct_filter(nested, value)?;
                    }
                }
                None => {
                    for item in items(value) {
                        self.struct_filter(ty, item)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn members_of(&self, field: &Field) -> Option<&StructType> {
        match &field.ty.base {
            BaseType::Struct(ty) => self.catalog.struct_type(ty.as_str()).map(|ty| &**ty),
            BaseType::Scalar(_) | BaseType::Enum(_) => None,
        }
    }

    /// Checks a column, or several, by name; a path names the column first.
    fn columns(&self, object: &DataObject, names: &Json) -> Result<()> {
        for name in items(names).iter().filter_map(Json::as_str) {
            let column = name.split('.').next().unwrap_or(name);
            let base = object
                .companions
                .get(column)
                .map_or(column, |companion| companion.base.as_str());
            self.rights.require_field(object.name.as_str(), column)?;
            self.rights.require_field(object.name.as_str(), base)?;
        }
        Ok(())
    }
}

/// Returns the items of a list; one value is a list of one.
pub(super) fn items(value: &Json) -> &[Json] {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
}
