//! Arguments of functions and of the fields that call them; parameters of views (`@args`).

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, InputObjectTypeDefinition, InputValueDefinition};
use indexmap::IndexMap;

use super::declarations::ObjectDeclaration;
use super::report::Report;
use super::type_ref::type_ref;
use super::{Context, argument, defaults, placeholders};
use crate::catalog::model::{Parameter, ViewParameters};
use crate::catalog::scalar::Scalar;
use crate::error::suggest;
use crate::name::FieldName;
use crate::sql::fragment::{Fragment, Piece};

/// Returns `definitions` as parameters; `owner` is told in findings.
pub(super) fn compile(
    context: &Context<'_>,
    owner: &str,
    definitions: &[Node<InputValueDefinition>],
    report: &mut Report,
) -> IndexMap<FieldName, Parameter> {
    let mut parameters = IndexMap::new();
    for definition in definitions {
        let Some(parameter) = parameter(context, owner, definition, report) else {
            continue;
        };
        if parameters.contains_key(&parameter.name) || definition.name.starts_with("__") {
            let message = format!(
                "argument `{owner}.{}` stands twice or has a reserved name",
                definition.name
            );
            report.error(definition.name.location(), message, None);
        } else {
            parameters.insert(parameter.name.clone(), parameter);
        }
    }
    parameters
}

/// Returns the parameters of the view `declaration`.
pub(super) fn of_view(
    context: &Context<'_>,
    declaration: &ObjectDeclaration,
    report: &mut Report,
) -> Option<ViewParameters> {
    let directive = declaration.directives.get("args")?;
    if !declaration.directives.has("view") {
        report.error(
            directive.location(),
            format!("`@args` needs `@view` on `{}`", declaration.name),
            None,
        );
        return None;
    }
    let input = input_of(context, declaration, directive, report)?;
    let fields = compile(context, &input.name, &input.fields, report);
    Some(ViewParameters {
        input: context.naming.type_name(&input.name),
        is_required: argument::flag(directive, "required")
            || fields
                .values()
                .any(|field| field.ty.is_required && field.default.is_none()),
        fields,
    })
}

fn input_of<'a>(
    context: &'a Context<'_>,
    declaration: &ObjectDeclaration,
    directive: &Node<Directive>,
    report: &mut Report,
) -> Option<&'a InputObjectTypeDefinition> {
    let name = argument::text(directive, "name")?;
    let inputs = &context.declarations.inputs;
    let found = inputs.get(name);
    if found.is_none() {
        report.error(
            argument::place(directive, "name"),
            format!(
                "`@args` of `{}` names `{name}`, which is not an input of this source",
                declaration.name
            ),
            suggest::help(name, inputs.keys().map(apollo_compiler::Name::as_str)),
        );
    }
    found
}

fn parameter(
    context: &Context<'_>,
    owner: &str,
    definition: &InputValueDefinition,
    report: &mut Report,
) -> Option<Parameter> {
    let name = &definition.name;
    let named = definition.ty.inner_named_type();
    let declarations = context.declarations;
    let is_known = Scalar::from_name(named).is_some()
        || declarations.inputs.contains_key(named)
        || declarations.enums.contains_key(named);
    if !is_known {
        let choices = Scalar::ALL
            .map(Scalar::as_str)
            .into_iter()
            .chain(declarations.type_names());
        report.error(
            named.location().or_else(|| name.location()),
            format!("`{owner}.{name}` has `{named}`, which is not a type for inputs"),
            suggest::help(named, choices),
        );
        return None;
    }
    let Some(ty) = type_ref(context, &definition.ty) else {
        report.error(
            name.location(),
            format!("argument `{owner}.{name}` is a list of lists"),
            Some("use JSON".to_owned()),
        );
        return None;
    };
    defaults::check(declarations, owner, definition, report);
    let sql_name = definition.directives.get("named").map(|named| {
        argument::non_empty_text(named, "name")
            .unwrap_or(name.as_str())
            .to_owned()
    });
    Some(Parameter {
        name: FieldName::from(name.as_str()),
        server_value: server_value(owner, definition, report),
        ty,
        default: definition.default_value.as_ref().map(|value| value.to_string()),
        sql_name,
        description: definition.description.as_ref().map(|text| text.to_string()),
    })
}

/// Returns the value of `@arg_default`. What clients cannot give must be nullable, or every call would be refused.
fn server_value(owner: &str, definition: &InputValueDefinition, report: &mut Report) -> Option<Fragment> {
    let directive = definition.directives.get("arg_default")?;
    let value = argument::text(directive, "value")?;
    let fragment = Fragment::parse(value);
    let place = argument::place(directive, "value");
    let is_placeholder = matches!(fragment.pieces(), [Piece::Placeholder(path)] if path.len() > 1);
    if is_placeholder {
        placeholders::check(&fragment, place, report);
    } else {
        report.error(
            place,
            format!("`{value}` is not a value that the server provides"),
            Some("write one placeholder, for instance \"[$auth.user_id]\"".to_owned()),
        );
    }
    if definition.default_value.is_some() || definition.ty.is_non_null() {
        report.error(
            definition.name.location(),
            format!(
                "`{owner}.{}` is filled by the server, so it must be nullable and without a default",
                definition.name
            ),
            None,
        );
    }
    Some(fragment)
}
