//! Object types that are neither table nor view.

use std::collections::HashSet;

use apollo_compiler::Name;
use indexmap::IndexMap;

use super::declarations::ObjectDeclaration;
use super::report::Report;
use super::{Context, fields};
use crate::catalog::model::StructType;
use crate::name::TypeName;

/// Directives that only a table or view can carry; on a struct they would be lost.
const NEED_DATA_OBJECT: [&str; 6] = ["args", "unique", "references", "cube", "hypertable", "embeddings"];

/// Returns the structs of the source in the order of declaration.
pub(super) fn compile(context: &Context<'_>, report: &mut Report) -> IndexMap<TypeName, StructType> {
    let mut structs = IndexMap::new();
    for declaration in context
        .declarations
        .objects
        .values()
        .filter(|object| !object.is_data_object())
    {
        check_directives(declaration, report);
        if contains_itself(context, declaration) {
            let message = format!("struct `{}` contains itself", declaration.name);
            report.error(declaration.place(), message, None);
            continue;
        }
        let fields = fields::compile(context, declaration, report);
        if fields.is_empty() {
            report_empty(declaration, report);
            continue;
        }
        let name = context.naming.type_name(&declaration.name);
        let compiled = StructType {
            name: name.clone(),
            fields,
            description: declaration.description.clone(),
        };
        structs.insert(name, compiled);
    }
    structs
}

/// Reports that `declaration` has no field, or none that is served.
pub(super) fn report_empty(declaration: &ObjectDeclaration, report: &mut Report) {
    let name = &declaration.name;
    if declaration.fields.is_empty() {
        let help = "declare its columns between { and }".to_owned();
        report.error(
            declaration.place(),
            format!("type `{name}` has no fields"),
            Some(help),
        );
    } else if !report.has_errors() {
        report.error(
            declaration.place(),
            format!("type `{name}` has no field that is served"),
            None,
        );
    }
}

fn check_directives(declaration: &ObjectDeclaration, report: &mut Report) {
    for directive in &declaration.directives.0 {
        if NEED_DATA_OBJECT.contains(&directive.name.as_str()) {
            report.error(
                directive.location(),
                format!(
                    "`@{}` needs `@table` or `@view` on `{}`",
                    directive.name, declaration.name
                ),
                None,
            );
        }
    }
    for field in declaration.fields.values() {
        for directive in field.directives.get_all("field_references") {
            report.error(
                directive.location(),
                format!(
                    "`{}.{}` cannot be a reference: `{0}` is a struct",
                    declaration.name, field.name
                ),
                Some("only tables and views have references".to_owned()),
            );
        }
    }
}

fn contains_itself(context: &Context<'_>, start: &ObjectDeclaration) -> bool {
    let mut pending: Vec<&Name> = member_types(start).collect();
    let mut seen = HashSet::new();
    while let Some(name) = pending.pop() {
        if *name == start.name {
            return true;
        }
        let Some(member) = context.declarations.objects.get(name) else {
            continue;
        };
        if !member.is_data_object() && seen.insert(name) {
            pending.extend(member_types(member));
        }
    }
    false
}

fn member_types(declaration: &ObjectDeclaration) -> impl Iterator<Item = &Name> {
    declaration
        .fields
        .values()
        .map(|field| field.ty.inner_named_type())
}
