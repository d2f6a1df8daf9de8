//! `_module`: modules with their tables, views and functions.

use std::collections::{BTreeSet, HashMap};

use super::value::{Object, Value};
use super::{Context, data_object, function};
use crate::catalog::model::{Catalog, FunctionKind, ModulePath, SourceCatalog};
use crate::catalog::type_names::RootKind;
use crate::gql::Selected;

/// A module.
#[derive(Clone, Debug)]
pub(super) struct ModuleView {
    /// Its path; empty for the root.
    pub(super) path: ModulePath,
}

impl ModuleView {
    /// Returns the root, which holds all others.
    pub(super) fn root() -> Self {
        Self {
            path: ModulePath::default(),
        }
    }

    /// Returns the module with the dotted path `name`; `None` when nothing lives there.
    pub(super) fn find(context: &Context<'_>, name: &str) -> Option<Self> {
        let path = ModulePath::parse(name);
        let is_known = path.segments().is_empty() || all(context.catalog()).contains(&path);
        is_known.then_some(Self { path })
    }
}

/// Returns whether `module` is `outer` or lies below it.
pub(super) fn is_inside(module: &ModulePath, outer: &ModulePath) -> bool {
    module.segments().starts_with(outer.segments())
}

/// Returns the modules behind the module types of the served schema.
pub(super) fn types(catalog: &Catalog) -> HashMap<String, ModulePath> {
    let kinds = [
        RootKind::Query,
        RootKind::Mutation,
        RootKind::Function,
        RootKind::MutationFunction,
    ];
    let modules = all(catalog).into_iter();
    modules
        .flat_map(|module| kinds.map(|kind| (kind.type_name(&module), module.clone())))
        .collect()
}

/// Returns the modules in which `source` has something itself.
pub(super) fn of_source(source: &SourceCatalog) -> BTreeSet<ModulePath> {
    let objects = source.objects.values().map(|object| object.module.clone());
    objects
        .chain(source.functions.iter().map(|function| function.module.clone()))
        .collect()
}

/// Returns all modules with something in them or below them, without the root.
fn all(catalog: &Catalog) -> BTreeSet<ModulePath> {
    let objects = catalog.objects.values().map(|object| &object.module);
    let functions = catalog.functions.iter().map(|function| &function.module);
    let mut modules = BTreeSet::new();
    for module in objects.chain(functions) {
        let mut next = Some(module.clone());
        while let Some(path) = next.filter(|path| !path.segments().is_empty()) {
            next = path.parent().map(|(parent, _)| parent);
            if !modules.insert(path) {
                break;
            }
        }
    }
    modules
}

/// Returns a member of `_Module`.
pub(super) fn member<'a>(context: &Context<'a>, view: &ModuleView, selected: &Selected) -> Value<'a> {
    let path = &view.path;
    let root_type = |kind: RootKind| context.type_called(&kind.type_name(path));
    match selected.name.as_str() {
        "name" => path.dotted().into(),
        "dataSources" => Value::texts(data_sources(context.catalog(), path)),
        "modules" => {
            let modules = all(context.catalog()).into_iter();
            let children = modules.filter(|module| {
                module.parent().is_some_and(|(parent, _)| parent == *path) && has_content(context, module)
            });
            Value::objects(children.map(|path| Object::Module(ModuleView { path })))
        }
        "dataObjects" => {
            let objects = context.catalog().objects.values();
            let own =
                objects.filter(|object| object.module == *path && data_object::is_visible(context, object));
            Value::objects(own.map(|object| Object::Table(object)))
        }
        "functions" => {
            let functions = context.catalog().functions.iter();
            let mut own: Vec<_> = functions
                .filter(|found| found.module == *path && function::is_visible(context, found))
                .collect();
            own.sort_by_key(|function| (function.kind == FunctionKind::Mutation, function.name.clone()));
            Value::objects(own.into_iter().map(|function| Object::Function(function)))
        }
        "queryType" => root_type(RootKind::Query),
        "mutationType" => root_type(RootKind::Mutation),
        "subscriptionType" if path.segments().is_empty() => context.type_called("Subscription"),
        "functionType" => root_type(RootKind::Function),
        "mutationFunctionType" => root_type(RootKind::MutationFunction),
        _ => Value::Null,
    }
}

/// Returns whether the role sees something in `module` or below it.
fn has_content(context: &Context<'_>, module: &ModulePath) -> bool {
    let catalog = context.catalog();
    let mut objects = catalog.objects.values();
    let mut functions = catalog.functions.iter();
    objects.any(|object| is_inside(&object.module, module) && data_object::is_visible(context, object))
        || functions.any(|found| is_inside(&found.module, module) && function::is_visible(context, found))
}

/// Returns the names of the sources with something in `module` or below it.
fn data_sources(catalog: &Catalog, module: &ModulePath) -> BTreeSet<String> {
    let objects = catalog.objects.values();
    let objects = objects
        .filter(|object| is_inside(&object.module, module))
        .map(|object| object.source.to_string());
    let functions = catalog.functions.iter();
    let functions = functions
        .filter(|function| is_inside(&function.module, module))
        .map(|function| function.source.to_string());
    objects.chain(functions).collect()
}
