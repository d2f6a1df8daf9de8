//! Inputs and results of mutations, for the objects that take them.

use super::Definitions;
use super::objects::base_name;
use crate::catalog::model::{
    BaseType, Cardinality, Catalog, DataObject, Field, FieldValue, Link, LinkPath, MutationSupport,
};
use crate::catalog::sdl::TypeText;
use crate::catalog::type_names;

/// Fields of `OperationResult`, which every mutation result starts with.
const RESULT_FIELDS: [(&str, &str); 4] = [
    ("success", "Boolean"),
    ("affected_rows", "BigInt"),
    ("last_id", "BigInt"),
    ("message", "String"),
];

/// Adds the mutation types of `object`, if it takes mutations.
pub(super) fn types(catalog: &Catalog, object: &DataObject, definitions: &mut Definitions) {
    match object.mutations {
        MutationSupport::None => {}
        MutationSupport::InsertUpdateDelete => {
            insert_input(catalog, object, definitions);
            update_input(object, definitions);
            result(object, definitions);
        }
    }
}

/// Columns as the SDL declares them, except that a default or a nested parent makes one optional.
fn insert_input(catalog: &Catalog, object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::insert_input(object.name.as_str());
    let mut text = TypeText::new("input", &name, object.description.as_deref());
    for field in writable(object) {
        let is_required =
            field.ty.is_required && field.options.default.is_none() && !comes_from_parent(object, field);
        let ty = format!("{}{}", optional_type(field), if is_required { "!" } else { "" });
        text.member(field.name.as_str(), &ty, field.description.as_deref());
    }
    for link in object
        .links
        .values()
        .filter(|link| is_insertable(catalog, object, link))
    {
        let input = type_names::insert_input(link.target.as_str());
        let ty = match link.cardinality {
            Cardinality::One => input,
            Cardinality::Many => format!("[{input}]"),
        };
        text.member(link.name.as_str(), &ty, link.description.as_deref());
    }
    definitions.insert(name, text.finish());
}

fn update_input(object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::update_input(object.name.as_str());
    let mut text = TypeText::new("input", &name, object.description.as_deref());
    for field in writable(object) {
        text.member(
            field.name.as_str(),
            &optional_type(field),
            field.description.as_deref(),
        );
    }
    definitions.insert(name, text.finish());
}

/// The operation's result, then the columns of the first row that it touched.
fn result(object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::mutation_result(object.name.as_str());
    let mut text = TypeText::new(
        "type",
        &name,
        Some("What a change did, and the first row that it touched"),
    );
    for (field, ty) in RESULT_FIELDS {
        text.member(field, ty, None);
    }
    let is_free = |field: &&Field| {
        RESULT_FIELDS
            .iter()
            .all(|(taken, _)| *taken != field.name.as_str())
    };
    for field in object.fields.values().filter(is_free) {
        text.member(
            field.name.as_str(),
            &optional_type(field),
            field.description.as_deref(),
        );
    }
    definitions.insert(name, text.finish());
}

/// Returns the columns that can be written. Inputs of structs come with the mutations of data sources.
fn writable(object: &DataObject) -> impl Iterator<Item = &Field> {
    object.fields.values().filter(|field| {
        matches!(field.value, FieldValue::Column(_)) && !matches!(field.ty.base, BaseType::Struct(_))
    })
}

fn optional_type(field: &Field) -> String {
    let base = base_name(&field.ty);
    if field.ty.is_list {
        format!("[{base}]")
    } else {
        base.to_owned()
    }
}

/// Returns whether a parent that is inserted along can give `field` its value.
fn comes_from_parent(object: &DataObject, field: &Field) -> bool {
    object.links.values().any(|link| {
        link.cardinality == Cardinality::One
            && matches!(&link.path, LinkPath::Keys(keys) if keys.iter().any(|(own, _)| *own == field.name))
    })
}

fn is_insertable(catalog: &Catalog, object: &DataObject, link: &Link) -> bool {
    catalog.objects.get(&link.target).is_some_and(|target| {
        target.source == object.source && target.mutations == MutationSupport::InsertUpdateDelete
    })
}
