//! Inputs, results and root fields of mutations, for the objects that take them.

use super::objects::base_name;
use super::{Definitions, Scope};
use crate::catalog::model::{
    BaseType, Cardinality, DataObject, Field, FieldValue, Link, LinkPath, MutationSupport, StructType,
};
use crate::catalog::sdl::{TypeDraft, TypeKeyword};
use crate::catalog::type_names;

/// What changes return that show no row.
const OPERATION_RESULT: &str = "OperationResult";

/// What an insert does with rows that are there already.
const CONFLICT_ARGUMENT: &str = ", on_conflict: OnConflict";

/// Whether a filter of which nothing is left means every row.
const ALL_ARGUMENT: &str = ", all: Boolean";

/// Fields of `OperationResult`, which every mutation result starts with.
const RESULT_FIELDS: [(&str, &str); 4] = [
    ("success", "Boolean"),
    ("affected_rows", "BigInt"),
    ("last_id", "BigInt"),
    ("message", "String"),
];

/// Arguments and type of the root fields that change an object.
pub(super) struct RootFields {
    pub(super) insert: (String, String),
    /// Built-in tables take one row at a time.
    pub(super) insert_many: Option<(String, String)>,
    pub(super) update: (String, String),
    pub(super) delete: (String, String),
}

/// Returns the root fields that change `object`; `None` when it takes no mutations.
pub(super) fn root_fields(object: &DataObject) -> Option<RootFields> {
    match object.mutations {
        MutationSupport::None => None,
        MutationSupport::InsertUpdateDelete => Some(source_root_fields(object)),
        MutationSupport::BuiltIn => Some(built_in_root_fields(object)),
    }
}

/// Adds the mutation types of `object`, if it takes mutations.
pub(super) fn types(scope: &Scope<'_>, object: &DataObject, definitions: &mut Definitions) {
    match object.mutations {
        MutationSupport::None => {}
        MutationSupport::InsertUpdateDelete => {
            insert_input(scope, object, definitions);
            update_input(object, definitions);
            many_result(object, definitions);
        }
        MutationSupport::BuiltIn => {
            insert_input(scope, object, definitions);
            update_input(object, definitions);
            result(object, definitions);
        }
    }
}

/// Adds the inputs of `struct_type`; only those that a column uses are needed.
pub(super) fn struct_types(struct_type: &StructType, definitions: &mut Definitions) {
    for (name, suffix) in [
        (
            type_names::insert_input(struct_type.name.as_str()),
            Suffix::Insert,
        ),
        (
            type_names::update_input(struct_type.name.as_str()),
            Suffix::Update,
        ),
    ] {
        let mut text = TypeDraft::new(TypeKeyword::Input, &name, struct_type.description.as_deref());
        for field in struct_type.fields.values().filter(|field| is_writable(field)) {
            let ty = input_type(field, suffix);
            text.member(field.name.as_str(), &ty, field.description.as_deref());
        }
        definitions.insert(text);
    }
}

/// Which of an object's two inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suffix {
    Insert,
    Update,
}

/// A data source checks what is required when it runs the insert: sequences, defaults and parents that are inserted
/// along may give a value. Built-in tables declare it.
fn insert_input(scope: &Scope<'_>, object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::insert_input(object.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Input, &name, object.description.as_deref());
    for field in object.fields.values().filter(|field| is_writable(field)) {
        let is_required = object.mutations == MutationSupport::BuiltIn
            && field.ty.is_required
            && field.options.default.is_none()
            && !comes_from_parent(object, field);
        let mark = if is_required { "!" } else { "" };
        let ty = format!("{}{mark}", input_type(field, Suffix::Insert));
        text.member(field.name.as_str(), &ty, field.description.as_deref());
    }
    for link in object.links.values() {
        if !is_insertable(scope, object, link) {
            continue;
        }
        let input = type_names::insert_input(link.target.as_str());
        let ty = match link.cardinality {
            Cardinality::One => input,
            Cardinality::Many => format!("[{input}]"),
        };
        text.member(link.name.as_str(), &ty, link.description.as_deref());
    }
    definitions.insert(text);
}

fn update_input(object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::update_input(object.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Input, &name, object.description.as_deref());
    for field in object.fields.values().filter(|field| is_writable(field)) {
        text.member(
            field.name.as_str(),
            &input_type(field, Suffix::Update),
            field.description.as_deref(),
        );
    }
    definitions.insert(text);
}

/// The operation's result, then the columns of the first row that it touched.
fn result(object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::mutation_result(object.name.as_str());
    let mut text = TypeDraft::new(
        TypeKeyword::Object,
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
            &input_type(field, Suffix::Update),
            field.description.as_deref(),
        );
    }
    definitions.insert(text);
}

/// The operation's result, and the rows that were inserted or found to be there, where they can be found again.
fn many_result(object: &DataObject, definitions: &mut Definitions) {
    if inserted(object) == OPERATION_RESULT {
        return;
    }
    let name = type_names::mutation_result(object.name.as_str());
    let mut text = TypeDraft::new(
        TypeKeyword::Object,
        &name,
        Some("What an insert of many rows did"),
    );
    for (field, ty) in RESULT_FIELDS {
        text.member(field, ty, None);
    }
    text.member(
        "rows",
        &format!("[{}]", object.name),
        Some("The rows, in the order of the data"),
    );
    definitions.insert(text);
}

/// A field without a column is there, too: what is written to it goes nowhere.
fn is_writable(field: &Field) -> bool {
    match field.value {
        FieldValue::Column(_) | FieldValue::Absent => !field.options.is_added,
        FieldValue::Expression(_) => false,
    }
}

fn input_type(field: &Field, suffix: Suffix) -> String {
    let base = match (&field.ty.base, suffix) {
        (BaseType::Struct(name), Suffix::Insert) => type_names::insert_input(name.as_str()),
        (BaseType::Struct(name), Suffix::Update) => type_names::update_input(name.as_str()),
        (BaseType::Scalar(_) | BaseType::Enum(_), _) => base_name(&field.ty).to_owned(),
    };
    if field.ty.is_list {
        format!("[{base}]")
    } else {
        base
    }
}

/// Returns whether a parent that is inserted along can give `field` its value.
fn comes_from_parent(object: &DataObject, field: &Field) -> bool {
    object.links.values().any(|link| {
        link.cardinality == Cardinality::One
            && matches!(&link.path, LinkPath::Keys(keys) if keys.iter().any(|(own, _)| *own == field.name))
    })
}

fn is_insertable(scope: &Scope<'_>, object: &DataObject, link: &Link) -> bool {
    link.path.is_relation()
        && scope
            .target(link)
            .is_some_and(|target| target.source == object.source && target.mutations != MutationSupport::None)
}

/// Without a filter an update or a delete covers all rows.
fn source_root_fields(object: &DataObject) -> RootFields {
    let name = object.name.as_str();
    let filter = type_names::filter(name);
    // The text to embed may stand for the data.
    let (mark, summary) = match object.embeddings {
        Some(_) => ("", ", summary: String"),
        None => ("!", ""),
    };
    let input = type_names::insert_input(name);
    let inserted = inserted(object);
    let many = match inserted {
        OPERATION_RESULT => OPERATION_RESULT.to_owned(),
        _ => type_names::mutation_result(name),
    };
    RootFields {
        insert: (
            format!("data: {input}{mark}{summary}{CONFLICT_ARGUMENT}"),
            inserted.to_owned(),
        ),
        insert_many: Some((format!("data: [{input}!]!{CONFLICT_ARGUMENT}"), many)),
        update: (
            format!(
                "filter: {filter}, data: {}{mark}{summary}{ALL_ARGUMENT}",
                type_names::update_input(name)
            ),
            OPERATION_RESULT.to_owned(),
        ),
        delete: (
            format!("filter: {filter}{ALL_ARGUMENT}"),
            OPERATION_RESULT.to_owned(),
        ),
    }
}

fn built_in_root_fields(object: &DataObject) -> RootFields {
    let name = object.name.as_str();
    let (filter, result) = (type_names::filter(name), type_names::mutation_result(name));
    RootFields {
        insert: (
            format!("data: {}!", type_names::insert_input(name)),
            inserted(object).to_owned(),
        ),
        insert_many: None,
        update: (
            format!("filter: {filter}!, data: {}!", type_names::update_input(name)),
            result.clone(),
        ),
        delete: (format!("filter: {filter}!"), result),
    }
}

/// Returns the type of an insert: the row when it can be found again.
fn inserted(object: &DataObject) -> &str {
    if object.primary_key.is_empty() || object.is_junction {
        OPERATION_RESULT
    } else {
        object.name.as_str()
    }
}
