//! Documents → one set of declarations, with the source's own extensions merged in.
//!
//! Over several documents the first definition of a table or view wins and the last one of any other type
//! (spec: how SDL is supplied); inside one document a second definition is an error.

mod extend;

use std::collections::HashSet;

use apollo_compiler::ast::{
    Definition, DirectiveList, Document, EnumTypeDefinition, FieldDefinition, InputObjectTypeDefinition,
};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::report::Report;
use super::{SourceSchema, argument};
use crate::catalog::model::FunctionKind;
use crate::catalog::scalar::Scalar;

/// Types whose fields the engine makes itself.
const ROOT_TYPES: [&str; 3] = ["Query", "Mutation", "Subscription"];

/// Everything that a source declares, by the names it uses itself.
#[derive(Default)]
pub(super) struct Declarations {
    /// Object types: tables, views, structs.
    pub(super) objects: IndexMap<Name, ObjectDeclaration>,
    /// Enums.
    pub(super) enums: IndexMap<Name, EnumTypeDefinition>,
    /// Input types.
    pub(super) inputs: IndexMap<Name, InputObjectTypeDefinition>,
    /// Functions.
    pub(super) functions: Vec<FunctionDeclaration>,
    /// Types of other sources that an extension adds to.
    pub(super) foreign: IndexMap<Name, ForeignType>,
    /// Interfaces and unions, which are not served.
    pub(super) abstract_types: HashSet<Name>,
}

/// An object type.
pub(super) struct ObjectDeclaration {
    pub(super) name: Name,
    pub(super) description: Option<String>,
    pub(super) directives: DirectiveList,
    pub(super) fields: IndexMap<Name, FieldDefinition>,
}

/// A type of another source that an extension adds to.
pub(super) struct ForeignType {
    pub(super) name: Name,
    pub(super) directives: DirectiveList,
    pub(super) fields: IndexMap<Name, FieldDefinition>,
}

/// A field of `Function` or `MutationFunction`.
pub(super) struct FunctionDeclaration {
    pub(super) kind: FunctionKind,
    pub(super) definition: Node<FieldDefinition>,
}

/// What an object type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Table,
    View,
    Struct,
}

impl ObjectDeclaration {
    /// Returns what it is; a type that claims to be a table and a view counts as a table.
    pub(super) fn kind(&self) -> ObjectKind {
        if self.directives.has("table") {
            ObjectKind::Table
        } else if self.directives.has("view") {
            ObjectKind::View
        } else {
            ObjectKind::Struct
        }
    }

    /// Returns whether it is a table or a view.
    pub(super) fn is_data_object(&self) -> bool {
        self.kind() != ObjectKind::Struct
    }

    /// Returns whether it is a table that only links two others.
    pub(super) fn is_junction(&self) -> bool {
        self.directives
            .get("table")
            .is_some_and(|table| argument::flag(table, "is_m2m"))
    }

    /// Returns where its name stands.
    pub(super) fn place(&self) -> Option<SourceSpan> {
        self.name.location()
    }
}

impl Declarations {
    /// Returns the names of all types that are declared.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &str> + Clone {
        let objects = self.objects.keys().map(Name::as_str);
        let enums = self.enums.keys().map(Name::as_str);
        objects.chain(enums).chain(self.inputs.keys().map(Name::as_str))
    }

    /// Returns the names of the tables and views.
    pub(super) fn data_object_names(&self) -> impl Iterator<Item = &str> + Clone {
        let data_objects = self.objects.values().filter(|object| object.is_data_object());
        data_objects.map(|object| object.name.as_str())
    }

    fn holds(&self, name: &Name) -> bool {
        self.objects.contains_key(name)
            || self.enums.contains_key(name)
            || self.inputs.contains_key(name)
            || self.abstract_types.contains(name)
    }
}

/// Collects the definitions of `documents`, then merges the extensions.
pub(super) fn collect(schema: &SourceSchema, documents: &[Document], report: &mut Report) -> Declarations {
    let mut declarations = Declarations::default();
    for document in documents {
        let mut defined_here = HashSet::new();
        for definition in &document.definitions {
            if definition.is_extension_definition() || !is_declarable(definition, report) {
                continue;
            }
            let Some(name) = definition.name() else { continue };
            if !defined_here.insert(name.clone()) {
                report.error(
                    name.location(),
                    format!("type `{name}` is defined twice in this document"),
                    Some("rename one, or write `extend type` to add to it".to_owned()),
                );
                continue;
            }
            define(&mut declarations, definition, report);
        }
    }
    for document in documents {
        for definition in &document.definitions {
            extend::extend(schema, &mut declarations, definition, report);
        }
    }
    declarations
}

/// Returns whether an SDL may define `definition`, and reports why not.
fn is_declarable(definition: &Definition, report: &mut Report) -> bool {
    let place = definition.location();
    match definition {
        Definition::OperationDefinition(_) | Definition::FragmentDefinition(_) => {
            report.error(place, "a schema cannot hold operations or fragments", None);
            return false;
        }
        Definition::SchemaDefinition(_) => {
            report.error(
                place,
                "a source cannot define the schema",
                Some("remove it".to_owned()),
            );
            return false;
        }
        Definition::DirectiveDefinition(directive) => {
            let message = format!("the definition of directive `@{}` has no effect", directive.name);
            report.warning(place, message, None);
            return false;
        }
        Definition::ScalarTypeDefinition(scalar) => {
            if Scalar::from_name(&scalar.name).is_none() {
                report.error(
                    scalar.name.location(),
                    format!("scalar `{}` is not one of the schema language", scalar.name),
                    crate::error::suggest::help(&scalar.name, Scalar::ALL.map(Scalar::as_str)),
                );
            }
            return false;
        }
        _ => {}
    }
    definition.name().is_some_and(|name| is_free_name(name, report))
}

fn is_free_name(name: &Name, report: &mut Report) -> bool {
    let help = match name.as_str() {
        "Function" | "MutationFunction" => Some(format!("declare functions with `extend type {name}`")),
        root if ROOT_TYPES.contains(&root) => Some("its fields come from the tables and views".to_owned()),
        other if other.starts_with("__") => {
            Some("names with two leading underscores are for introspection".to_owned())
        }
        other if Scalar::from_name(other).is_some() => {
            Some("choose a name that is not a scalar's".to_owned())
        }
        _ => return true,
    };
    report.error(
        name.location(),
        format!("type `{name}` cannot be defined by a source"),
        help,
    );
    false
}

fn define(declarations: &mut Declarations, definition: &Definition, report: &mut Report) {
    let Some(name) = definition.name() else { return };
    if declarations.holds(name) {
        let is_first_kept = declarations
            .objects
            .get(name)
            .is_some_and(ObjectDeclaration::is_data_object);
        let kept = if is_first_kept { "first" } else { "last" };
        let message = format!("type `{name}` is defined in several documents; the {kept} definition is used");
        report.warning(name.location(), message, None);
        if is_first_kept {
            return;
        }
        forget(declarations, name);
    }
    match definition {
        Definition::ObjectTypeDefinition(object) => {
            warn_of_interfaces(name, &object.implements_interfaces, report);
            let declaration = ObjectDeclaration {
                name: name.clone(),
                description: object.description.as_ref().map(|text| text.to_string()),
                directives: object.directives.clone(),
                fields: unique_fields(name, &object.fields, report),
            };
            declarations.objects.insert(name.clone(), declaration);
        }
        Definition::EnumTypeDefinition(found) => {
            declarations.enums.insert(name.clone(), (**found).clone());
        }
        Definition::InputObjectTypeDefinition(found) => {
            declarations.inputs.insert(name.clone(), (**found).clone());
        }
        Definition::InterfaceTypeDefinition(_) | Definition::UnionTypeDefinition(_) => {
            let message = format!("interfaces and unions are not supported yet: `{name}` is not served");
            report.warning(name.location(), message, None);
            declarations.abstract_types.insert(name.clone());
        }
        _ => {}
    }
}

fn forget(declarations: &mut Declarations, name: &Name) {
    declarations.objects.shift_remove(name);
    declarations.enums.shift_remove(name);
    declarations.inputs.shift_remove(name);
    declarations.abstract_types.remove(name);
}

fn warn_of_interfaces(name: &Name, interfaces: &[Name], report: &mut Report) {
    for interface in interfaces {
        let message =
            format!("interfaces are not supported yet: `{name} implements {interface}` has no effect");
        report.warning(interface.location(), message, None);
    }
}

fn unique_fields(
    owner: &Name,
    fields: &[Node<FieldDefinition>],
    report: &mut Report,
) -> IndexMap<Name, FieldDefinition> {
    let mut unique = IndexMap::new();
    for field in fields {
        if unique.contains_key(&field.name) {
            report.error(
                field.name.location(),
                format!("field `{owner}.{}` is defined twice", field.name),
                None,
            );
        } else {
            unique.insert(field.name.clone(), (**field).clone());
        }
    }
    unique
}
