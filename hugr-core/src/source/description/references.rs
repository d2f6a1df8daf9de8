//! Foreign keys → relations.
//!
//! The field on either side is called `ref_` and the constraint's name. Where the target has such a field already, the field
//! there gets the referring type's name, too, and where a table refers to itself, `_back`.

use std::collections::{HashMap, HashSet};

use super::ForeignKeyDescription;
use super::identifier::{free_name, identifier};
use super::sdl::Served;
use crate::catalog::sdl::quoted;

/// A relation of a table that is served.
pub(super) struct Reference<'a> {
    name: String,
    target: &'a str,
    fields: Vec<&'a str>,
    target_fields: Vec<&'a str>,
    forward: String,
    back: String,
}

impl Reference<'_> {
    /// Returns it as SDL.
    pub(super) fn directive(&self) -> String {
        format!(
            "@references(name: {}, references_name: {}, source_fields: {}, references_fields: {}, query: {}, \
             references_query: {})",
            quoted(&self.name),
            quoted(self.target),
            list(&self.fields),
            list(&self.target_fields),
            quoted(&self.forward),
            quoted(&self.back),
        )
    }
}

/// Returns the relations of each of `served`. One with a column or a target that is not served is left out.
pub(super) fn of<'a>(served: &'a [Served<'a>]) -> Vec<Vec<Reference<'a>>> {
    let by_name: HashMap<(&str, &str), &Served<'_>> = served
        .iter()
        .map(|served| ((served.table.schema.as_str(), served.table.name.as_str()), served))
        .collect();
    let mut members: HashMap<&str, HashSet<String>> = served
        .iter()
        .map(|served| {
            let fields = served.fields.iter().map(|(_, field, _)| field.clone());
            (served.type_name.as_str(), fields.collect())
        })
        .collect();
    let mut references: Vec<Vec<Reference<'a>>> = Vec::with_capacity(served.len());
    for object in served {
        let taken = members.entry(&object.type_name).or_default();
        let keys = object.table.foreign_keys.iter().flatten();
        let found = keys.filter_map(|key| forward(object, key, &by_name, taken));
        references.push(found.collect());
    }
    // All forward fields are known now, so that no field from the other side takes the name of one.
    for (object, found) in served.iter().zip(&mut references) {
        for reference in found {
            let taken = members.entry(reference.target).or_default();
            reference.back = back(object, reference, taken);
        }
    }
    references
}

fn forward<'a>(
    object: &'a Served<'a>,
    key: &ForeignKeyDescription,
    by_name: &HashMap<(&str, &str), &'a Served<'a>>,
    taken: &mut HashSet<String>,
) -> Option<Reference<'a>> {
    let target = by_name.get(&(key.target_schema.as_str(), key.target_table.as_str()))?;
    Some(Reference {
        name: identifier(&format!("{}_{}_fk", object.type_name, key.name)),
        target: &target.type_name,
        fields: object.fields_of(&key.columns)?,
        target_fields: target.fields_of(&key.target_columns)?,
        forward: free_name(&identifier(&format!("ref_{}", key.name)), taken),
        back: String::new(),
    })
}

fn back(object: &Served<'_>, reference: &Reference<'_>, taken: &mut HashSet<String>) -> String {
    if object.type_name == reference.target {
        return free_name(&format!("{}_back", reference.forward), taken);
    }
    if taken.insert(reference.forward.clone()) {
        return reference.forward.clone();
    }
    let qualified = reference
        .forward
        .replacen("ref_", &format!("ref_{}_", object.type_name), 1);
    free_name(&qualified, taken)
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", quoted.join(", "))
}
