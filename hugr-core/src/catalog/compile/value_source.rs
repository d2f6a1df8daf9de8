//! Where a column's value comes from: `@field_source`, `@sql`.

use std::collections::HashMap;

use apollo_compiler::ast::{Directive, FieldDefinition};
use apollo_compiler::{Name, Node};

use super::declarations::ObjectDeclaration;
use super::report::Report;
use super::{argument, placeholders, virtual_fields};
use crate::catalog::model::FieldValue;
use crate::error::suggest;
use crate::sql::fragment::{Fragment, Piece};

/// `@field_source(field:)` that says that there is no column.
const NO_COLUMN: &str = "-";

/// Returns where the value of `field` comes from.
pub(super) fn compile(field: &FieldDefinition) -> FieldValue {
    if let Some(expression) = argument::text_of(&field.directives, "sql", "exp") {
        return FieldValue::Expression(Fragment::parse(expression));
    }
    match source(field) {
        Some(NO_COLUMN) => FieldValue::Absent,
        Some(column) => FieldValue::Column(column.to_owned()),
        None => FieldValue::Column(field.name.as_str().to_owned()),
    }
}

/// Returns the column that the field's own name means inside its expression, when it is not of that name.
pub(super) fn own_column(field: &FieldDefinition) -> Option<String> {
    field.directives.get("sql")?;
    source(field)
        .filter(|column| *column != NO_COLUMN)
        .map(str::to_owned)
}

fn source(field: &FieldDefinition) -> Option<&str> {
    argument::text_of(&field.directives, "field_source", "field").filter(|column| !column.is_empty())
}

/// Checks the `@sql` expressions of `owner`: they name fields that exist, and none depends on itself through others.
pub(super) fn check_expressions(owner: &ObjectDeclaration, report: &mut Report) {
    let mut dependencies: HashMap<&str, Vec<String>> = HashMap::new();
    for field in owner.fields.values() {
        let Some(directive) = field.directives.get("sql") else {
            continue;
        };
        let Some(expression) = argument::text(directive, "exp") else {
            continue;
        };
        if expression.trim().is_empty() {
            let message = format!("the expression of `{}.{}` is empty", owner.name, field.name);
            report.error(argument::place(directive, "exp"), message, None);
        }
        let fragment = Fragment::parse(expression);
        placeholders::refuse(&fragment, argument::place(directive, "exp"), report);
        dependencies.insert(
            field.name.as_str(),
            named_fields(owner, directive, &fragment, report),
        );
    }
    for name in dependencies.keys() {
        if is_circular(name, &dependencies) {
            let place = owner.fields.get(*name).and_then(|field| field.name.location());
            let message = format!(
                "the expression of `{}.{name}` depends on itself through other fields",
                owner.name
            );
            report.error(place, message, None);
        }
    }
}

/// Returns the fields that `fragment` names; reports those that `owner` does not have.
fn named_fields(
    owner: &ObjectDeclaration,
    directive: &Node<Directive>,
    fragment: &Fragment,
    report: &mut Report,
) -> Vec<String> {
    let mut named = Vec::new();
    for piece in fragment.pieces() {
        let Piece::Name(path) = piece else { continue };
        let Some(first) = path.first() else { continue };
        match owner.fields.get(first.as_str()) {
            Some(field) if virtual_fields::is_virtual(&field.directives) => report.error(
                argument::place(directive, "exp"),
                format!(
                    "the expression reads `{}.{first}`, which is not a column",
                    owner.name
                ),
                None,
            ),
            Some(_) => named.push(first.clone()),
            None => report.error(
                argument::place(directive, "exp"),
                format!("the expression reads the unknown field `{}.{first}`", owner.name),
                suggest::help(first, owner.fields.keys().map(Name::as_str)),
            ),
        }
    }
    named
}

/// Returns whether `start` is reached again over at least one other field; its own name alone means its own column.
fn is_circular(start: &str, dependencies: &HashMap<&str, Vec<String>>) -> bool {
    let others = |name: &str| {
        dependencies
            .get(name)
            .into_iter()
            .flatten()
            .filter(|next| *next != start)
    };
    let mut pending: Vec<&String> = others(start).collect();
    let mut seen: Vec<&str> = Vec::new();
    while let Some(name) = pending.pop() {
        if seen.contains(&name.as_str()) {
            continue;
        }
        seen.push(name);
        let next = dependencies.get(name.as_str()).into_iter().flatten();
        for dependency in next {
            if dependency == start {
                return true;
            }
            pending.push(dependency);
        }
    }
    false
}
