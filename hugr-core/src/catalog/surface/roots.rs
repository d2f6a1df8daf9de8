//! Root fields: `Query`, `Mutation`, modules, functions, and what they mean (spec: root fields).

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Definitions, Meaning, RootField, arguments};
use crate::catalog::diagnostic::{Diagnostic, Severity};
use crate::catalog::model::{Catalog, DataObject, FunctionKind, ModulePath, MutationSupport};
use crate::catalog::sdl::TypeText;
use crate::catalog::type_names::{self, RootKind};
use crate::name::{FieldName, SourceName, TypeName};

use super::objects::base_name;

/// Field that leads from `Query` and `Mutation` to the functions.
const FUNCTION_GATEWAY: &str = "function";

/// Field of a `Query` that has no other: GraphQL forbids a type without fields, and a schema without `Query`, and
/// `__typename` does not count as one. An engine without sources must still answer introspection.
const STAND_IN: &str = "_no_sources";

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
pub(super) fn serve(catalog: &Catalog, definitions: &mut Definitions) -> Result<Meaning, Vec<Diagnostic>> {
    let mut roots = Roots::default();
    for object in catalog.objects.values() {
        roots.add_reads(object);
        match object.mutations {
            MutationSupport::None => {}
            MutationSupport::InsertUpdateDelete => roots.add_changes(object),
        }
    }
    for function in &catalog.functions {
        let kind = match function.kind {
            FunctionKind::Query => RootKind::Function,
            FunctionKind::Mutation => RootKind::MutationFunction,
        };
        let entry = Entry {
            arguments: function.arguments.join(", "),
            ty: function.returns.clone(),
            description: function.description.clone(),
            meaning: RootField::Call(Arc::clone(function)),
            source: Some(function.source.clone()),
        };
        roots.add(kind, &function.module, function.name.clone(), entry);
    }
    roots.add_gateways();
    roots.add_stand_in();
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
        let list = entry(
            object,
            arguments::root_list(name),
            format!("[{name}]"),
            RootField::List(Arc::clone(object)),
        );
        self.add(RootKind::Query, &object.module, object.query_name.clone(), list);
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
        let look_up = entry(object, arguments.join(", "), object.name.to_string(), meaning);
        self.add(RootKind::Query, &object.module, query_name, look_up);
    }

    fn add_changes(&mut self, object: &Arc<DataObject>) {
        let name = object.name.as_str();
        let returns_row = !object.primary_key.is_empty() && !object.is_junction;
        let inserted = if returns_row { name } else { "OperationResult" };
        let result = type_names::mutation_result(name);
        let filter = type_names::filter(name);
        let insert_data = format!("data: {}!", type_names::insert_input(name));
        let update_data = format!("filter: {filter}!, data: {}!", type_names::update_input(name));
        let changes = [
            (
                "insert",
                insert_data,
                inserted.to_owned(),
                RootField::Insert(Arc::clone(object)),
            ),
            (
                "update",
                update_data,
                result.clone(),
                RootField::Update(Arc::clone(object)),
            ),
            (
                "delete",
                format!("filter: {filter}!"),
                result,
                RootField::Delete(Arc::clone(object)),
            ),
        ];
        for (verb, arguments, ty, meaning) in changes {
            let field = FieldName::from(format!("{verb}_{}", object.query_name));
            self.add(
                RootKind::Mutation,
                &object.module,
                field,
                entry(object, arguments, ty, meaning),
            );
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

    fn add_stand_in(&mut self) {
        let query = (RootKind::Query, ModulePath::default());
        if self.types.contains_key(&query) {
            return;
        }
        let entry = Entry {
            arguments: String::new(),
            ty: "Boolean".to_owned(),
            description: Some("Always null: no data source is loaded".to_owned()),
            meaning: RootField::StandIn,
            source: None,
        };
        self.add(query.0, &query.1, FieldName::from(STAND_IN), entry);
    }

    fn finish(mut self, definitions: &mut Definitions) -> Result<Meaning, Vec<Diagnostic>> {
        let mut meaning = Meaning::new();
        for ((kind, module), fields) in self.types {
            let type_name = kind.type_name(&module);
            let mut text = TypeText::new("type", &type_name, None);
            for (name, entry) in &fields {
                text.field(
                    name.as_str(),
                    &entry.arguments,
                    &entry.ty,
                    entry.description.as_deref(),
                );
            }
            if definitions.insert(type_name.clone(), text.finish()).is_some() {
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
