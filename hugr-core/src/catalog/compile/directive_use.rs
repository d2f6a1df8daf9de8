//! Checks every use of a directive against the table: known, well placed, well called, built.

use std::collections::HashSet;

use apollo_compiler::ast::{
    Directive, DirectiveList, DirectiveLocation, FieldDefinition, InputValueDefinition,
};
use apollo_compiler::{Name, Node};

use super::declarations::Declarations;
use super::report::Report;
use crate::catalog::directive::{DirectiveSpec, DirectiveStatus};
use crate::error::suggest;

/// Checks all directives of `declarations`.
pub(super) fn check(declarations: &Declarations, report: &mut Report) {
    for object in declarations.objects.values() {
        let subject = format!("type `{}`", object.name);
        check_list(&object.directives, DirectiveLocation::Object, &subject, report);
        for field in object.fields.values() {
            check_field(&object.name, field, report);
        }
    }
    for foreign in declarations.foreign.values() {
        let subject = format!("type `{}`", foreign.name);
        check_list(&foreign.directives, DirectiveLocation::Object, &subject, report);
        for field in foreign.fields.values() {
            check_field(&foreign.name, field, report);
        }
    }
    for function in &declarations.functions {
        let owner = match function.kind {
            crate::catalog::model::FunctionKind::Query => "Function",
            crate::catalog::model::FunctionKind::Mutation => "MutationFunction",
        };
        check_field(owner, &function.definition, report);
    }
    for input in declarations.inputs.values() {
        let subject = format!("input `{}`", input.name);
        check_list(
            &input.directives,
            DirectiveLocation::InputObject,
            &subject,
            report,
        );
        check_values(
            &input.name,
            &input.fields,
            DirectiveLocation::InputFieldDefinition,
            report,
        );
    }
    for found in declarations.enums.values() {
        check_list(
            &found.directives,
            DirectiveLocation::Enum,
            &format!("enum `{}`", found.name),
            report,
        );
        for value in &found.values {
            let subject = format!("value `{}.{}`", found.name, value.value);
            check_list(&value.directives, DirectiveLocation::EnumValue, &subject, report);
        }
    }
}

fn check_field(owner: &str, field: &FieldDefinition, report: &mut Report) {
    let subject = format!("field `{owner}.{}`", field.name);
    check_list(
        &field.directives,
        DirectiveLocation::FieldDefinition,
        &subject,
        report,
    );
    let owner = format!("{owner}.{}", field.name);
    check_values(
        &owner,
        &field.arguments,
        DirectiveLocation::ArgumentDefinition,
        report,
    );
}

fn check_values(
    owner: &str,
    values: &[Node<InputValueDefinition>],
    location: DirectiveLocation,
    report: &mut Report,
) {
    let what = if location == DirectiveLocation::ArgumentDefinition {
        "argument"
    } else {
        "field"
    };
    for value in values {
        let subject = format!("{what} `{owner}.{}`", value.name);
        check_list(&value.directives, location, &subject, report);
    }
}

fn check_list(directives: &DirectiveList, location: DirectiveLocation, subject: &str, report: &mut Report) {
    let mut seen: HashSet<&Name> = HashSet::new();
    for directive in &directives.0 {
        let Some(spec) = find(directive, report) else {
            continue;
        };
        if !seen.insert(&directive.name) && !spec.is_repeatable {
            report.misuse(
                directive.location(),
                format!("`@{}` stands twice on {subject}", spec.name),
                None,
            );
        }
        if !spec.locations.contains(&location) {
            report_misplaced(directive, spec, location, report);
            continue;
        }
        check_arguments(directive, spec, report);
        match spec.status {
            DirectiveStatus::NotBuilt => warn_not_built(directive, subject, report),
            DirectiveStatus::Built | DirectiveStatus::ServedSchemaOnly => {}
        }
    }
}

fn find(directive: &Node<Directive>, report: &mut Report) -> Option<&'static DirectiveSpec> {
    let name = &directive.name;
    let Some(spec) = DirectiveSpec::find(name) else {
        let help = DirectiveSpec::suggestion(name);
        report.misuse(directive.location(), format!("unknown directive `@{name}`"), help);
        return None;
    };
    if spec.status == DirectiveStatus::ServedSchemaOnly {
        let message = format!("`@{name}` belongs to the served schema and to queries; an SDL cannot use it");
        report.misuse(directive.location(), message, None);
        return None;
    }
    Some(spec)
}

fn report_misplaced(
    directive: &Node<Directive>,
    spec: &DirectiveSpec,
    location: DirectiveLocation,
    report: &mut Report,
) {
    let places: Vec<&str> = spec.locations.iter().map(|place| place.name()).collect();
    report.misuse(
        directive.location(),
        format!("`@{}` cannot stand on {}", spec.name, location.name()),
        Some(format!("it goes on {}", places.join(", "))),
    );
}

fn check_arguments(directive: &Node<Directive>, spec: &DirectiveSpec, report: &mut Report) {
    let mut seen: HashSet<&Name> = HashSet::new();
    for argument in &directive.arguments {
        let place = argument.location();
        if !seen.insert(&argument.name) {
            report.misuse(
                place,
                format!("argument `{}` of `@{}` is given twice", argument.name, spec.name),
                None,
            );
            continue;
        }
        let Some(expected) = spec.argument(&argument.name) else {
            report.misuse(
                place,
                format!("`@{}` has no argument `{}`", spec.name, argument.name),
                suggest::help(
                    &argument.name,
                    spec.arguments.iter().map(|argument| argument.name),
                ),
            );
            continue;
        };
        let is_absent = argument.value.is_null() && !expected.is_required;
        if !is_absent && !expected.ty.accepts(&argument.value) {
            let message = format!(
                "argument `{}` of `@{}` must be {}",
                expected.name,
                spec.name,
                expected.ty.expectation()
            );
            report.misuse(argument.value.location(), message, None);
        }
    }
    for expected in spec.arguments.iter().filter(|expected| expected.is_required) {
        if directive.specified_argument_by_name(expected.name).is_none() {
            let message = format!("`@{}` needs the argument `{}`", spec.name, expected.name);
            report.misuse(
                directive.location(),
                message,
                Some(format!("give it {}", expected.ty.expectation())),
            );
        }
    }
}

fn warn_not_built(directive: &Node<Directive>, subject: &str, report: &mut Report) {
    let message = format!(
        "`@{}` is not supported yet: it has no effect on {subject}",
        directive.name
    );
    report.warning(directive.location(), message, None);
}
