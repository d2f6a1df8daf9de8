//! Root fields: `Query`, `Mutation`, modules, functions, and what they mean (spec: root fields).

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::mutations::{self, RootFields};
use super::objects::{base_name, deprecation, served_arguments};
use super::{Definitions, Meaning, RootField, Scope, arguments, shared};
use crate::catalog::diagnostic::{Diagnostic, Severity};
use crate::catalog::model::{DataObject, Function, FunctionKind, ModulePath};
use crate::catalog::sdl::{TypeDraft, TypeKeyword};
use crate::catalog::type_names::{self, RootKind};
use crate::name::{FieldName, SourceName, TypeName};

/// Field that leads from `Query` and `Mutation` to the functions.
const FUNCTION_GATEWAY: &str = "function";

/// The questions about the schema and the catalog behind it: name, arguments, type.
const INTROSPECTION_FIELDS: [(&str, &str, &str); 8] = [
    ("_catalog", "", "_Module"),
    ("_module", "name: String!", "_Module"),
    ("_dataObject", "name: String!", "_DataObject"),
    ("_function", "module: String!, name: String!", "_Function"),
    ("_dataSources", "", "[_DataSource!]"),
    ("_dataSource", "name: String!", "_DataSource"),
    ("_types", "scope: _TypeScope = SOURCE", "[__Type!]"),
    (
        "_search",
        "query: String!, kinds: [_SearchKind!], module: String, object: String, match: _SearchMatch = BOTH, \
         limit: Int = 50, offset: Int = 0, minScore: Float, includeMcpExcluded: Boolean = true",
        "_SearchResult",
    ),
];

/// A root field that is being collected.
struct Entry {
    arguments: String,
    ty: String,
    description: Option<String>,
    meaning: RootField,
    /// Who brings it; `None` for the engine itself.
    source: Option<SourceName>,
}

/// The fields of all root types, by what they hold and their module.
#[derive(Default)]
struct Roots {
    types: BTreeMap<(RootKind, ModulePath), IndexMap<FieldName, Entry>>,
    diagnostics: Vec<Diagnostic>,
}

/// Adds the root types to `definitions` and returns what their fields mean.
///
/// # Errors
/// Fields and modules of the same name.
pub(super) fn serve(scope: &Scope<'_>, definitions: &mut Definitions) -> Result<Meaning, Vec<Diagnostic>> {
    let mut roots = Roots::default();
    roots.add_engine_fields(scope);
    for object in scope.catalog.objects.values() {
        roots.add_reads(object);
        if let Some(changes) = mutations::root_fields(object) {
            roots.add_changes(object, &changes);
        }
    }
    for object in scope.catalog.objects.values() {
        if let Some(changes) = mutations::root_fields(object) {
            roots.add_bulk_inserts(object, &changes);
        }
    }
    for function in &scope.catalog.functions {
        roots.add_function(scope, function);
    }
    roots.add_gateways();
    roots.add_introspection();
    roots.finish(definitions)
}

impl Roots {
    fn add(&mut self, kind: RootKind, module: &ModulePath, name: FieldName, entry: Entry) {
        let fields = self.types.entry((kind, module.clone())).or_default();
        let Some(other) = fields.get(&name) else {
            fields.insert(name, entry);
            return;
        };
        let owner = |source: &Option<SourceName>| match source {
            Some(source) => format!("data source `{source}`"),
            None => "a module".to_owned(),
        };
        let message = format!(
            "field `{}.{name}` comes from {} and from {}",
            kind.type_name(module),
            owner(&other.source),
            owner(&entry.source)
        );
        let reported = entry.source.as_ref().or(other.source.as_ref());
        self.diagnostics.push(Diagnostic {
            file: reported.map_or_else(String::new, ToString::to_string),
            location: None,
            severity: Severity::Error,
            message,
            help: Some(
                "rename one, give it another module, or set `as_module` on one of the data sources"
                    .to_owned(),
            ),
        });
    }

    fn add_reads(&mut self, object: &Arc<DataObject>) {
        let name = object.name.as_str();
        let list_arguments = arguments::root_list(object);
        let fields = [
            ("", format!("[{name}]"), RootField::List(Arc::clone(object))),
            (
                "_aggregation",
                type_names::aggregation(name),
                RootField::Aggregate(Arc::clone(object)),
            ),
            (
                "_bucket_aggregation",
                format!("[{}]", type_names::bucket(name)),
                RootField::BucketAggregate(Arc::clone(object)),
            ),
        ];
        for (suffix, ty, meaning) in fields {
            let field = FieldName::from(format!("{}{suffix}", object.query_name));
            let arguments = match meaning {
                RootField::BucketAggregate(_) => arguments::with_groups(&list_arguments),
                _ => list_arguments.clone(),
            };
            let read = entry(object, arguments, ty, meaning);
            self.add(RootKind::Query, &object.module, field, read);
        }
        if !object.primary_key.is_empty() && !object.is_junction {
            let query_name = FieldName::from(format!("{}_by_pk", object.query_name));
            self.add_look_up(object, query_name, &object.primary_key);
        }
        for key in &object.unique_keys {
            self.add_look_up(object, key.query_name.clone(), &key.fields);
        }
    }

    fn add_look_up(&mut self, object: &Arc<DataObject>, query_name: FieldName, key: &[FieldName]) {
        let fields = key.iter().filter_map(|name| object.fields.get(name));
        let arguments: Vec<String> = fields
            .map(|field| format!("{}: {}!", field.name, base_name(&field.ty)))
            .collect();
        let meaning = RootField::Unique {
            object: Arc::clone(object),
            key: key.to_vec(),
        };
        let arguments = arguments::look_up(object, &arguments.join(", "));
        let look_up = entry(object, arguments, object.name.to_string(), meaning);
        self.add(RootKind::Query, &object.module, query_name, look_up);
    }

    fn add_changes(&mut self, object: &Arc<DataObject>, changes: &RootFields) {
        let fields = [
            ("insert", &changes.insert, RootField::Insert(Arc::clone(object))),
            ("update", &changes.update, RootField::Update(Arc::clone(object))),
            ("delete", &changes.delete, RootField::Delete(Arc::clone(object))),
        ];
        for (verb, (arguments, ty), meaning) in fields {
            let field = FieldName::from(format!("{verb}_{}", object.query_name));
            let change = entry(object, arguments.clone(), ty.clone(), meaning);
            self.add(RootKind::Mutation, &object.module, field, change);
        }
    }

    /// Adds the inserts of many rows, which give way to those of a table that is called `many_…` itself.
    fn add_bulk_inserts(&mut self, object: &Arc<DataObject>, changes: &RootFields) {
        let Some((arguments, ty)) = &changes.insert_many else {
            return;
        };
        let field = FieldName::from(format!("insert_many_{}", object.query_name));
        let key = (RootKind::Mutation, object.module.clone());
        let fields = self.types.entry(key).or_default();
        fields.entry(field).or_insert_with(|| {
            let meaning = RootField::InsertMany(Arc::clone(object));
            entry(object, arguments.clone(), ty.clone(), meaning)
        });
    }

    fn add_function(&mut self, scope: &Scope<'_>, function: &Arc<Function>) {
        let kind = match function.kind {
            FunctionKind::Query => RootKind::Function,
            FunctionKind::Mutation => RootKind::MutationFunction,
        };
        let arguments = served_arguments(function.arguments.values());
        let deprecated = deprecation(function.deprecated.as_deref());
        let mut fields = vec![(
            function.name.clone(),
            format!("{}{deprecated}", function.returns.sdl()),
            RootField::Call(Arc::clone(function)),
        )];
        let rows = scope.catalog.object(function.returns.base_name());
        if let (Some(rows), true, FunctionKind::Query) = (rows, function.returns.is_list, function.kind) {
            let name = rows.name.as_str();
            fields.push((
                FieldName::from(format!("{}_aggregation", function.name)),
                type_names::aggregation(name),
                RootField::CallAggregate(Arc::clone(function)),
            ));
            fields.push((
                FieldName::from(format!("{}_bucket_aggregation", function.name)),
                format!("[{}]", type_names::bucket(name)),
                RootField::CallBucketAggregate(Arc::clone(function)),
            ));
        }
        for (name, ty, meaning) in fields {
            let entry = Entry {
                arguments: arguments.clone(),
                ty,
                description: function.description.clone(),
                meaning,
                source: Some(function.source.clone()),
            };
            self.add(kind, &function.module, name, entry);
        }
    }

    /// Makes every root type reachable: a module from its parent, the functions from `Query` and `Mutation`.
    fn add_gateways(&mut self) {
        let mut pending: Vec<(RootKind, ModulePath)> = self.types.keys().cloned().collect();
        let mut gateways: BTreeMap<(RootKind, ModulePath), (RootKind, ModulePath, String)> = BTreeMap::new();
        while let Some((kind, module)) = pending.pop() {
            let Some((parent, name)) = gateway(kind, &module) else {
                continue;
            };
            let is_new = gateways
                .insert((kind, module), (parent.0, parent.1.clone(), name))
                .is_none();
            if is_new {
                pending.push(parent);
            }
        }
        for ((kind, module), (parent_kind, parent, name)) in gateways {
            let entry = Entry {
                arguments: String::new(),
                ty: kind.type_name(&module),
                description: None,
                meaning: RootField::Module,
                source: None,
            };
            self.add(parent_kind, &parent, FieldName::from(name), entry);
        }
    }

    /// Adds the questions about the schema.
    fn add_introspection(&mut self) {
        for (name, arguments, ty) in INTROSPECTION_FIELDS {
            let entry = Entry {
                arguments: arguments.to_owned(),
                ty: ty.to_owned(),
                description: None,
                meaning: RootField::Introspection,
                source: None,
            };
            self.add(
                RootKind::Query,
                &ModulePath::default(),
                FieldName::from(name),
                entry,
            );
        }
    }

    /// Adds the fields of `Query` that are there whatever is loaded.
    fn add_engine_fields(&mut self, scope: &Scope<'_>) {
        let mut add = |name: &str, arguments: &str, ty: &str, description: &str, meaning: RootField| {
            let entry = Entry {
                arguments: arguments.to_owned(),
                ty: ty.to_owned(),
                description: Some(description.to_owned()),
                meaning,
                source: None,
            };
            self.add(
                RootKind::Query,
                &ModulePath::default(),
                FieldName::from(name),
                entry,
            );
        };
        add(
            "jq",
            "query: String!, include_origin: Boolean = false",
            "Query",
            "Runs a jq program over the result of the fields below",
            RootField::Jq,
        );
        if scope.has_geometry() {
            add(
                "h3",
                "resolution: Int!",
                shared::H3_TYPE,
                "Reads by cells of the H3 grid",
                RootField::H3,
            );
        }
    }

    fn finish(mut self, definitions: &mut Definitions) -> Result<Meaning, Vec<Diagnostic>> {
        let mut meaning = Meaning::new();
        for ((kind, module), fields) in self.types {
            let type_name = kind.type_name(&module);
            let mut text = TypeDraft::new(TypeKeyword::Object, &type_name, None);
            for (name, entry) in &fields {
                text.field(
                    name.as_str(),
                    &entry.arguments,
                    &entry.ty,
                    entry.description.as_deref(),
                );
            }
            if !definitions.insert(text) {
                self.diagnostics.push(ambiguous(&module, &type_name));
            }
            let fields = fields
                .into_iter()
                .map(|(name, entry)| (name, entry.meaning))
                .collect();
            meaning.insert(TypeName::from(type_name), fields);
        }
        if self.diagnostics.is_empty() {
            return Ok(meaning);
        }
        self.diagnostics.sort();
        Err(self.diagnostics)
    }
}

fn entry(object: &DataObject, arguments: String, ty: String, meaning: RootField) -> Entry {
    let source = Some(object.source.clone());
    Entry {
        arguments,
        ty,
        description: object.description.clone(),
        meaning,
        source,
    }
}

/// Returns the root type that leads to the one of `kind` for `module`, and the name of the field there.
fn gateway(kind: RootKind, module: &ModulePath) -> Option<((RootKind, ModulePath), String)> {
    if let Some((parent, name)) = module.parent() {
        return Some(((kind, parent), name.to_owned()));
    }
    let parent = match kind {
        RootKind::Query | RootKind::Mutation => return None,
        RootKind::Function => RootKind::Query,
        RootKind::MutationFunction => RootKind::Mutation,
    };
    Some(((parent, ModulePath::default()), FUNCTION_GATEWAY.to_owned()))
}

fn ambiguous(module: &ModulePath, type_name: &str) -> Diagnostic {
    Diagnostic {
        file: module.dotted(),
        location: None,
        severity: Severity::Error,
        message: format!(
            "module `{}` and another module both need the type name `{type_name}`",
            module.dotted()
        ),
        help: Some("rename one: a dot and an underscore in a module name give the same type name".to_owned()),
    }
}
