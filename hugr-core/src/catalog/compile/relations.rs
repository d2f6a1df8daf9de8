//! Foreign keys: `@references` on a type, `@field_references` on a field, with their defaults.

mod keys;

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, FieldDefinition};
use apollo_compiler::parser::SourceSpan;
use indexmap::IndexMap;

use self::keys::Ends;
use super::declarations::ObjectDeclaration;
use super::report::Report;
use super::{Context, SchemaKind, argument};
use crate::catalog::model::{DataObject, Relation};
use crate::error::suggest;
use crate::name::{FieldName, TypeName};

/// A relation, and where it is declared.
pub(super) struct DeclaredRelation {
    pub(super) relation: Relation,
    pub(super) place: Option<SourceSpan>,
}

/// Returns the relations of the source, in the order of declaration; those with an end that is not served are missing.
pub(super) fn compile(
    context: &Context<'_>,
    objects: &IndexMap<TypeName, DataObject>,
    report: &mut Report,
) -> Vec<DeclaredRelation> {
    let mut relations = Vec::new();
    for declaration in context
        .declarations
        .objects
        .values()
        .filter(|object| object.is_data_object())
    {
        let stage = Stage {
            context,
            objects,
            declaration,
        };
        let mut own = Vec::new();
        let mut legs = 0;
        for (directive, field) in references(declaration) {
            stage.add(&mut own, directive, field, report);
            legs += 1;
        }
        if declaration.is_junction() && legs != 2 {
            report.error(
                declaration.place(),
                format!(
                    "`{}` is declared as `is_m2m`, but has {legs} references",
                    declaration.name
                ),
                Some("a junction needs exactly two references, one to each end".to_owned()),
            );
        }
        relations.extend(own);
    }
    relations
}

/// Returns the references of `declaration`: those on the type, then those on its fields, each with its field.
fn references(
    declaration: &ObjectDeclaration,
) -> impl Iterator<Item = (&Node<Directive>, Option<&FieldDefinition>)> {
    let of_type = declaration
        .directives
        .get_all("references")
        .map(|directive| (directive, None));
    let of_fields = declaration.fields.values().flat_map(|field| {
        field
            .directives
            .get_all("field_references")
            .map(move |directive| (directive, Some(field)))
    });
    of_type.chain(of_fields)
}

/// The declaring object, with what its references may lead to.
struct Stage<'a> {
    context: &'a Context<'a>,
    objects: &'a IndexMap<TypeName, DataObject>,
    declaration: &'a ObjectDeclaration,
}

impl Stage<'_> {
    /// Adds the relation of `directive` to `own`; `field` carries it when it is a `@field_references`.
    fn add(
        &self,
        own: &mut Vec<DeclaredRelation>,
        directive: &Node<Directive>,
        field: Option<&FieldDefinition>,
        report: &mut Report,
    ) {
        let Some(relation) = self.relation(directive, field, report) else {
            return;
        };
        if own.iter().any(|other| other.relation.name == relation.name) {
            report.warning(
                directive.location(),
                format!(
                    "`{}` has two references named `{}`; the first is used",
                    self.declaration.name, relation.name
                ),
                Some("give the second a `name`".to_owned()),
            );
            return;
        }
        own.push(DeclaredRelation {
            relation,
            place: directive.location(),
        });
    }

    fn relation(
        &self,
        directive: &Node<Directive>,
        field: Option<&FieldDefinition>,
        report: &mut Report,
    ) -> Option<Relation> {
        let target = self.target(directive, report)?;
        let naming = self.context.naming;
        let (from, to) = (
            naming.type_name(&self.declaration.name),
            naming.type_name(&target.name),
        );
        let (Some(from_object), Some(to_object)) = (self.objects.get(&from), self.objects.get(&to)) else {
            self.warn_not_served(directive, target, report);
            return None;
        };
        let ends = Ends {
            from: from_object,
            to: to_object,
        };
        let keys = match field {
            Some(field) => keys::of_field(&ends, directive, field, report)?,
            None => keys::of_object(&ends, directive, report)?,
        };
        let default_name = match keys.as_slice() {
            [(source, _)] => format!("{to}_{source}"),
            _ => to.to_string(),
        };
        let text = |name: &str| argument::non_empty_text(directive, name);
        let relation = Relation {
            name: text("name").map_or(default_name, str::to_owned),
            keys,
            forward_field: FieldName::from(text("query").unwrap_or(to.as_str())),
            back_field: FieldName::from(text("references_query").unwrap_or(from.as_str())),
            description: text("description").map(str::to_owned),
            back_description: text("references_description").map(str::to_owned),
            from,
            to,
        };
        are_names_usable(&relation, directive, report).then_some(relation)
    }

    /// Returns the declaration that `directive` leads to.
    fn target(&self, directive: &Node<Directive>, report: &mut Report) -> Option<&ObjectDeclaration> {
        let name = argument::text(directive, "references_name")?;
        let declarations = self.context.declarations;
        match declarations.objects.get(name) {
            Some(target) if target.is_data_object() => Some(target),
            Some(_) => {
                report.error(
                    argument::place(directive, "references_name"),
                    format!(
                        "`{}` cannot reference `{name}`: it is a struct",
                        self.declaration.name
                    ),
                    suggest::help(name, declarations.data_object_names()),
                );
                None
            }
            // The merge looks for types of other sources.
            None if self.context.schema.kind == SchemaKind::Extension => None,
            None => {
                report.error(
                    argument::place(directive, "references_name"),
                    format!(
                        "`{}` references `{name}`, which is not a table or view of this source",
                        self.declaration.name
                    ),
                    suggest::help(name, declarations.data_object_names()),
                );
                None
            }
        }
    }

    fn warn_not_served(&self, directive: &Node<Directive>, target: &ObjectDeclaration, report: &mut Report) {
        let message = format!(
            "the reference from `{}` to `{}` is not served, because one of them is not",
            self.declaration.name, target.name
        );
        report.warning(directive.location(), message, None);
    }
}

fn are_names_usable(relation: &Relation, directive: &Node<Directive>, report: &mut Report) -> bool {
    for (argument, name) in [
        ("query", &relation.forward_field),
        ("references_query", &relation.back_field),
    ] {
        if !argument::is_name(name.as_str()) {
            let message = format!("`{name}` cannot name a field");
            report.error(argument::place(directive, argument), message, None);
            return false;
        }
    }
    true
}
