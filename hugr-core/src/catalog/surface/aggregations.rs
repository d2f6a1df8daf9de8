//! Aggregation types of tables, views and structs (spec: aggregation types).
//!
//! Level 1 aggregates rows, level 2 aggregates the results of level 1 per parent, level 3 does so once more and counts
//! only. Levels 2 and 3 exist for what some list leads to.

use std::collections::BTreeSet;

use super::scalars::{self, is_aggregatable};
use super::{Definitions, Scope, arguments};
use crate::catalog::model::{
    BaseType, CallField, CallKind, Cardinality, DataObject, Field, Link, StructType,
};
use crate::catalog::scalar::Scalar;
use crate::catalog::sdl::{TypeDraft, TypeKeyword};
use crate::catalog::type_names;
use crate::name::TypeName;

/// Member that counts rows.
const ROWS_COUNT: &str = "_rows_count";

/// Adds the aggregation types of `object`.
pub(super) fn object(scope: &Scope<'_>, object: &DataObject, definitions: &mut Definitions) {
    level_one(scope, object, definitions);
    bucket(object, definitions);
    if scope.is_listed(&object.name) {
        level_two(scope, object, definitions);
        let name = type_names::sub_sub_aggregation(object.name.as_str());
        let mut text = TypeDraft::new(TypeKeyword::Object, &name, None);
        text.member(ROWS_COUNT, "BigIntSubAggregation", None);
        definitions.insert(text);
    }
}

/// Adds the aggregation types of `struct_type`.
pub(super) fn struct_type(scope: &Scope<'_>, struct_type: &StructType, definitions: &mut Definitions) {
    let name = type_names::aggregation(struct_type.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Object, &name, None);
    text.member(ROWS_COUNT, "BigInt", None);
    for field in struct_type.fields.values().filter(|field| !field.ty.is_list) {
        match &field.ty.base {
            BaseType::Scalar(scalar) if is_aggregatable(*scalar) => text.field(
                field.name.as_str(),
                scalars::field_arguments(*scalar),
                &type_names::scalar_aggregation(*scalar),
                None,
            ),
            BaseType::Struct(inner) if scope.is_column_struct(inner) => {
                text.member(
                    field.name.as_str(),
                    &type_names::aggregation(inner.as_str()),
                    None,
                );
            }
            BaseType::Scalar(_) | BaseType::Struct(_) | BaseType::Enum(_) => {}
        }
    }
    definitions.insert(text);

    let name = type_names::sub_aggregation(struct_type.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Object, &name, None);
    text.member(ROWS_COUNT, "BigIntAggregation", None);
    for (field, scalar) in aggregatable(struct_type.fields.values()) {
        text.member(
            field.name.as_str(),
            &type_names::scalar_sub_aggregation(scalar),
            None,
        );
    }
    definitions.insert(text);
}

/// Returns the names of the structs that columns of tables and views have, directly or inside others.
pub(super) fn column_structs(catalog: &crate::catalog::Catalog) -> BTreeSet<&TypeName> {
    let columns = catalog.objects.values().flat_map(|object| object.fields.values());
    let mut pending: Vec<&TypeName> = columns.filter_map(struct_name).collect();
    let mut found = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if found.insert(name)
            && let Some(ty) = catalog.structs.get(name)
        {
            pending.extend(ty.fields.values().filter_map(struct_name));
        }
    }
    found
}

fn struct_name(field: &Field) -> Option<&TypeName> {
    match &field.ty.base {
        BaseType::Struct(name) => Some(name),
        BaseType::Scalar(_) | BaseType::Enum(_) => None,
    }
}

fn level_one(scope: &Scope<'_>, object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::aggregation(object.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Object, &name, None);
    text.member(ROWS_COUNT, "BigInt", None);
    columns(object, type_names::scalar_aggregation, &mut text);
    for field in object.fields.values().filter(|field| !field.ty.is_list) {
        if let Some(inner) = struct_name(field) {
            text.member(
                field.name.as_str(),
                &type_names::aggregation(inner.as_str()),
                None,
            );
        }
    }
    for call in object.calls.values() {
        table_call(scope, call, &mut text);
    }
    for link in object.links.values() {
        let Some(target) = scope.target(link) else {
            continue;
        };
        match link.cardinality {
            // A to-one `@join` has no member.
            Cardinality::One if !link.path.is_relation() => {}
            Cardinality::One => text.field(
                link.name.as_str(),
                &arguments::to_one(target),
                &type_names::aggregation(target.name.as_str()),
                None,
            ),
            Cardinality::Many => {
                let types = [
                    type_names::aggregation(target.name.as_str()),
                    type_names::sub_aggregation(target.name.as_str()),
                ];
                list_members(link, target, &types, &mut text);
            }
        }
    }
    companions(object, type_names::scalar_aggregation, &mut text);
    if object.embeddings.is_some() {
        text.field("_distance_to_query", "query: String!", "FloatAggregation", None);
    }
    if !object.is_junction {
        super::shared::joins(object, "_join_aggregation", "_spatial_aggregation", &mut text);
    }
    definitions.insert(text);
}

fn bucket(object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::bucket(object.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Object, &name, None);
    text.member("key", object.name.as_str(), None);
    let filter = type_names::filter(object.name.as_str());
    text.field(
        "aggregations",
        &format!("filter: {filter}, order_by: [OrderByField]"),
        &type_names::aggregation(object.name.as_str()),
        None,
    );
    definitions.insert(text);
}

fn level_two(scope: &Scope<'_>, object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::sub_aggregation(object.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Object, &name, None);
    text.member(ROWS_COUNT, "BigIntAggregation", None);
    columns(object, type_names::scalar_sub_aggregation, &mut text);
    for field in object.fields.values().filter(|field| !field.ty.is_list) {
        if let Some(inner) = struct_name(field) {
            text.member(
                field.name.as_str(),
                &type_names::sub_aggregation(inner.as_str()),
                None,
            );
        }
    }
    for link in object.links.values().filter(|link| link.path.is_relation()) {
        let Some(target) = scope.target(link) else {
            continue;
        };
        if link.cardinality == Cardinality::Many {
            let types = [
                type_names::sub_aggregation(target.name.as_str()),
                type_names::sub_sub_aggregation(target.name.as_str()),
            ];
            list_members(link, target, &types, &mut text);
        }
    }
    companions(object, type_names::scalar_sub_aggregation, &mut text);
    definitions.insert(text);
}

/// Adds the members of scalar columns and of fields that call functions with a scalar result.
fn columns(object: &DataObject, type_name: fn(Scalar) -> String, text: &mut TypeDraft) {
    for (field, scalar) in aggregatable(object.fields.values()) {
        let arguments = scalars::column_arguments(object, field, scalar);
        text.field(field.name.as_str(), &arguments, &type_name(scalar), None);
    }
    for call in object.calls.values() {
        let scalar = call.returns.scalar().filter(|scalar| is_aggregatable(*scalar));
        if let (Some(scalar), CallKind::Value, false) = (scalar, &call.kind, call.returns.is_list) {
            text.field(
                call.name.as_str(),
                scalars::field_arguments(scalar),
                &type_name(scalar),
                None,
            );
        }
    }
}

fn aggregatable<'a>(fields: impl Iterator<Item = &'a Field>) -> impl Iterator<Item = (&'a Field, Scalar)> {
    let fields = fields.filter(|field| !field.options.is_added);
    fields.filter_map(|field| match field.ty.base {
        BaseType::Scalar(scalar) if !field.ty.is_list && is_aggregatable(scalar) => Some((field, scalar)),
        BaseType::Scalar(_) | BaseType::Struct(_) | BaseType::Enum(_) => None,
    })
}

/// Adds the two members of a list: its aggregation, and the aggregation of its aggregations per row.
fn list_members(link: &Link, target: &DataObject, types: &[String; 2], text: &mut TypeDraft) {
    let [aggregation, nested] = types;
    text.field(
        link.name.as_str(),
        &arguments::aggregated(target),
        aggregation,
        None,
    );
    text.field(
        &format!("{}_aggregation", link.name),
        &arguments::to_many(target),
        nested,
        None,
    );
}

/// Adds the members of a field that joins a table function whose rows are those of a table or view.
fn table_call(scope: &Scope<'_>, call: &CallField, text: &mut TypeDraft) {
    let Some(target) = scope.called_rows(call) else {
        return;
    };
    let arguments = super::objects::call_arguments(call);
    let name = target.name.as_str();
    text.field(
        call.name.as_str(),
        &arguments,
        &type_names::aggregation(name),
        None,
    );
    text.field(
        &format!("{}_aggregation", call.name),
        &arguments,
        &type_names::sub_aggregation(name),
        None,
    );
}

fn companions(object: &DataObject, type_name: fn(Scalar) -> String, text: &mut TypeDraft) {
    for (name, companion) in &object.companions {
        text.field(
            name.as_str(),
            scalars::companion_arguments(companion.kind),
            &type_name(scalars::companion_scalar(companion.kind)),
            None,
        );
    }
}
