//! `@unique`: root fields that read one row.

use apollo_compiler::Node;
use apollo_compiler::ast::Directive;
use indexmap::IndexMap;

use super::argument;
use super::declarations::ObjectDeclaration;
use super::report::Report;
use crate::catalog::model::{BaseType, Field, UniqueKey};
use crate::error::suggest;
use crate::name::FieldName;

/// Returns the unique keys of `declaration` that have a root field.
pub(super) fn compile(
    declaration: &ObjectDeclaration,
    query_name: &FieldName,
    fields: &IndexMap<FieldName, Field>,
    report: &mut Report,
) -> Vec<UniqueKey> {
    let mut keys: Vec<UniqueKey> = Vec::new();
    for directive in declaration.directives.get_all("unique") {
        let Some(key) = unique_key(declaration, query_name, fields, directive, report) else {
            continue;
        };
        let is_taken = key.query_name.as_str() == format!("{query_name}_by_pk")
            || keys.iter().any(|other| other.query_name == key.query_name);
        if is_taken {
            let message = format!(
                "`{}` has two look-ups named `{}`",
                declaration.name, key.query_name
            );
            report.error(
                directive.location(),
                message,
                Some("give one another `query_suffix`".to_owned()),
            );
        } else {
            keys.push(key);
        }
    }
    keys
}

fn unique_key(
    declaration: &ObjectDeclaration,
    query_name: &FieldName,
    fields: &IndexMap<FieldName, Field>,
    directive: &Node<Directive>,
    report: &mut Report,
) -> Option<UniqueKey> {
    let names = argument::texts(directive, "fields");
    if names.is_empty() {
        report.error(
            argument::place(directive, "fields"),
            "`@unique` needs at least one field",
            None,
        );
        return None;
    }
    let mut key_fields: Vec<FieldName> = Vec::new();
    for name in &names {
        let Some(field) = fields.get(*name) else {
            report.error(
                argument::place(directive, "fields"),
                format!("`@unique` names the unknown field `{}.{name}`", declaration.name),
                suggest::help(name, fields.keys().map(FieldName::as_str)),
            );
            return None;
        };
        if !matches!(field.ty.base, BaseType::Scalar(_))
            || field.ty.is_list
            || key_fields.contains(&field.name)
        {
            report.error(
                argument::place(directive, "fields"),
                format!("`{}.{name}` cannot be part of this unique key", declaration.name),
                Some("its fields must be scalars, each named once".to_owned()),
            );
            return None;
        }
        key_fields.push(field.name.clone());
    }
    if argument::flag(directive, "skip_query") {
        return None;
    }
    let default_suffix = format!("by_{}", names.join("_"));
    let suffix = argument::non_empty_text(directive, "query_suffix").unwrap_or(&default_suffix);
    let full_name = format!("{query_name}_{suffix}");
    if !argument::is_name(&full_name) {
        report.error(
            argument::place(directive, "query_suffix"),
            format!("`{suffix}` cannot end a field name"),
            None,
        );
        return None;
    }
    Some(UniqueKey {
        query_name: FieldName::from(full_name),
        fields: key_fields,
    })
}
