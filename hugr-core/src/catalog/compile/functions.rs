//! `extend type Function` and `extend type MutationFunction`.
//!
//! Functions of built-in sources run in the process; those of data sources are not built yet.

use apollo_compiler::Name;
use apollo_compiler::ast::FieldDefinition;

use super::declarations::FunctionDeclaration;
use super::report::Report;
use super::{Context, SchemaKind, argument};
use crate::catalog::model::{Function, FunctionBody};
use crate::catalog::scalar::Scalar;
use crate::catalog::suggest;
use crate::name::FieldName;

/// The result type of mutations, which every served schema has.
const OPERATION_RESULT: &str = "OperationResult";

/// Returns the functions that are served.
pub(super) fn compile(context: &Context<'_>, report: &mut Report) -> Vec<Function> {
    let mut functions: Vec<Function> = Vec::new();
    for declaration in &context.declarations.functions {
        let Some(function) = function(context, declaration, report) else {
            continue;
        };
        let is_same = |other: &Function| {
            other.name == function.name && other.kind == function.kind && other.module == function.module
        };
        if functions.iter().any(is_same) {
            let message = format!("function `{}` is declared twice", function.name);
            report.error(declaration.definition.name.location(), message, None);
        } else {
            functions.push(function);
        }
    }
    functions
}

fn function(
    context: &Context<'_>,
    declaration: &FunctionDeclaration,
    report: &mut Report,
) -> Option<Function> {
    let definition = &*declaration.definition;
    let name = &definition.name;
    check_types(context, definition, report);
    let Some(directive) = definition.directives.get("function") else {
        report.error(
            name.location(),
            format!("function `{name}` does not say what it calls"),
            Some("add `@function(name:)`".to_owned()),
        );
        return None;
    };
    if context.schema.kind != SchemaKind::BuiltIn {
        let message = format!("functions of data sources are not supported yet: `{name}` is not served");
        report.warning(name.location(), message, None);
        return None;
    }
    let arguments = definition.arguments.iter().map(|argument| {
        let default = argument
            .default_value
            .as_ref()
            .map(|value| format!(" = {value}"))
            .unwrap_or_default();
        format!(
            "{}: {}{default}",
            argument.name,
            context.naming.type_text(&argument.ty)
        )
    });
    Some(Function {
        name: FieldName::from(name.as_str()),
        source: context.schema.source.clone(),
        module: context.naming.function_module(&definition.directives, report),
        kind: declaration.kind,
        arguments: arguments.collect(),
        returns: context.naming.type_text(&definition.ty),
        body: FunctionBody::Runtime(argument::text(directive, "name")?.to_owned()),
        description: definition.description.as_ref().map(|text| text.to_string()),
    })
}

fn check_types(context: &Context<'_>, definition: &FieldDefinition, report: &mut Report) {
    let declarations = context.declarations;
    let result = definition.ty.inner_named_type();
    let is_known_result = Scalar::from_name(result).is_some()
        || result == OPERATION_RESULT
        || declarations.objects.contains_key(result)
        || declarations.enums.contains_key(result)
        || declarations.abstract_types.contains(result);
    if !is_known_result {
        report_unknown(context, definition, result, report);
    }
    for argument in &definition.arguments {
        let ty = argument.ty.inner_named_type();
        let is_known = Scalar::from_name(ty).is_some()
            || declarations.inputs.contains_key(ty)
            || declarations.enums.contains_key(ty);
        if !is_known {
            report_unknown(context, definition, ty, report);
        }
    }
}

fn report_unknown(context: &Context<'_>, definition: &FieldDefinition, ty: &Name, report: &mut Report) {
    let choices = Scalar::ALL
        .map(Scalar::as_str)
        .into_iter()
        .chain(context.declarations.type_names());
    report.error(
        ty.location().or_else(|| definition.name.location()),
        format!(
            "function `{}` uses `{ty}`, which is not a type for it",
            definition.name
        ),
        suggest::help(ty, choices),
    );
}
