//! Object types of tables, views and structs.

use super::{Definitions, arguments};
use crate::catalog::model::{BaseType, Cardinality, DataObject, Field, FieldType, Link, StructType};
use crate::catalog::sdl::{self, TypeText};

/// Adds the type of `object`: its columns, then its links.
pub(super) fn data_object(object: &DataObject, definitions: &mut Definitions) {
    let mut text = TypeText::new("type", object.name.as_str(), object.description.as_deref());
    for field in object.fields.values() {
        column(field, &mut text);
    }
    for found in object.links.values() {
        link(found, &mut text);
    }
    definitions.insert(object.name.to_string(), text.finish());
}

/// Adds the type of `struct_type`.
pub(super) fn struct_type(struct_type: &StructType, definitions: &mut Definitions) {
    let mut text = TypeText::new(
        "type",
        struct_type.name.as_str(),
        struct_type.description.as_deref(),
    );
    for field in struct_type.fields.values() {
        column(field, &mut text);
    }
    definitions.insert(struct_type.name.to_string(), text.finish());
}

/// Returns the name of the innermost type of `ty`.
pub(super) fn base_name(ty: &FieldType) -> &str {
    match &ty.base {
        BaseType::Scalar(scalar) => scalar.as_str(),
        BaseType::Struct(name) | BaseType::Enum(name) => name.as_str(),
    }
}

fn column(field: &Field, text: &mut TypeText) {
    let deprecated = field
        .deprecated
        .as_deref()
        .map(sdl::deprecated)
        .unwrap_or_default();
    let ty = format!("{}{deprecated}", type_text(&field.ty));
    text.member(field.name.as_str(), &ty, field.description.as_deref());
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

fn link(link: &Link, text: &mut TypeText) {
    let target = link.target.as_str();
    let description = link.description.as_deref();
    match link.cardinality {
        Cardinality::One => text.field(link.name.as_str(), arguments::TO_ONE, target, description),
        Cardinality::Many => {
            text.field(
                link.name.as_str(),
                &arguments::to_many(target),
                &format!("[{target}]"),
                description,
            );
        }
    }
}
