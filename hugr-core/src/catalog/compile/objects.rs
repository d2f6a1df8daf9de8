//! Tables and views → data objects, still without links.

use apollo_compiler::Node;
use apollo_compiler::ast::Directive;
use indexmap::IndexMap;

use super::declarations::{ObjectDeclaration, ObjectKind};
use super::report::Report;
use super::{
    Context, SchemaKind, argument, companions, features, fields, parameters, placeholders, relation_name,
    structs, unique_keys,
};
use crate::catalog::model::{BaseType, DataObject, Field, MutationSupport, Origin, ViewParameters};
use crate::name::{FieldName, TypeName};
use crate::sql::fragment::Fragment;

/// Returns the tables and views of the source in the order of declaration.
pub(super) fn compile(context: &Context<'_>, report: &mut Report) -> IndexMap<TypeName, DataObject> {
    let mut objects = IndexMap::new();
    for declaration in context
        .declarations
        .objects
        .values()
        .filter(|object| object.is_data_object())
    {
        if let Some(object) = data_object(context, declaration, report) {
            objects.insert(object.name.clone(), object);
        }
    }
    objects
}

fn data_object(
    context: &Context<'_>,
    declaration: &ObjectDeclaration,
    report: &mut Report,
) -> Option<DataObject> {
    let fields = fields::compile(context, declaration, report);
    if fields.is_empty() {
        report_empty(declaration, report);
        return None;
    }
    let is_table = declaration.kind() == ObjectKind::Table;
    let is_read_only = !is_table || context.schema.is_read_only;
    let mutations = match context.schema.kind {
        _ if is_read_only => MutationSupport::None,
        SchemaKind::BuiltIn => MutationSupport::BuiltIn,
        SchemaKind::Ordinary => MutationSupport::InsertUpdateDelete,
        SchemaKind::Extension => MutationSupport::None,
    };
    let parameters = parameters::of_view(context, declaration, report);
    let origin = origin(context, declaration, parameters.as_ref(), report)?;
    let query_name = context.naming.query_name(&declaration.name);
    Some(DataObject {
        name: context.naming.type_name(&declaration.name),
        source: context.schema.source.clone(),
        module: context.naming.object_module(&declaration.directives, report),
        primary_key: primary_key(declaration, &fields, report),
        unique_keys: unique_keys::compile(declaration, &query_name, &fields, report),
        query_name,
        origin,
        companions: companions::compile(&fields),
        embeddings: features::embeddings(declaration, &fields, report),
        pinned: features::pinned(declaration, report),
        is_view: declaration.kind() == ObjectKind::View,
        mcp_excluded: features::mcp_excluded(declaration),
        is_cube: declaration.directives.has("cube"),
        is_hypertable: declaration.directives.has("hypertable"),
        caching: features::caching(&declaration.directives),
        dependencies: features::dependencies(&declaration.directives),
        calls: IndexMap::new(),
        parameters,
        fields,
        links: IndexMap::new(),
        is_junction: declaration.is_junction(),
        soft_delete: soft_delete(declaration, report),
        soft_delete_set: soft_delete_set(declaration, report),
        is_read_only,
        mutations,
        description: declaration.description.clone().filter(|text| !text.is_empty()),
    })
}

/// A type needs a column: what joins and calls give hangs on its values.
fn report_empty(declaration: &ObjectDeclaration, report: &mut Report) {
    if declaration.fields.is_empty() {
        structs::report_empty(declaration, report);
    } else {
        let message = format!(
            "`{}` is not served, because none of its fields is a column",
            declaration.name
        );
        report.warning(declaration.place(), message, None);
    }
}

fn origin(
    context: &Context<'_>,
    declaration: &ObjectDeclaration,
    parameters: Option<&ViewParameters>,
    report: &mut Report,
) -> Option<Origin> {
    let (table, view) = (
        declaration.directives.get("table"),
        declaration.directives.get("view"),
    );
    if let (Some(_), Some(view)) = (table, view) {
        let message = format!("`{}` cannot be a table and a view", declaration.name);
        report.error(view.location(), message, None);
        return None;
    }
    let directive = table.or(view)?;
    let is_runtime = argument::non_empty_text(directive, "sql").is_none();
    if context.schema.kind == SchemaKind::BuiltIn && is_runtime {
        return argument::text(directive, "name").map(|name| Origin::Runtime(name.to_owned()));
    }
    if let Some(text) = argument::non_empty_text(directive, "sql") {
        let fragment = Fragment::parse_outside_quotes(text);
        let own = parameters.map(|parameters| &parameters.fields);
        placeholders::check_view(&fragment, own, argument::place(directive, "sql"), report);
        return Some(Origin::Query(fragment));
    }
    if parameters.is_some() {
        return argument::non_empty_text(directive, "name").map(|name| Origin::Call(name.to_owned()));
    }
    relation(directive, declaration, report)
}

fn relation(
    directive: &Node<Directive>,
    declaration: &ObjectDeclaration,
    report: &mut Report,
) -> Option<Origin> {
    let name = argument::text(directive, "name")?;
    match relation_name::split(name) {
        Ok(parts) => Some(Origin::Relation(parts)),
        Err(reason) => {
            report.error(
                argument::place(directive, "name"),
                format!(
                    "`{name}` does not name a table of `{}`: {reason}",
                    declaration.name
                ),
                Some("write `table`, `schema.table` or `\"Quoted Schema\".\"Quoted Table\"`".to_owned()),
            );
            None
        }
    }
}

fn primary_key(
    declaration: &ObjectDeclaration,
    fields: &IndexMap<FieldName, Field>,
    report: &mut Report,
) -> Vec<FieldName> {
    let mut key = Vec::new();
    for declared in declaration
        .fields
        .values()
        .filter(|field| field.directives.has("pk"))
    {
        let Some(field) = fields.get(declared.name.as_str()) else {
            continue;
        };
        if matches!(field.ty.base, BaseType::Scalar(_)) && !field.ty.is_list {
            key.push(field.name.clone());
        } else {
            report.error(
                declared.name.location(),
                format!(
                    "`{}.{}` cannot be part of the primary key",
                    declaration.name, declared.name
                ),
                Some("its type must be a scalar".to_owned()),
            );
        }
    }
    key
}

/// Returns the condition of live rows; its names are columns, declared as fields or not. Without a condition deleted
/// rows would be served, so that is an error.
fn soft_delete(declaration: &ObjectDeclaration, report: &mut Report) -> Option<Fragment> {
    let table = declaration.directives.get("table")?;
    if !argument::flag(table, "soft_delete") {
        return None;
    }
    let Some(condition) = argument::non_empty_text(table, "soft_delete_cond") else {
        report.error(
            table.location(),
            format!(
                "`{}` has soft delete, but no condition says which rows are live",
                declaration.name
            ),
            Some("add `soft_delete_cond`, for instance \"[deleted_at] IS NULL\"".to_owned()),
        );
        return None;
    };
    let fragment = Fragment::parse_outside_quotes(condition);
    placeholders::refuse(&fragment, argument::place(table, "soft_delete_cond"), report);
    Some(fragment)
}

/// Returns what a delete assigns. It may be missing: such a table refuses deletes, for they would remove rows for good.
fn soft_delete_set(declaration: &ObjectDeclaration, report: &mut Report) -> Option<Fragment> {
    let table = declaration.directives.get("table")?;
    if !argument::flag(table, "soft_delete") {
        return None;
    }
    let assignment = argument::non_empty_text(table, "soft_delete_set")?;
    let fragment = Fragment::parse_outside_quotes(assignment);
    placeholders::check(&fragment, argument::place(table, "soft_delete_set"), report);
    Some(fragment)
}
