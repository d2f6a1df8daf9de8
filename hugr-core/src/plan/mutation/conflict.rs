//! What an insert does with rows that are there already: `on_conflict`.

use serde_json::{Map, Value as Json};

use crate::authz::CONFLICT_PRESET;
use crate::catalog::model::DataObject;
use crate::error::suggest;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::name::FieldName;

/// How a row that is there already is recognised, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Conflict {
    /// Fields by which it is recognised.
    pub(super) target: Vec<FieldName>,
    /// Fields that it takes from the new row.
    pub(super) updated: Vec<FieldName>,
    /// Values that a role's rules give to rows that change, by field; only rows that take something from the new one do.
    pub(super) preset: Map<String, Json>,
}

impl Conflict {
    /// Returns what the arguments say; `None` when a row that is there is an error.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION` for fields that are none or tell no row apart.
    pub(super) fn of(object: &DataObject, arguments: &Arguments) -> Result<Option<Self>> {
        let Some(Json::Object(given)) = arguments.get("on_conflict") else {
            return Ok(None);
        };
        let target = match names(object, given, "target")? {
            Some(target) => target,
            None => object.primary_key.clone(),
        };
        if !is_unique(object, &target) {
            return Err(invalid(format!(
                "`on_conflict.target` of `{}` must be the fields of a key; valid are {}",
                object.name,
                keys(object)
            )));
        }
        let does_nothing = given.get("do_nothing") == Some(&Json::Bool(true));
        let updated = match (names(object, given, "update")?, does_nothing) {
            (Some(_), true) => {
                return Err(invalid(
                    "`on_conflict` takes either `update` or `do_nothing`".to_owned(),
                ));
            }
            (None, true) => Vec::new(),
            (Some(fields), false) => fields,
            (None, false) => given_fields(object, &target, arguments.get("data")),
        };
        let preset = given.get(CONFLICT_PRESET).and_then(Json::as_object);
        Ok(Some(Self {
            target,
            updated,
            preset: preset.cloned().unwrap_or_default(),
        }))
    }

    /// Returns a conflict in which a row that is there stays as it is.
    pub(super) fn kept(object: &DataObject) -> Self {
        Self {
            target: object.primary_key.clone(),
            updated: Vec::new(),
            preset: Map::new(),
        }
    }

    /// Returns whether a row that is there has the primary key of the new one.
    pub(super) fn keeps_keys(&self, object: &DataObject) -> bool {
        is_same(&self.target, &object.primary_key)
    }
}

/// Returns the fields that rows of `data` give, without those of the `target`.
fn given_fields(object: &DataObject, target: &[FieldName], data: Option<&Json>) -> Vec<FieldName> {
    let rows = match data {
        Some(Json::Array(rows)) => rows.as_slice(),
        Some(row) => std::slice::from_ref(row),
        None => &[],
    };
    let is_given = |name: &FieldName| rows.iter().any(|row| row.get(name.as_str()).is_some());
    let fields = object.fields.keys();
    fields
        .filter(|name| !target.contains(name) && is_given(name))
        .cloned()
        .collect()
}

fn names(object: &DataObject, given: &Map<String, Json>, member: &str) -> Result<Option<Vec<FieldName>>> {
    let Some(Json::Array(items)) = given.get(member) else {
        return Ok(None);
    };
    let mut names = Vec::with_capacity(items.len());
    for item in items {
        let name = item.as_str().unwrap_or_default();
        let Some((name, _)) = object.fields.get_key_value(name) else {
            let choices = object.fields.keys().map(FieldName::as_str);
            let help = suggest::help(name, choices).map_or_else(String::new, |help| format!("; {help}"));
            return Err(invalid(format!(
                "field `{name}` of `on_conflict.{member}` not found on `{}`{help}",
                object.name
            )));
        };
        names.push(name.clone());
    }
    Ok(Some(names))
}

fn is_unique(object: &DataObject, fields: &[FieldName]) -> bool {
    let is_key = |key: &[FieldName]| !key.is_empty() && is_same(fields, key);
    is_key(&object.primary_key) || object.unique_keys.iter().any(|key| is_key(&key.fields))
}

fn is_same(one: &[FieldName], other: &[FieldName]) -> bool {
    one.len() == other.len() && one.iter().all(|field| other.contains(field))
}

fn keys(object: &DataObject) -> String {
    let unique = object.unique_keys.iter().map(|key| &key.fields);
    let all = std::iter::once(&object.primary_key).chain(unique);
    let shown: Vec<String> = all
        .filter(|key| !key.is_empty())
        .map(|key| {
            format!(
                "[{}]",
                key.iter().map(FieldName::as_str).collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    if shown.is_empty() {
        "none: declare a primary key (`@pk`) or a unique key (`@unique`)".to_owned()
    } else {
        shown.join(", ")
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorCode::GraphqlValidation, message)
}
