//! What an extension source adds to types of other sources, and what its own views have that leads there.
//!
//! The other sources are not known here: what is named is looked up when the catalogs are merged.

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, DirectiveList, FieldDefinition};

use super::declarations::{ForeignType, ObjectDeclaration, ObjectKind};
use super::report::Report;
use super::virtual_fields::{self, VirtualField, is_virtual};
use super::{Context, SchemaKind, argument, features, fields};
use crate::catalog::model::{Field, Relation, TypeExtension};
use crate::name::{FieldName, TypeName};

/// Returns the additions of an extension source; other sources have none.
pub(super) fn compile(context: &Context<'_>, report: &mut Report) -> Vec<TypeExtension> {
    if context.schema.kind != SchemaKind::Extension {
        return Vec::new();
    }
    let mut additions = Vec::new();
    for foreign in context.declarations.foreign.values() {
        let mut addition = addition(
            context,
            &foreign.name,
            &foreign.directives,
            foreign.fields.values(),
            report,
        );
        addition.target = TypeName::from(foreign.name.as_str());
        addition.fields = columns(context, foreign, report);
        additions.push(addition);
    }
    for own in context.declarations.objects.values() {
        match own.kind() {
            ObjectKind::View => {}
            ObjectKind::Struct => continue,
            ObjectKind::Table => {
                report.error(
                    own.place(),
                    format!("`{}` cannot be a table: an extension has no database", own.name),
                    Some("use `@view`".to_owned()),
                );
                continue;
            }
        }
        for field in own.fields.values() {
            refuse_expression(&own.name, field, report);
        }
        let fields = own.fields.values();
        additions.push(addition(context, &own.name, &own.directives, fields, report));
    }
    additions
}

fn addition<'a>(
    context: &Context<'_>,
    owner: &str,
    directives: &DirectiveList,
    fields: impl Iterator<Item = &'a FieldDefinition>,
    report: &mut Report,
) -> TypeExtension {
    let mut addition = TypeExtension {
        target: context.naming.type_name(owner),
        dependencies: features::dependencies(directives),
        fields: Vec::new(),
        links: Vec::new(),
        calls: Vec::new(),
        relations: Vec::new(),
    };
    for directive in directives.get_all("references") {
        addition
            .relations
            .extend(relation(context, owner, directive, None, report));
    }
    for field in fields {
        for directive in field.directives.get_all("field_references") {
            addition
                .relations
                .extend(relation(context, owner, directive, Some(field), report));
        }
        if !is_virtual(&field.directives) {
            continue;
        }
        match virtual_fields::read(context, owner, field, report) {
            Some(VirtualField::Join(link)) => addition.links.push(link),
            Some(VirtualField::Call(call)) => addition.calls.push(call),
            None => {}
        }
    }
    addition
}

/// Returns the columns that an extension adds to a type of another source. The field `_stub` only fills a type that would be
/// empty otherwise.
fn columns(context: &Context<'_>, foreign: &ForeignType, report: &mut Report) -> Vec<Field> {
    for field in foreign.fields.values() {
        refuse_expression(&foreign.name, field, report);
    }
    let is_column = |name: &str, field: &FieldDefinition| {
        !matches!(name, "_stub" | "_placeholder") && !field.directives.has("sql")
    };
    let own = foreign
        .fields
        .iter()
        .filter(|(name, field)| is_column(name, field));
    let declaration = ObjectDeclaration {
        name: foreign.name.clone(),
        description: None,
        directives: DirectiveList::default(),
        fields: own.map(|(name, field)| (name.clone(), field.clone())).collect(),
    };
    let mut fields: Vec<Field> = fields::compile(context, &declaration, report)
        .into_values()
        .collect();
    for field in &mut fields {
        field.options.is_added = true;
    }
    fields
}

fn refuse_expression(owner: &str, field: &FieldDefinition, report: &mut Report) {
    let Some(directive) = field.directives.get("sql") else {
        return;
    };
    report.error(
        directive.location(),
        format!("`{owner}.{}` cannot have `@sql` in an extension", field.name),
        Some("compute it in the SQL of the view".to_owned()),
    );
}

/// Returns the relation of `directive`, unless it leads to a type of this source, which is an ordinary relation.
fn relation(
    context: &Context<'_>,
    owner: &str,
    directive: &Node<Directive>,
    field: Option<&FieldDefinition>,
    report: &mut Report,
) -> Option<Relation> {
    let target = argument::text(directive, "references_name")?;
    let declared = &context.declarations.objects;
    if declared.contains_key(target) && declared.contains_key(owner) {
        return None;
    }
    let (sources, targets) = match field {
        Some(field) => (
            vec![field.name.as_str()],
            argument::text(directive, "field").into_iter().collect(),
        ),
        None => (
            argument::texts(directive, "source_fields"),
            argument::texts(directive, "references_fields"),
        ),
    };
    if sources.is_empty() || sources.len() != targets.len() {
        report.error(
            directive.location(),
            format!("the reference from `{owner}` to `{target}` does not say which fields are equal"),
            Some("name the fields of both sides: the other type belongs to another source".to_owned()),
        );
        return None;
    }
    let (from, to) = (context.naming.type_name(owner), context.naming.type_name(target));
    let text = |name: &str| argument::non_empty_text(directive, name);
    let default_name = match sources.as_slice() {
        [source] => format!("{to}_{source}"),
        _ => to.to_string(),
    };
    let pairs = sources.into_iter().zip(targets);
    Some(Relation {
        name: text("name").map_or(default_name, str::to_owned),
        keys: pairs
            .map(|(source, target)| (FieldName::from(source), FieldName::from(target)))
            .collect(),
        forward_field: FieldName::from(text("query").unwrap_or(to.as_str())),
        back_field: FieldName::from(text("references_query").unwrap_or(from.as_str())),
        description: text("description").map(str::to_owned),
        back_description: text("references_description").map(str::to_owned),
        from,
        to,
    })
}
