//! Enums and inputs, which are served as they are written.

use std::collections::HashSet;

use apollo_compiler::ast::{EnumTypeDefinition, InputObjectTypeDefinition, InputValueDefinition};
use indexmap::IndexMap;

use super::report::Report;
use super::{Context, defaults, fields};
use crate::catalog::scalar::Scalar;
use crate::catalog::sdl::{self, TypeDraft, TypeKeyword};
use crate::error::suggest;
use crate::name::TypeName;

/// Returns the enums and inputs of the source as SDL, with served names.
pub(super) fn compile(context: &Context<'_>, report: &mut Report) -> IndexMap<TypeName, String> {
    let mut served = IndexMap::new();
    for found in context.declarations.enums.values() {
        let name = context.naming.type_name(&found.name);
        let text = enum_text(&name, found, report);
        served.insert(name, text);
    }
    for found in context.declarations.inputs.values() {
        if is_all_hidden(found) {
            continue;
        }
        let name = context.naming.type_name(&found.name);
        let text = input_text(context, &name, found, report);
        served.insert(name, text);
    }
    served
}

/// Returns whether clients must not see `field`: the server fills it, or all that is in it.
fn is_hidden(context: &Context<'_>, field: &InputValueDefinition) -> bool {
    let nested = context.declarations.inputs.get(field.ty.inner_named_type());
    field.directives.has("arg_default") || nested.is_some_and(is_all_hidden)
}

/// Returns whether the server fills every member of `input`.
fn is_all_hidden(input: &InputObjectTypeDefinition) -> bool {
    !input.fields.is_empty()
        && input
            .fields
            .iter()
            .all(|field| field.directives.has("arg_default"))
}

fn enum_text(name: &TypeName, found: &EnumTypeDefinition, report: &mut Report) -> String {
    if found.values.is_empty() {
        report.error(
            found.name.location(),
            format!("enum `{}` has no values", found.name),
            None,
        );
    }
    let mut text = TypeDraft::new(TypeKeyword::Enum, name.as_str(), found.description.as_deref());
    let mut seen = HashSet::new();
    for value in &found.values {
        let is_reserved = matches!(value.value.as_str(), "true" | "false" | "null");
        if is_reserved || !seen.insert(&value.value) {
            let reason = if is_reserved {
                "is a constant"
            } else {
                "stands twice"
            };
            let message = format!("value `{}` of enum `{}` {reason}", value.value, found.name);
            report.error(value.location(), message, None);
        }
        let deprecated = fields::deprecation(&value.directives)
            .map(|reason| sdl::deprecated(&reason))
            .unwrap_or_default();
        text.value(
            &format!("{}{deprecated}", value.value),
            value.description.as_deref(),
        );
    }
    text.text()
}

fn input_text(
    context: &Context<'_>,
    name: &TypeName,
    found: &InputObjectTypeDefinition,
    report: &mut Report,
) -> String {
    if found.fields.is_empty() {
        report.error(
            found.name.location(),
            format!("input `{}` has no fields", found.name),
            None,
        );
    }
    let mut text = TypeDraft::new(TypeKeyword::Input, name.as_str(), found.description.as_deref());
    let mut seen = HashSet::new();
    for field in found.fields.iter().filter(|field| !is_hidden(context, field)) {
        let named = field.ty.inner_named_type();
        let declarations = context.declarations;
        let is_known = Scalar::from_name(named).is_some()
            || declarations.enums.contains_key(named)
            || declarations.inputs.contains_key(named);
        if !is_known {
            let choices = Scalar::ALL
                .map(Scalar::as_str)
                .into_iter()
                .chain(declarations.type_names());
            report.error(
                named.location().or_else(|| field.name.location()),
                format!(
                    "`{}.{}` has `{named}`, which is not a type for inputs",
                    found.name, field.name
                ),
                suggest::help(named, choices),
            );
        }
        if !seen.insert(&field.name) || field.name.starts_with("__") {
            let message = format!(
                "field `{}.{}` stands twice or has a reserved name",
                found.name, field.name
            );
            report.error(field.name.location(), message, None);
        }
        if is_known {
            defaults::check(declarations, &found.name, field, report);
        }
        let default = field
            .default_value
            .as_ref()
            .map(|value| format!(" = {value}"))
            .unwrap_or_default();
        let ty = format!("{}{default}", context.naming.type_text(&field.ty));
        text.member(&field.name, &ty, field.description.as_deref());
    }
    text.text()
}
