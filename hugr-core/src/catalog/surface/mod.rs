//! [`Catalog`] → the GraphQL schema that is served. PURE.
//!
//! Types are written as SDL text, one definition per name, sorted, and parsed once; what the root fields mean is kept
//! beside them, so that nobody has to read it back from names. Only what the engine can do is served.
//!
//! The parts, in reading order: `arguments` profiles of list fields; `scalars` what each scalar brings; `objects` object
//! and struct types; `filters` filter inputs; `aggregations`; `mutations` inputs and results; `shared` types over all
//! sources; `roots` the fields of `Query`, `Mutation` and modules; `system.graphql` and `meta.graphql` what every served schema
//! has, `introspection` what it adds to the types of introspection.

mod aggregations;
mod arguments;
mod filters;
mod introspection;
mod mutations;
mod objects;
mod roots;
mod scalars;
mod shared;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use super::diagnostic::{Diagnostic, Severity};
use super::model::{CallField, CallKind, Cardinality, Catalog, DataObject, Function, Link};
use crate::error::Location;
use crate::gql;
use crate::name::{FieldName, TypeName};

/// Scalars, directives and types that do not depend on the catalog.
const SYSTEM: &str = concat!(include_str!("system.graphql"), include_str!("meta.graphql"));

/// Name of the served schema in diagnostics.
const FILE: &str = "served schema";

/// How much SDL is parsed at a time, at least.
const PIECE_BYTES: usize = 256 * 1024;

/// What a definition ends with, and the blank line before the next one.
const DEFINITION_END: &[u8] = b"\n}\n\n";

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
    let mut definitions = Definitions::new();
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
        for (name, text) in &source.passthrough {
            definitions.insert(name.to_string(), text.clone());
        }
    }
    let meaning = roots::serve(&scope, &mut definitions)?;

    let mut sdl = SYSTEM.to_owned();
    for definition in definitions.values() {
        sdl.push('\n');
        sdl.push_str(definition);
    }
    drop(definitions);
    let schema = parse(&sdl)?;
    Ok(ServedSchema { schema, sdl, meaning })
}

/// Parses `sdl` piece by piece: the parser's intermediate tree takes many times the size of the text.
fn parse(sdl: &str) -> Result<Valid<Schema>, Vec<Diagnostic>> {
    let mut builder = Schema::builder();
    let mut rest = sdl;
    while !rest.is_empty() {
        // Definitions end with a brace at the start of a line and a blank line after it.
        let end = rest
            .as_bytes()
            .get(PIECE_BYTES..)
            .and_then(|tail| {
                tail.windows(DEFINITION_END.len())
                    .position(|text| text == DEFINITION_END)
            })
            .map_or(rest.len(), |at| PIECE_BYTES + at + DEFINITION_END.len());
        let (piece, following) = rest.split_at(end);
        builder = builder.parse(piece, FILE);
        rest = following;
    }
    let checked = builder
        .build()
        .map_err(|invalid| invalid.errors)
        .and_then(|mut schema| {
            introspection::extend(&mut schema);
            schema.validate().map_err(|invalid| invalid.errors)
        });
    checked.map_err(|errors| {
        let faults = errors.iter().map(|error| Diagnostic {
            file: FILE.to_owned(),
            location: error.line_column_range().map(|range| Location {
                line: range.start.line,
                column: range.start.column,
            }),
            severity: Severity::Error,
            message: error.error.to_string(),
            help: None,
        });
        faults.collect()
    })
}
