//! Data that is written: which fields may be given, and the presets that are put over them.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::arguments::items;
use super::check::Check;
use super::permission::DataOperation;
use crate::catalog::model::{Cardinality, DataObject, Link, LinkPath};
use crate::catalog::type_names;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;

/// Member of `on_conflict` with the presets of rows that change; no caller can give it.
pub(crate) const CONFLICT_PRESET: &str = "_preset";

impl Check<'_> {
    /// Checks the data of a mutation of `object`, and of what is nested in it, and puts presets over it.
    pub(super) fn data(
        &self,
        operation: DataOperation,
        object: &DataObject,
        selected: &mut Selected,
    ) -> Result<()> {
        if operation == DataOperation::Delete {
            return Ok(());
        }
        let field = (selected.parent.clone(), selected.name.clone());
        let presets = self.presets((field.0.as_str(), field.1.as_str()), operation, object)?;
        if selected.arguments.get("on_conflict").is_some_and(Json::is_object) {
            let given = selected.arguments.get("data").map(given_fields);
            if let Some(Json::Object(conflict)) = selected.arguments.get_mut("on_conflict") {
                self.updated_on_conflict(object, conflict, given.unwrap_or_default())?;
            }
        }
        match selected.arguments.get_mut("data") {
            Some(data) => self.rows(operation, object, data, &presets),
            None if presets.is_empty() => Ok(()),
            None => {
                let mut data = Json::Object(Map::new());
                self.rows(operation, object, &mut data, &presets)?;
                selected.arguments.insert("data".to_owned(), data);
                Ok(())
            }
        }
    }

    /// An insert that changes the rows that are there is an update, too: of the fields that it names, or of those that are
    /// `given`, which are named then, since presets will be among the data. The presets of updates are for the rows that
    /// change.
    fn updated_on_conflict(
        &self,
        object: &DataObject,
        conflict: &mut Map<String, Json>,
        given: BTreeSet<String>,
    ) -> Result<()> {
        if conflict.get("do_nothing") == Some(&Json::Bool(true)) {
            return Ok(());
        }
        self.rights
            .require_object(DataOperation::Update, object.name.as_str())?;
        let input = type_names::update_input(object.name.as_str());
        let presets = self.presets((&input, ""), DataOperation::Update, object)?;
        match conflict.get("update").filter(|updated| !updated.is_null()) {
            Some(updated) => {
                for name in items(updated).iter().filter_map(Json::as_str) {
                    self.rights.require_field(&input, name)?;
                }
            }
            None => {
                let target = conflict.get("target").filter(|target| !target.is_null());
                let is_target = |name: &str| match target {
                    Some(target) => items(target).iter().any(|field| field == name),
                    None => object.primary_key.iter().any(|field| field.as_str() == name),
                };
                let mut updated = Vec::with_capacity(given.len());
                for name in given.into_iter().filter(|name| !is_target(name)) {
                    self.rights.require_field(&input, &name)?;
                    if object.fields.contains_key(name.as_str()) {
                        updated.push(Json::from(name));
                    }
                }
                conflict.insert("update".to_owned(), updated.into());
            }
        }
        if !presets.is_empty() {
            conflict.insert(CONFLICT_PRESET.to_owned(), presets.into());
        }
        Ok(())
    }

    fn rows(
        &self,
        operation: DataOperation,
        object: &DataObject,
        data: &mut Json,
        presets: &Map<String, Json>,
    ) -> Result<()> {
        match data {
            Json::Array(rows) => rows
                .iter_mut()
                .try_for_each(|row| self.rows(operation, object, row, presets)),
            Json::Object(row) => self.row(operation, object, row, presets),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(()),
        }
    }

    fn row(
        &self,
        operation: DataOperation,
        object: &DataObject,
        row: &mut Map<String, Json>,
        presets: &Map<String, Json>,
    ) -> Result<()> {
        let input = match operation {
            DataOperation::Insert => type_names::insert_input(object.name.as_str()),
            DataOperation::Query | DataOperation::Update | DataOperation::Delete => {
                type_names::update_input(object.name.as_str())
            }
        };
        for (name, value) in row.iter_mut() {
            // What is put over comes from the role itself.
            if !presets.contains_key(name) {
                self.rights.require_field(&input, name)?;
            }
            if let Some(link) = object.links.get(name.as_str()) {
                self.nested(&input, link, value)?;
            }
        }
        for (name, preset) in presets {
            row.insert(name.clone(), preset.clone());
        }
        Ok(())
    }

    /// Rows that are inserted along.
    fn nested(&self, input: &str, link: &Link, data: &mut Json) -> Result<()> {
        if items(data).iter().all(Json::is_null) {
            return Ok(());
        }
        if let LinkPath::Junction { junction, .. } = &link.path {
            self.rights
                .require_object(DataOperation::Insert, junction.as_str())?;
        }
        let Some(target) = self.catalog.object(link.target.as_str()) else {
            return Ok(());
        };
        if links_existing(link, target, data) {
            return self
                .rights
                .require_object(DataOperation::Query, target.name.as_str());
        }
        self.rights
            .require_object(DataOperation::Insert, target.name.as_str())?;
        let presets = self.presets((input, link.name.as_str()), DataOperation::Insert, target)?;
        self.rows(DataOperation::Insert, target, data, &presets)
    }

    fn presets(
        &self,
        field: (&str, &str),
        operation: DataOperation,
        object: &DataObject,
    ) -> Result<Map<String, Json>> {
        let of_object = (operation, object.name.as_str());
        let presets = self.rights.presets(field, of_object, self.identity)?;
        match presets
            .keys()
            .find(|name| !object.fields.contains_key(name.as_str()))
        {
            Some(unknown) => Err(Error::new(
                ErrorCode::Forbidden,
                format!("the role's preset `{unknown}` is no field of `{}`", object.name),
            )),
            None => Ok(presets),
        }
    }
}

/// Returns whether `data` only names rows that are there: by their keys, where rows can be linked.
fn links_existing(link: &Link, target: &DataObject, data: &Json) -> bool {
    let can_link = matches!(link.path, LinkPath::Junction { .. }) || link.cardinality == Cardinality::One;
    let is_key = |row: &Json| {
        row.as_object().is_none_or(|row| {
            row.len() == target.primary_key.len()
                && row
                    .keys()
                    .all(|name| target.primary_key.iter().any(|key| key.as_str() == name))
        })
    };
    can_link && items(data).iter().all(is_key)
}

/// Returns the names of all fields that rows of `data` give.
fn given_fields(data: &Json) -> BTreeSet<String> {
    match data {
        Json::Array(rows) => rows.iter().flat_map(given_fields).collect(),
        Json::Object(row) => row.keys().cloned().collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => BTreeSet::new(),
    }
}
