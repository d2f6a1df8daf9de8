//! Object types of tables, views and structs.

use super::scalars;
use super::{Definitions, Scope, arguments};
use crate::catalog::model::{
    BaseType, CallField, Cardinality, DataObject, Field, FieldType, Link, Parameter, StructType,
};
use crate::catalog::sdl::{self, TypeDraft, TypeKeyword};
use crate::catalog::type_names;

/// Adds the type of `object`: its columns, the functions it calls, its links, and what the engine derives.
pub(super) fn data_object(scope: &Scope<'_>, object: &DataObject, definitions: &mut Definitions) {
    let mut text = TypeDraft::new(
        TypeKeyword::Object,
        object.name.as_str(),
        object.description.as_deref(),
    );
    for field in object.fields.values() {
        let arguments = match (&field.ty.base, field.ty.is_list) {
            (BaseType::Scalar(scalar), false) => scalars::column_arguments(object, field, *scalar),
            _ => String::new(),
        };
        column(field, &arguments, &mut text);
    }
    for found in object.calls.values() {
        call(scope, found, &mut text);
    }
    for found in object.links.values() {
        link(scope, found, &mut text);
    }
    for (name, companion) in &object.companions {
        text.field(
            name.as_str(),
            scalars::companion_arguments(companion.kind),
            scalars::companion_scalar(companion.kind).as_str(),
            None,
        );
    }
    if object.embeddings.is_some() {
        text.field("_distance_to_query", "query: String!", "Float", None);
    }
    if !object.is_junction {
        super::shared::joins(object, "_join", "_spatial", &mut text);
    }
    definitions.insert(text);
}

/// Adds the type of `struct_type`.
pub(super) fn struct_type(struct_type: &StructType, definitions: &mut Definitions) {
    let mut text = TypeDraft::new(
        TypeKeyword::Object,
        struct_type.name.as_str(),
        struct_type.description.as_deref(),
    );
    for field in struct_type.fields.values() {
        let arguments = match (&field.ty.base, field.ty.is_list) {
            (BaseType::Scalar(scalar), false) => scalars::field_arguments(*scalar),
            _ => "",
        };
        column(field, arguments, &mut text);
    }
    definitions.insert(text);
}

/// Returns the name of the innermost type of `ty`.
pub(super) fn base_name(ty: &FieldType) -> &str {
    match &ty.base {
        BaseType::Scalar(scalar) => scalar.as_str(),
        BaseType::Struct(name) | BaseType::Enum(name) => name.as_str(),
    }
}

/// Returns the arguments of `call` that clients give.
pub(super) fn call_arguments(call: &CallField) -> String {
    served_arguments(call.arguments.values())
}

/// Returns `parameters` as SDL, without those that the server fills.
pub(super) fn served_arguments<'a>(parameters: impl Iterator<Item = &'a Parameter>) -> String {
    let served = parameters.filter(|parameter| parameter.server_value.is_none());
    served.map(Parameter::sdl).collect::<Vec<_>>().join(", ")
}

fn column(field: &Field, arguments: &str, text: &mut TypeDraft) {
    let ty = format!(
        "{}{}",
        type_text(&field.ty),
        deprecation(field.deprecated.as_deref())
    );
    text.field(field.name.as_str(), arguments, &ty, field.description.as_deref());
}

/// Returns `@deprecated` with a leading blank when there is a reason.
pub(super) fn deprecation(reason: Option<&str>) -> String {
    reason.map(sdl::deprecated).unwrap_or_default()
}

fn type_text(ty: &FieldType) -> String {
    let mark = |is_required: bool| if is_required { "!" } else { "" };
    let base = base_name(ty);
    if ty.is_list {
        format!("[{base}{}]{}", mark(ty.are_items_required), mark(ty.is_required))
    } else {
        format!("{base}{}", mark(ty.is_required))
    }
}

fn call(scope: &Scope<'_>, call: &CallField, text: &mut TypeDraft) {
    let mut arguments = call_arguments(call);
    if let (Some(scalar), false) = (call.returns.scalar(), call.returns.is_list) {
        let own = scalars::field_arguments(scalar);
        if !arguments.is_empty() && !own.is_empty() {
            arguments.push_str(", ");
        }
        arguments.push_str(own);
    }
    let ty = format!(
        "{}{}",
        call.returns.sdl(),
        deprecation(call.deprecated.as_deref())
    );
    text.field(call.name.as_str(), &arguments, &ty, call.description.as_deref());
    if let Some(target) = scope.called_rows(call) {
        twins(call.name.as_str(), target, (&arguments, &arguments), text);
    }
}

fn link(scope: &Scope<'_>, link: &Link, text: &mut TypeDraft) {
    let Some(target) = scope.target(link) else { return };
    let name = link.name.as_str();
    let description = link.description.as_deref();
    let deprecated = deprecation(link.deprecated.as_deref());
    match link.cardinality {
        Cardinality::One => {
            let arguments = if link.path.is_relation() {
                arguments::to_one(target)
            } else {
                String::new()
            };
            text.field(
                name,
                &arguments,
                &format!("{}{deprecated}", target.name),
                description,
            );
        }
        Cardinality::Many => {
            let arguments = arguments::to_many(target);
            text.field(
                name,
                &arguments,
                &format!("[{}]{deprecated}", target.name),
                description,
            );
            twins(
                name,
                target,
                (&arguments, &arguments::with_groups(&arguments)),
                text,
            );
        }
    }
}

/// Adds the aggregations of the list field `name`: the one of all rows, and the one in groups, each with its arguments.
fn twins(name: &str, target: &DataObject, arguments: (&str, &str), text: &mut TypeDraft) {
    let (arguments, group_arguments) = arguments;
    let target = target.name.as_str();
    text.field(
        &format!("{name}_aggregation"),
        arguments,
        &type_names::aggregation(target),
        None,
    );
    text.field(
        &format!("{name}_bucket_aggregation"),
        group_arguments,
        &format!("[{}]", type_names::bucket(target)),
        None,
    );
}
