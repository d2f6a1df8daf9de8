//! What types and fields of the served schema stand for: `hugr_type`, `module`, `catalog`.

use super::Context;
use super::member::FieldView;
use crate::catalog::model::{DataObject, FieldValue};
use crate::catalog::surface::RootField;
use crate::catalog::type_names;
use crate::name::TypeName;

/// What an input or an aggregation is derived from, by what its name ends with; the longer endings first.
const DERIVED_INPUTS: [(&str, &str); 4] = [
    ("_list_filter", "filter_list"),
    ("_filter", "filter"),
    ("_mut_input_data", "data_input"),
    ("_mut_data", "data_input"),
];

/// What the names of aggregation types end with, the longer endings first.
const AGGREGATION_ENDINGS: [&str; 4] = [
    "_aggregation_sub_aggregation_sub_aggregation",
    "_aggregation_sub_aggregation",
    "_aggregation_bucket",
    "_aggregation",
];

/// Returns the `hugr_type` of the type `name`; empty when it is none of them.
pub(super) fn of_type(context: &Context<'_>, name: &str) -> &'static str {
    match name {
        "_join" => return "join_queries",
        "_spatial" => return "spatial_queries",
        "_h3_query" => return "h3_aggregate",
        "_h3_data_query" => return "h3_data",
        _ => {}
    }
    if name.starts_with(type_names::MODULE_PREFIX) {
        return "module";
    }
    if let Some(object) = context.catalog().object(name) {
        return if object.is_view { "view" } else { "table" };
    }
    DERIVED_INPUTS
        .iter()
        .find(|(ending, _)| {
            name.strip_suffix(ending)
                .is_some_and(|base| is_declared(context, base))
        })
        .map_or("", |(_, kind)| kind)
}

/// Returns the path of the module that the type `name` belongs to; empty for none.
pub(super) fn module_of_type(context: &Context<'_>, name: &str) -> String {
    if let Some(module) = context.module_types().get(name) {
        return module.dotted();
    }
    let owner = owner(context, name);
    owner.map_or_else(String::new, |object| object.module.dotted())
}

/// Returns the source that brings the type `name`; empty for none.
pub(super) fn source_of_type(context: &Context<'_>, name: &str) -> String {
    if let Some(object) = owner(context, name) {
        return object.source.to_string();
    }
    let base = base_names(name).find(|base| context.catalog().struct_type(base).is_some());
    let declared = TypeName::from(base.unwrap_or(name));
    let mut sources = context.catalog().sources.values();
    let source = sources
        .find(|source| source.structs.contains_key(&declared) || source.passthrough.contains_key(&declared));
    source.map_or_else(String::new, |source| source.source.to_string())
}

/// Returns the `hugr_type` of a field; empty when it is none of them.
pub(super) fn of_field(context: &Context<'_>, view: FieldView<'_>) -> &'static str {
    let name = view.definition.name.as_str();
    if context.served().is_root_type(view.parent) {
        return match context.served().root_field(view.parent, name) {
            Some(field) => of_root_field(field, view),
            None => "",
        };
    }
    match view.definition.ty.inner_named_type().as_str() {
        "_join" => return "join",
        "_spatial" => return "spatial",
        _ => {}
    }
    if let Some(object) = context.catalog().object(view.parent) {
        return of_object_field(object, name);
    }
    match view.parent {
        "_join" | "_spatial" | "_h3_data_query" | "_join_aggregation" | "_spatial_aggregation" => {
            of_rows(view)
        }
        _ => "",
    }
}

/// Returns the source that a field's value comes from; empty for none.
pub(super) fn source_of_field(context: &Context<'_>, view: FieldView<'_>) -> String {
    let name = view.definition.name.as_str();
    if let Some(field) = context.served().root_field(view.parent, name) {
        return match field {
            RootField::Call(function)
            | RootField::CallAggregate(function)
            | RootField::CallBucketAggregate(function) => function.source.to_string(),
            other => other
                .object()
                .map_or_else(String::new, |object| object.source.to_string()),
        };
    }
    let Some(object) = context.catalog().object(view.parent) else {
        return source_of_type(context, view.definition.ty.inner_named_type());
    };
    let target = object
        .links
        .get(name)
        .and_then(|link| context.catalog().object(link.target.as_str()));
    target.map_or(&object.source, |target| &target.source).to_string()
}

/// Returns whether tools for language models should not see the field.
pub(super) fn is_mcp_excluded(context: &Context<'_>, view: FieldView<'_>) -> bool {
    let object = context.catalog().object(view.parent);
    object.is_some_and(|object| object.mcp_excluded.contains(view.definition.name.as_str()))
}

fn is_declared(context: &Context<'_>, name: &str) -> bool {
    context.catalog().object(name).is_some() || context.catalog().struct_type(name).is_some()
}

/// Returns the object that the type `name` is, or is derived from.
fn owner<'a>(context: &Context<'a>, name: &str) -> Option<&'a DataObject> {
    let catalog = context.catalog();
    let mut names = std::iter::once(name).chain(base_names(name));
    names
        .find_map(|base| catalog.object(base))
        .map(|object| &**object)
}

/// Returns the names that `name` may be derived from.
fn base_names(name: &str) -> impl Iterator<Item = &str> {
    let inputs = DERIVED_INPUTS
        .iter()
        .filter_map(move |(ending, _)| name.strip_suffix(ending));
    let aggregations = AGGREGATION_ENDINGS
        .iter()
        .filter_map(move |ending| name.strip_prefix('_')?.strip_suffix(ending));
    inputs.chain(aggregations)
}

fn of_root_field(field: &RootField, view: FieldView<'_>) -> &'static str {
    match field {
        RootField::Module => {
            let target = view.definition.ty.inner_named_type();
            if target.starts_with(type_names::MODULE_PREFIX) {
                "submodule"
            } else {
                ""
            }
        }
        RootField::List(_) => "select",
        RootField::Unique { .. } => "select_one",
        RootField::Aggregate(_) | RootField::CallAggregate(_) => "aggregate",
        RootField::BucketAggregate(_) | RootField::CallBucketAggregate(_) => "bucket_agg",
        RootField::Insert(_) | RootField::InsertMany(_) => "mutation_insert",
        RootField::Update(_) => "mutation_update",
        RootField::Delete(_) => "mutation_delete",
        RootField::Call(_) => "function",
        RootField::Jq => "jq",
        RootField::H3 => "h3_aggregate",
        RootField::Introspection => "",
    }
}

fn of_object_field(object: &DataObject, name: &str) -> &'static str {
    if let Some(field) = object.fields.get(name) {
        return match field.value {
            FieldValue::Expression(_) => "calculated",
            FieldValue::Column(_) | FieldValue::Absent => "column",
        };
    }
    if object.links.contains_key(name) {
        return "select";
    }
    if object.calls.contains_key(name) {
        return "function";
    }
    if name.ends_with("_bucket_aggregation") {
        "bucket_agg"
    } else if name.ends_with("_aggregation") {
        "aggregate"
    } else if object.companions.contains_key(name) || name == "_distance_to_query" {
        "extra_field"
    } else {
        ""
    }
}

/// Returns the `hugr_type` of a member of a shared type, by the type that it gives.
fn of_rows(view: FieldView<'_>) -> &'static str {
    let target = view.definition.ty.inner_named_type().as_str();
    if target.ends_with("_aggregation_bucket") {
        "bucket_agg"
    } else if target == format!("_{}", view.definition.name) || target.ends_with("_aggregation") {
        "aggregate"
    } else {
        "select"
    }
}
