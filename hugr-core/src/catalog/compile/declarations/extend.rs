//! `extend type X`: merges a source's own extensions, takes functions aside, refuses the rest.

use apollo_compiler::ast::{
    Definition, DirectiveList, EnumTypeExtension, FieldDefinition, InputObjectTypeExtension,
    ObjectTypeExtension,
};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::{Declarations, ForeignType, FunctionDeclaration, ROOT_TYPES, warn_of_interfaces};
use crate::catalog::compile::report::Report;
use crate::catalog::compile::{SchemaKind, SourceSchema};
use crate::catalog::model::FunctionKind;
use crate::error::suggest;

/// Fields that only make an otherwise empty extension legal GraphQL.
const STAND_INS: [&str; 2] = ["_stub", "_placeholder"];

/// Applies `definition` if it is an extension.
pub(super) fn extend(
    schema: &SourceSchema,
    declarations: &mut Declarations,
    definition: &Definition,
    report: &mut Report,
) {
    match definition {
        Definition::ObjectTypeExtension(extension) => extend_object(schema, declarations, extension, report),
        Definition::EnumTypeExtension(extension) => extend_enum(declarations, extension, report),
        Definition::InputObjectTypeExtension(extension) => extend_input(declarations, extension, report),
        Definition::InterfaceTypeExtension(_) | Definition::UnionTypeExtension(_) => {
            report.warning(
                definition.location(),
                "interfaces and unions are not supported yet",
                None,
            );
        }
        Definition::SchemaExtension(_) | Definition::ScalarTypeExtension(_) => {
            report.error(
                definition.location(),
                "a source cannot extend the schema or a scalar",
                None,
            );
        }
        _ => {}
    }
}

fn extend_object(
    schema: &SourceSchema,
    declarations: &mut Declarations,
    extension: &ObjectTypeExtension,
    report: &mut Report,
) {
    let name = &extension.name;
    if let Some(kind) = function_kind(name) {
        let functions = extension.fields.iter().filter(|field| !is_stand_in(field));
        declarations
            .functions
            .extend(functions.map(|definition| FunctionDeclaration {
                kind,
                definition: definition.clone(),
            }));
        return;
    }
    if ROOT_TYPES.contains(&name.as_str()) {
        let message = format!("extending `{name}` is not supported yet: its fields are not served");
        report.warning(name.location(), message, None);
        return;
    }
    let fields = extension.fields.iter().filter(|field| !is_stand_in(field));
    if let Some(object) = declarations.objects.get_mut(name) {
        warn_of_interfaces(name, &extension.implements_interfaces, report);
        append(&mut object.directives, &extension.directives);
        merge_fields(&mut object.fields, fields);
    } else if schema.kind == SchemaKind::Extension {
        let foreign = declarations
            .foreign
            .entry(name.clone())
            .or_insert_with(|| ForeignType {
                name: name.clone(),
                directives: DirectiveList::new(),
                fields: IndexMap::new(),
            });
        append(&mut foreign.directives, &extension.directives);
        merge_fields(&mut foreign.fields, fields);
    } else {
        report.error(
            name.location(),
            format!("type `{name}` cannot be extended: this source does not define it"),
            suggest::help(name, declarations.type_names()),
        );
    }
}

fn merge_fields<'a>(
    fields: &mut IndexMap<Name, FieldDefinition>,
    more: impl Iterator<Item = &'a Node<FieldDefinition>>,
) {
    for field in more {
        match fields.get_mut(&field.name) {
            Some(existing) => merge_field(existing, field),
            None => {
                fields.insert(field.name.clone(), (**field).clone());
            }
        }
    }
}

fn function_kind(type_name: &str) -> Option<FunctionKind> {
    match type_name {
        "Function" => Some(FunctionKind::Query),
        "MutationFunction" => Some(FunctionKind::Mutation),
        _ => None,
    }
}

fn is_stand_in(field: &FieldDefinition) -> bool {
    STAND_INS.contains(&field.name.as_str())
}

/// Type and arguments are replaced, directives appended, a description replaced when there is a new one.
fn merge_field(existing: &mut FieldDefinition, field: &Node<FieldDefinition>) {
    existing.ty = field.ty.clone();
    existing.arguments = field.arguments.clone();
    append(&mut existing.directives, &field.directives);
    if field.description.as_ref().is_some_and(|text| !text.is_empty()) {
        existing.description = field.description.clone();
    }
}

/// A directive that is repeated word for word is the same one.
fn append(directives: &mut DirectiveList, more: &DirectiveList) {
    for directive in &more.0 {
        if !directives.0.contains(directive) {
            directives.0.push(directive.clone());
        }
    }
}

fn extend_enum(declarations: &mut Declarations, extension: &EnumTypeExtension, report: &mut Report) {
    match declarations.enums.get_mut(&extension.name) {
        Some(existing) => {
            append(&mut existing.directives, &extension.directives);
            existing.values.extend(extension.values.iter().cloned());
        }
        None => refuse_unknown("enum", &extension.name, report),
    }
}

fn extend_input(declarations: &mut Declarations, extension: &InputObjectTypeExtension, report: &mut Report) {
    match declarations.inputs.get_mut(&extension.name) {
        Some(existing) => {
            append(&mut existing.directives, &extension.directives);
            existing.fields.extend(extension.fields.iter().cloned());
        }
        None => refuse_unknown("input", &extension.name, report),
    }
}

fn refuse_unknown(what: &str, name: &Name, report: &mut Report) {
    report.error(
        name.location(),
        format!("{what} `{name}` cannot be extended: this source does not define it"),
        None,
    );
}
