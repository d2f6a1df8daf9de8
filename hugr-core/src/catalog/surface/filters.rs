//! Filter inputs of scalars, tables, views and structs (spec: filters).

use super::{Definitions, Scope};
use crate::catalog::model::{BaseType, Cardinality, DataObject, Field, FilterRule, StructType};
use crate::catalog::scalar::{FilterOperator, Scalar};
use crate::catalog::sdl::{TypeDraft, TypeKeyword};
use crate::catalog::type_names;

/// Adds the filter inputs of all scalars.
pub(super) fn scalar_filters(definitions: &mut Definitions) {
    for scalar in Scalar::ALL {
        let operators = scalar.filter_operators();
        if !operators.is_empty() {
            let name = type_names::scalar_filter(scalar);
            let mut text = TypeDraft::new(TypeKeyword::Input, &name, None);
            for operator in operators {
                text.member(operator.as_str(), &operand(scalar, *operator), None);
            }
            definitions.insert(text);
        }
        let operators = scalar.list_filter_operators();
        if !operators.is_empty() {
            let name = type_names::scalar_list_filter(scalar);
            let mut text = TypeDraft::new(TypeKeyword::Input, &name, None);
            for operator in operators {
                text.member(operator.as_str(), &list_operand(scalar, *operator), None);
            }
            definitions.insert(text);
        }
    }
}

/// Adds the filter inputs of `object`.
pub(super) fn object_filters(scope: &Scope<'_>, object: &DataObject, definitions: &mut Definitions) {
    let name = type_names::filter(object.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Input, &name, None);
    for field in object.fields.values().filter(|field| !field.options.is_added) {
        add_member(field, field_filter(field), &mut text);
    }
    for link in object.links.values().filter(|link| link.path.is_relation()) {
        // What a parameterized view holds depends on its parameters, which a filter does not give.
        if scope
            .target(link)
            .is_none_or(|target| target.parameters.is_some())
        {
            continue;
        }
        let target = link.target.as_str();
        let ty = match link.cardinality {
            Cardinality::One => type_names::filter(target),
            Cardinality::Many => type_names::list_filter(target),
        };
        text.member(link.name.as_str(), &ty, link.description.as_deref());
    }
    finish(object.name.as_str(), text, definitions);
    if scope.is_listed(&object.name) {
        list_filter(object.name.as_str(), definitions);
    }
}

/// Adds the filter inputs of `struct_type`; members of nested structs are not part of it.
pub(super) fn struct_filters(struct_type: &StructType, definitions: &mut Definitions) {
    let name = type_names::filter(struct_type.name.as_str());
    let mut text = TypeDraft::new(TypeKeyword::Input, &name, None);
    for field in struct_type.fields.values() {
        match field.ty.base {
            BaseType::Scalar(scalar) => {
                add_member(field, scalar_field_filter(scalar, field.ty.is_list), &mut text)
            }
            BaseType::Struct(_) | BaseType::Enum(_) => {}
        }
    }
    finish(struct_type.name.as_str(), text, definitions);
    list_filter(struct_type.name.as_str(), definitions);
}

fn add_member(field: &Field, filter: Option<String>, text: &mut TypeDraft) {
    let Some(filter) = filter else { return };
    let mark = match field.options.filter {
        FilterRule::Optional => "",
        FilterRule::Required => "!",
        FilterRule::Excluded => return,
    };
    text.member(
        field.name.as_str(),
        &format!("{filter}{mark}"),
        field.description.as_deref(),
    );
}

/// Adds the combinators.
fn finish(name: &str, mut text: TypeDraft, definitions: &mut Definitions) {
    let filter = type_names::filter(name);
    text.member("_and", &format!("[{filter}]"), None);
    text.member("_or", &format!("[{filter}]"), None);
    text.member("_not", &filter, None);
    definitions.insert(text);
}

/// Adds the filter for lists of what the filter of `name` is for.
fn list_filter(name: &str, definitions: &mut Definitions) {
    let filter = type_names::filter(name);
    let list_filter = type_names::list_filter(name);
    let mut text = TypeDraft::new(TypeKeyword::Input, &list_filter, None);
    for quantifier in ["any_of", "all_of", "none_of"] {
        text.member(quantifier, &filter, None);
    }
    definitions.insert(text);
}

fn field_filter(field: &Field) -> Option<String> {
    match &field.ty.base {
        BaseType::Scalar(scalar) => scalar_field_filter(*scalar, field.ty.is_list),
        BaseType::Struct(name) if field.ty.is_list => Some(type_names::list_filter(name.as_str())),
        BaseType::Struct(name) => Some(type_names::filter(name.as_str())),
        BaseType::Enum(_) => None,
    }
}

fn scalar_field_filter(scalar: Scalar, is_list: bool) -> Option<String> {
    if is_list {
        (!scalar.list_filter_operators().is_empty()).then(|| type_names::scalar_list_filter(scalar))
    } else {
        (!scalar.filter_operators().is_empty()).then(|| type_names::scalar_filter(scalar))
    }
}

/// Returns the type of the operand of `operator` in the filter of `scalar`.
fn operand(scalar: Scalar, operator: FilterOperator) -> String {
    use FilterOperator as Op;
    let own = scalar.as_str();
    let bound = scalar.range_bound().map(Scalar::as_str);
    match operator {
        Op::Eq | Op::Ne | Op::Gt | Op::Gte | Op::Lt | Op::Lte => own.to_owned(),
        Op::Intersects | Op::Includes | Op::Excludes => own.to_owned(),
        // A range contains a bound; JSON and geometries contain their like.
        Op::Contains | Op::Upper | Op::Lower => bound.unwrap_or(own).to_owned(),
        Op::In => format!("[{own}!]"),
        Op::Like | Op::Ilike | Op::Regex | Op::Has => "String".to_owned(),
        Op::HasAll => "[String!]".to_owned(),
        Op::IsNull | Op::UpperInclusive | Op::LowerInclusive | Op::UpperInf | Op::LowerInf => {
            "Boolean".to_owned()
        }
    }
}

/// Returns the type of the operand of `operator` in the filter of lists of `scalar`.
fn list_operand(scalar: Scalar, operator: FilterOperator) -> String {
    if operator == FilterOperator::IsNull {
        "Boolean".to_owned()
    } else {
        format!("[{}!]", scalar.as_str())
    }
}
