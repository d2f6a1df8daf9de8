//! [`Catalog`] → the GraphQL schema that is served. PURE.
//!
//! Types are drafted one by one and become values that share what is equal; what the root fields mean is kept beside them, so
//! that nobody has to read it back from names. Only what the engine can do is served.
//!
//! The parts, in reading order: `definitions` drafts → types; `arguments` profiles of list fields; `scalars` what each scalar brings; `objects` object
//! and struct types; `filters` filter inputs; `aggregations`; `mutations` inputs and results; `shared` types over all
//! sources; `roots` the fields of `Query`, `Mutation` and modules; `system.graphql` and `meta.graphql` what every served schema
//! has, `introspection` what it adds to the types of introspection.

mod aggregations;
mod arguments;
mod definitions;
mod filters;
mod introspection;
mod mutations;
mod objects;
mod roots;
mod scalars;
mod shared;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use self::definitions::Definitions;
use super::diagnostic::{Diagnostic, Severity};
use super::model::{CallField, CallKind, Cardinality, Catalog, DataObject, Function, Link};
use crate::gql;
use crate::name::{FieldName, TypeName};

/// Scalars, directives and types that do not depend on the catalog.
const SYSTEM: &str = concat!(include_str!("system.graphql"), include_str!("meta.graphql"));

/// The served GraphQL schema, with the meaning of its root fields.
#[derive(Clone, Debug)]
pub struct ServedSchema {
    schema: Valid<Schema>,
    meaning: Meaning,
}

/// What each root field means, by type and field.
type Meaning = HashMap<TypeName, HashMap<FieldName, RootField>>;

/// What a field of `Query`, `Mutation`, a module or a function type means.
#[derive(Clone, Debug)]
pub enum RootField {
    /// Leads to another type of root fields: a module, or `function`.
    Module,
    /// Reads rows of the object.
    List(Arc<DataObject>),
    /// Aggregates the rows of the object.
    Aggregate(Arc<DataObject>),
    /// Aggregates the rows of the object by the keys that are selected.
    BucketAggregate(Arc<DataObject>),
    /// Reads the one row whose `key` fields equal the arguments of the same names.
    Unique {
        /// The object.
        object: Arc<DataObject>,
        /// The fields.
        key: Vec<FieldName>,
    },
    /// Inserts a row of the object.
    Insert(Arc<DataObject>),
    /// Inserts any number of rows of the object.
    InsertMany(Arc<DataObject>),
    /// Updates rows of the object.
    Update(Arc<DataObject>),
    /// Deletes rows of the object.
    Delete(Arc<DataObject>),
    /// Calls the function.
    Call(Arc<Function>),
    /// Calls the function, whose rows are those of a table or view, and aggregates them.
    CallAggregate(Arc<Function>),
    /// Calls the function, whose rows are those of a table or view, and aggregates them by the keys that are selected.
    CallBucketAggregate(Arc<Function>),
    /// Runs a jq program over the result of the fields below.
    Jq,
    /// Reads by cells of the H3 grid.
    H3,
    /// Asks about the served schema and the catalog behind it.
    Introspection,
}

impl RootField {
    /// Returns the object that it reads or changes.
    #[must_use]
    pub fn object(&self) -> Option<&Arc<DataObject>> {
        match self {
            Self::List(object)
            | Self::Aggregate(object)
            | Self::BucketAggregate(object)
            | Self::Unique { object, .. }
            | Self::Insert(object)
            | Self::InsertMany(object)
            | Self::Update(object)
            | Self::Delete(object) => Some(object),
            Self::Module
            | Self::Call(_)
            | Self::CallAggregate(_)
            | Self::CallBucketAggregate(_)
            | Self::Jq
            | Self::H3
            | Self::Introspection => None,
        }
    }
}

impl ServedSchema {
    /// Returns the schema, for validation and introspection.
    #[must_use]
    pub fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// Returns the schema as SDL, its types sorted by name; the same catalog gives the same text.
    #[must_use]
    pub fn sdl(&self) -> String {
        self.schema.to_string()
    }

    /// Returns what `field` of the type `parent` means; `None` when `parent` is not a type of root fields.
    #[must_use]
    pub fn root_field(&self, parent: &str, field: &str) -> Option<&RootField> {
        self.meaning.get(parent)?.get(field)
    }

    /// Returns the name under which a type is served that is also known as `name`; `None` when `name` is served itself, or
    /// not known at all.
    #[must_use]
    pub fn served_name<'a>(&self, name: &'a str) -> Option<&'a str> {
        gql::served_name(&self.schema, name)
    }

    /// Returns whether `name` is a type of root fields: `Query`, `Mutation`, a module or a function type.
    #[must_use]
    pub fn is_root_type(&self, name: &str) -> bool {
        self.meaning.contains_key(name)
    }
}

/// What the parts look things up in.
struct Scope<'a> {
    catalog: &'a Catalog,
    /// Objects that some list leads to.
    listed: BTreeSet<&'a TypeName>,
    /// Structs that are columns of objects.
    column_structs: BTreeSet<&'a TypeName>,
}

impl<'a> Scope<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let mut scope = Self {
            catalog,
            listed: BTreeSet::new(),
            column_structs: aggregations::column_structs(catalog),
        };
        for object in catalog.objects.values() {
            let many = object
                .links
                .values()
                .filter(|link| link.cardinality == Cardinality::Many);
            scope.listed.extend(many.map(|link| &link.target));
            let called = object.calls.values().filter_map(|call| scope.called_rows(call));
            let called: Vec<&TypeName> = called.map(|target| &target.name).collect();
            scope.listed.extend(called);
        }
        scope
    }

    /// Returns the object that `link` leads to; `None` when its source is not loaded.
    fn target(&self, link: &Link) -> Option<&'a DataObject> {
        self.catalog.objects.get(&link.target).map(|object| &**object)
    }

    /// Returns the object whose rows the table function of `call` gives.
    fn called_rows(&self, call: &CallField) -> Option<&'a DataObject> {
        match call.kind {
            CallKind::Join { .. } if call.returns.is_list => self
                .catalog
                .object(call.returns.base_name())
                .map(|object| &**object),
            CallKind::Join { .. } | CallKind::Value => None,
        }
    }

    fn is_listed(&self, name: &TypeName) -> bool {
        self.listed.contains(name)
    }

    fn is_column_struct(&self, name: &TypeName) -> bool {
        self.column_structs.contains(name)
    }

    fn has_geometry(&self) -> bool {
        let mut objects = self.catalog.objects.values().filter(|object| !object.is_junction);
        objects.any(|object| object.has_geometry())
    }
}

/// Derives the served schema of `catalog`.
///
/// # Errors
/// Root fields or modules of the same name, naming both sources.
pub fn serve(catalog: &Catalog) -> Result<ServedSchema, Vec<Diagnostic>> {
    let scope = Scope::new(catalog);
    let mut definitions = Definitions::default();
    filters::scalar_filters(&mut definitions);
    scalars::types(&mut definitions);
    for struct_type in catalog.structs.values() {
        objects::struct_type(struct_type, &mut definitions);
        if scope.is_column_struct(&struct_type.name) {
            filters::struct_filters(struct_type, &mut definitions);
            aggregations::struct_type(&scope, struct_type, &mut definitions);
            mutations::struct_types(struct_type, &mut definitions);
        }
    }
    for object in catalog.objects.values() {
        objects::data_object(&scope, object, &mut definitions);
        filters::object_filters(&scope, object, &mut definitions);
        aggregations::object(&scope, object, &mut definitions);
        mutations::types(&scope, object, &mut definitions);
    }
    shared::types(&scope, &mut definitions);
    for source in catalog.sources.values() {
        for text in source.passthrough.values() {
            definitions.insert_text(text);
        }
    }
    let meaning = roots::serve(&scope, &mut definitions)?;

    let mut schema = definitions.into_schema(SYSTEM).map_err(faults)?;
    introspection::extend(&mut schema);
    match schema.validate() {
        Ok(schema) => Ok(ServedSchema { schema, meaning }),
        Err(invalid) => Err(faults(definitions::messages(&invalid.errors))),
    }
}

/// Returns what is wrong with the served schema, which is a mistake of the compiler.
fn faults(messages: Vec<String>) -> Vec<Diagnostic> {
    let faults = messages.into_iter().map(|message| Diagnostic {
        file: definitions::FILE.to_owned(),
        location: None,
        severity: Severity::Error,
        message,
        help: None,
    });
    faults.collect()
}
