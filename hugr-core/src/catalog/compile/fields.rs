//! Fields of tables, views and structs → columns.

use apollo_compiler::Name;
use apollo_compiler::ast::{DirectiveList, FieldDefinition, Type};
use indexmap::IndexMap;

use super::declarations::ObjectDeclaration;
use super::report::Report;
use super::{Context, argument, field_options, value_source, virtual_fields};
use crate::catalog::model::{BaseType, Field, FieldType};
use crate::catalog::scalar::Scalar;
use crate::error::suggest;
use crate::name::FieldName;

/// Fields that objects or their aggregations have of themselves.
const ENGINE_FIELDS: [&str; 4] = ["_join", "_spatial", "_rows_count", "_distance_to_query"];

/// Members that filter inputs have of themselves.
const FILTER_COMBINATORS: [&str; 3] = ["_and", "_or", "_not"];

/// Returns the columns of `owner` in the order of declaration; what is left out is missing.
pub(super) fn compile(
    context: &Context<'_>,
    owner: &ObjectDeclaration,
    report: &mut Report,
) -> IndexMap<FieldName, Field> {
    value_source::check_expressions(owner, report);
    let mut fields = IndexMap::new();
    for field in owner.fields.values() {
        if virtual_fields::is_virtual(&field.directives) || !has_usable_name(owner, field, report) {
            continue;
        }
        let Some(ty) = field_type(context, owner, field, report) else {
            continue;
        };
        if !field.arguments.is_empty() {
            let message = format!(
                "the arguments of column `{}.{}` have no effect",
                owner.name, field.name
            );
            report.warning(field.name.location(), message, None);
        }
        let compiled = Field {
            name: FieldName::from(field.name.as_str()),
            value: value_source::compile(field),
            options: field_options::compile(owner, field, report),
            description: description(field),
            deprecated: deprecation(&field.directives),
            ty,
        };
        fields.insert(compiled.name.clone(), compiled);
    }
    fields
}

/// Returns the reason of `@deprecated`.
pub(super) fn deprecation(directives: &DirectiveList) -> Option<String> {
    let directive = directives.get("deprecated")?;
    Some(
        argument::text(directive, "reason")
            .unwrap_or("No longer supported")
            .to_owned(),
    )
}

/// Returns the description of `field` unless it is empty.
pub(super) fn description(field: &FieldDefinition) -> Option<String> {
    field
        .description
        .as_ref()
        .filter(|text| !text.is_empty())
        .map(|text| text.to_string())
}

/// Returns whether `field` can have its name, and reports why not.
pub(super) fn has_usable_name(
    owner: &ObjectDeclaration,
    field: &FieldDefinition,
    report: &mut Report,
) -> bool {
    let name = field.name.as_str();
    if let Some(source) = field.directives.get("field_source")
        && argument::text(source, "field").is_some_and(|column| column.is_empty() || column.contains('\0'))
    {
        let message = format!("`{}.{name}` does not name its column", owner.name);
        report.error(argument::place(source, "field"), message, None);
        return false;
    }
    let reason = if name.starts_with("__") {
        "names with two leading underscores are for introspection"
    } else if ENGINE_FIELDS.contains(&name) {
        "the engine gives every table and view a field of this name"
    } else if FILTER_COMBINATORS.contains(&name) {
        "filters use the name to combine conditions"
    } else {
        return true;
    };
    report.error(
        field.name.location(),
        format!("field `{}.{name}` cannot have this name: {reason}", owner.name),
        Some("rename it and name the column with `@field_source`".to_owned()),
    );
    false
}

fn field_type(
    context: &Context<'_>,
    owner: &ObjectDeclaration,
    field: &FieldDefinition,
    report: &mut Report,
) -> Option<FieldType> {
    let base = base_type(context, owner, field, report)?;
    let (is_list, is_required, are_items_required) = match &field.ty {
        Type::Named(_) => (false, false, false),
        Type::NonNullNamed(_) => (false, true, false),
        Type::List(item) | Type::NonNullList(item) => {
            if item.is_list() {
                let message = format!("field `{}.{}` is a list of lists", owner.name, field.name);
                report.error(field.name.location(), message, Some("use JSON".to_owned()));
                return None;
            }
            (true, field.ty.is_non_null(), item.is_non_null())
        }
    };
    Some(FieldType {
        base,
        is_list,
        is_required,
        are_items_required,
    })
}

fn base_type(
    context: &Context<'_>,
    owner: &ObjectDeclaration,
    field: &FieldDefinition,
    report: &mut Report,
) -> Option<BaseType> {
    let named = field.ty.inner_named_type();
    if let Some(scalar) = Scalar::from_name(named) {
        return Some(BaseType::Scalar(scalar));
    }
    let declarations = context.declarations;
    if declarations.enums.contains_key(named) {
        return Some(BaseType::Enum(context.naming.type_name(named)));
    }
    let subject = format!("`{}.{}`", owner.name, field.name);
    match declarations.objects.get(named) {
        Some(object) if !object.is_data_object() => {
            return Some(BaseType::Struct(context.naming.type_name(named)));
        }
        Some(_) => {
            report.error(
                place_of(named, field),
                format!("field {subject} has the type of table or view `{named}`, but no directive says how to reach it"),
                Some("use `@field_references` on the key, or `@references` on the type".to_owned()),
            );
            return None;
        }
        None => {}
    }
    if declarations.abstract_types.contains(named) {
        let message = format!("field {subject} is not served: interfaces and unions are not supported yet");
        report.warning(place_of(named, field), message, None);
        return None;
    }
    if declarations.inputs.contains_key(named) {
        let message =
            format!("field {subject} has the type of input `{named}`; inputs only serve as arguments");
        report.error(place_of(named, field), message, None);
        return None;
    }
    report_unknown_type(context, &subject, named, field, report);
    None
}

fn report_unknown_type(
    context: &Context<'_>,
    subject: &str,
    named: &Name,
    field: &FieldDefinition,
    report: &mut Report,
) {
    let help = if named == "ID" {
        Some("use String, or the scalar of the column".to_owned())
    } else {
        let choices = Scalar::ALL
            .map(Scalar::as_str)
            .into_iter()
            .chain(context.declarations.type_names());
        suggest::help(named, choices)
    };
    report.error(
        place_of(named, field),
        format!("field {subject} has the unknown type `{named}`"),
        help,
    );
}

fn place_of(named: &Name, field: &FieldDefinition) -> Option<apollo_compiler::parser::SourceSpan> {
    named.location().or_else(|| field.name.location())
}
