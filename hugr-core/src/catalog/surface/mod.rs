//! [`Catalog`] → the GraphQL schema that is served. PURE.
//!
//! Types are written as SDL text, one definition per name, sorted, and parsed once; what the root fields mean is kept
//! beside them, so that nobody has to read it back from names. Only what the engine can do is served.
//!
//! The parts, in reading order: `arguments` profiles of list fields; `objects` object and struct types;
//! `filters` filter inputs; `mutations` inputs and results; `roots` the fields of `Query`, `Mutation` and modules;
//! `system.graphql` what every served schema has.

mod arguments;
mod filters;
mod mutations;
mod objects;
mod roots;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use super::diagnostic::{Diagnostic, Severity};
use super::model::{Catalog, DataObject, Function};
use crate::error::Location;
use crate::name::{FieldName, TypeName};

/// Scalars, directives and types that do not depend on the catalog.
const SYSTEM: &str = include_str!("system.graphql");

/// Name of the served schema in diagnostics.
const FILE: &str = "served schema";

/// The served GraphQL schema, with the meaning of its root fields.
#[derive(Clone, Debug)]
pub struct ServedSchema {
    schema: Valid<Schema>,
    sdl: String,
    meaning: Meaning,
}

/// What each root field means, by type and field.
type Meaning = HashMap<TypeName, HashMap<FieldName, RootField>>;

/// Definitions by type name.
type Definitions = BTreeMap<String, String>;

/// What a field of `Query`, `Mutation`, a module or a function type means.
#[derive(Clone, Debug)]
pub enum RootField {
    /// Leads to another type of root fields: a module, or `function`.
    Module,
    /// Reads rows of the object.
    List(Arc<DataObject>),
    /// Reads the one row whose `key` fields equal the arguments of the same names.
    Unique {
        /// The object.
        object: Arc<DataObject>,
        /// The fields.
        key: Vec<FieldName>,
    },
    /// Inserts a row of the object.
    Insert(Arc<DataObject>),
    /// Updates rows of the object.
    Update(Arc<DataObject>),
    /// Deletes rows of the object.
    Delete(Arc<DataObject>),
    /// Calls the function.
    Call(Arc<Function>),
    /// Means nothing and is always null: `Query` must have a field even when nothing is loaded.
    StandIn,
}

impl ServedSchema {
    /// Returns the schema, for validation and introspection.
    #[must_use]
    pub fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// Returns the schema as SDL; the same catalog gives the same text.
    #[must_use]
    pub fn sdl(&self) -> &str {
        &self.sdl
    }

    /// Returns what `field` of the type `parent` means; `None` when `parent` is not a type of root fields.
    #[must_use]
    pub fn root_field(&self, parent: &str, field: &str) -> Option<&RootField> {
        self.meaning.get(parent)?.get(field)
    }

    /// Returns whether `name` is a type of root fields: `Query`, `Mutation`, a module or a function type.
    #[must_use]
    pub fn is_root_type(&self, name: &str) -> bool {
        self.meaning.contains_key(name)
    }
}

/// Derives the served schema of `catalog`.
///
/// # Errors
/// Root fields or modules of the same name, naming both sources.
pub fn serve(catalog: &Catalog) -> Result<ServedSchema, Vec<Diagnostic>> {
    let mut definitions = Definitions::new();
    filters::scalar_filters(&mut definitions);
    for struct_type in catalog.structs.values() {
        objects::struct_type(struct_type, &mut definitions);
        filters::struct_filters(struct_type, &mut definitions);
    }
    for object in catalog.objects.values() {
        objects::data_object(object, &mut definitions);
        filters::object_filters(object, &mut definitions);
        mutations::types(catalog, object, &mut definitions);
    }
    for source in catalog.sources.values() {
        for (name, text) in &source.passthrough {
            definitions.insert(name.to_string(), text.clone());
        }
    }
    let meaning = roots::serve(catalog, &mut definitions)?;

    let mut sdl = SYSTEM.to_owned();
    for definition in definitions.values() {
        sdl.push('\n');
        sdl.push_str(definition);
    }
    let schema = Schema::parse_and_validate(&sdl, FILE).map_err(|invalid| {
        let faults = invalid.errors.iter().map(|error| Diagnostic {
            file: FILE.to_owned(),
            location: error.line_column_range().map(|range| Location {
                line: range.start.line,
                column: range.start.column,
            }),
            severity: Severity::Error,
            message: error.error.to_string(),
            help: None,
        });
        faults.collect::<Vec<_>>()
    })?;
    Ok(ServedSchema { schema, sdl, meaning })
}
