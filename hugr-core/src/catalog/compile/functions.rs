//! `extend type Function` and `extend type MutationFunction`.

use apollo_compiler::ast::{Directive, FieldDefinition};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::declarations::FunctionDeclaration;
use super::report::Report;
use super::type_ref::type_ref;
use super::{Context, SchemaKind, argument, features, fields, parameters, placeholders};
use crate::catalog::model::{Function, FunctionBody, Parameter, SqlCall, TypeRef};
use crate::catalog::scalar::Scalar;
use crate::error::suggest;
use crate::name::FieldName;
use crate::sql::fragment::{Fragment, Piece};

/// The result type of mutations, which every served schema has.
const OPERATION_RESULT: &str = "OperationResult";

/// Returns the functions of the source.
pub(super) fn compile(context: &Context<'_>, report: &mut Report) -> Vec<Function> {
    let mut functions: Vec<Function> = Vec::new();
    if context.schema.kind == SchemaKind::Extension {
        for declaration in &context.declarations.functions {
            let name = &declaration.definition.name;
            report.error(
                name.location(),
                format!("an extension cannot declare the function `{name}`: it has no database to run it in"),
                None,
            );
        }
        return functions;
    }
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
    let returns = result_type(context, definition, report);
    let arguments = parameters::compile(context, name, &definition.arguments, report);
    let Some(directive) = definition.directives.get("function") else {
        report.error(
            name.location(),
            format!("function `{name}` does not say what it calls"),
            Some("add `@function(name:)`".to_owned()),
        );
        return None;
    };
    let returns = returns?;
    let body = match context.schema.kind {
        SchemaKind::BuiltIn => FunctionBody::Runtime(argument::text(directive, "name")?.to_owned()),
        SchemaKind::Ordinary | SchemaKind::Extension => {
            FunctionBody::Sql(sql_call(definition, directive, &arguments, &returns, report)?)
        }
    };
    Some(Function {
        name: FieldName::from(name.as_str()),
        source: context.schema.source.clone(),
        module: context.naming.function_module(&definition.directives, report),
        kind: declaration.kind,
        arguments,
        returns,
        body,
        caching: features::caching(&definition.directives),
        description: definition.description.as_ref().map(|text| text.to_string()),
        deprecated: fields::deprecation(&definition.directives),
    })
}

fn sql_call(
    definition: &FieldDefinition,
    directive: &Node<Directive>,
    arguments: &IndexMap<FieldName, Parameter>,
    returns: &TypeRef,
    report: &mut Report,
) -> Option<SqlCall> {
    let text = match argument::non_empty_text(directive, "sql") {
        Some(sql) => Fragment::parse(sql),
        None => {
            let name = argument::non_empty_text(directive, "name")?;
            let list: Vec<String> = arguments.keys().map(|argument| format!("[{argument}]")).collect();
            Fragment::parse(&format!("{name}({})", list.join(", ")))
        }
    };
    let place = argument::place(directive, "sql");
    placeholders::check(&text, place, report);
    for piece in text.pieces() {
        let Piece::Name(path) = piece else { continue };
        let written = path.join(".");
        if !arguments.contains_key(written.as_str()) {
            report.error(
                place,
                format!("function `{}` has no argument `{written}`", definition.name),
                suggest::help(&written, arguments.keys().map(FieldName::as_str)),
            );
        }
    }
    let is_table = argument::flag(directive, "is_table") || (returns.is_list && returns.scalar().is_none());
    Some(SqlCall {
        text,
        is_table,
        casts_json: argument::flag(directive, "json_cast") && !is_table,
        skips_null_argument: argument::flag(directive, "skip_null_arg"),
    })
}

fn result_type(context: &Context<'_>, definition: &FieldDefinition, report: &mut Report) -> Option<TypeRef> {
    let declarations = context.declarations;
    let result = definition.ty.inner_named_type();
    let is_known = Scalar::from_name(result).is_some()
        || result == OPERATION_RESULT
        || declarations.objects.contains_key(result)
        || declarations.enums.contains_key(result);
    if !is_known {
        report_unknown(context, definition, result, report);
        return None;
    }
    let returns = type_ref(context, &definition.ty);
    if returns.is_none() {
        let message = format!("function `{}` returns a list of lists", definition.name);
        report.error(definition.name.location(), message, Some("use JSON".to_owned()));
    }
    returns
}

fn report_unknown(context: &Context<'_>, definition: &FieldDefinition, ty: &Name, report: &mut Report) {
    if context.declarations.abstract_types.contains(ty) {
        let message = format!(
            "function `{}` is not served: interfaces and unions are not supported yet",
            definition.name
        );
        report.warning(definition.name.location(), message, None);
        return;
    }
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
