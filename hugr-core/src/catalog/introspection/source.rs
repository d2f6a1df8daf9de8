//! `_dataSources`: the sources whose content is served.

use super::Context;
use super::module::{self, ModuleView};
use super::value::{Object, Value};
use crate::catalog::model::SourceCatalog;
use crate::gql::Selected;

/// Engine of the sources that are part of this process.
const BUILT_IN_ENGINE: &str = "runtime";

/// How a source is registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceProfile {
    /// Kind of source: `duckdb`, `postgres`, ….
    pub engine: String,
    /// What people read about it.
    pub description: Option<String>,
    /// Whether its objects live in a module of its own name.
    pub as_module: bool,
    /// Whether it adds to the types of other sources.
    pub is_extension: bool,
}

/// A source.
#[derive(Clone, Copy)]
pub(super) struct SourceView<'a> {
    catalog: &'a SourceCatalog,
    profile: Option<&'a SourceProfile>,
}

/// Returns the sources by name.
pub(super) fn all<'a>(context: &Context<'a>) -> Value<'a> {
    let sources = context.catalog().sources.values();
    Value::objects(sources.map(|source| Object::Source(view(context, source))))
}

/// Returns the source called `name`, or null.
pub(super) fn find<'a>(context: &Context<'a>, name: &str) -> Value<'a> {
    match context.catalog().sources.get(name) {
        Some(source) => Value::Object(Object::Source(view(context, source))),
        None => Value::Null,
    }
}

fn view<'a>(context: &Context<'a>, catalog: &'a SourceCatalog) -> SourceView<'a> {
    SourceView {
        catalog,
        profile: context.introspection.sources.get(&catalog.source),
    }
}

/// Returns a member of `_DataSource`.
pub(super) fn member<'a>(view: SourceView<'a>, selected: &Selected) -> Value<'a> {
    let SourceView { catalog, profile } = view;
    match selected.name.as_str() {
        "name" => catalog.source.as_str().into(),
        "engine" => profile
            .map_or(BUILT_IN_ENGINE, |profile| profile.engine.as_str())
            .into(),
        "description" | "longDescription" => {
            Value::optional(profile.and_then(|profile| profile.description.as_deref()))
        }
        "readOnly" => Value::Bool(catalog.is_read_only),
        "asModule" => Value::Bool(profile.is_none_or(|profile| profile.as_module)),
        "isExtension" => Value::Bool(profile.is_some_and(|profile| profile.is_extension)),
        "modules" => {
            let modules = module::of_source(catalog).into_iter();
            Value::objects(modules.map(|path| Object::Module(ModuleView { path })))
        }
        _ => Value::Null,
    }
}
