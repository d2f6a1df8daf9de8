//! Fields that are not columns: `@join`, `@function_call`, `@table_function_call_join`.

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, DirectiveList, FieldDefinition, Value};
use indexmap::IndexMap;

use super::report::Report;
use super::type_ref::type_ref;
use super::{Context, SchemaKind, argument, fields, parameters};
use crate::catalog::matching::{Owner, find_function};
use crate::catalog::model::{
    CallField, CallKind, Cardinality, DataObject, Function, Link, LinkPath, ModulePath, StructType,
};
use crate::name::{FieldName, TypeName};
use crate::sql::fragment::Fragment;

/// Directives that make a field virtual.
const VIRTUAL: [&str; 3] = ["join", "function_call", "table_function_call_join"];

/// A virtual field as it is declared.
pub(super) enum VirtualField {
    Join(Link),
    Call(CallField),
}

/// Returns whether a field with `directives` is not a column.
pub(super) fn is_virtual(directives: &DirectiveList) -> bool {
    VIRTUAL.iter().any(|name| directives.has(name))
}

/// Adds the virtual fields of the source's tables and views to `objects`.
pub(super) fn attach(
    context: &Context<'_>,
    objects: &mut IndexMap<TypeName, DataObject>,
    structs: &IndexMap<TypeName, StructType>,
    functions: &[Function],
    report: &mut Report,
) {
    // What an extension leads to belongs to other sources: the merge looks at it.
    if context.schema.kind == SchemaKind::Extension {
        return;
    }
    let mut found = Vec::new();
    for declaration in context.declarations.objects.values() {
        let name = context.naming.type_name(&declaration.name);
        let Some(owner) = objects.get(&name) else { continue };
        let fields_of = |name: &str| {
            let object = objects.get(name).map(|object| &object.fields);
            object.or_else(|| structs.get(name).map(|found| &found.fields))
        };
        let owner = Owner {
            name: &owner.name,
            fields: &owner.fields,
            fields_of: &fields_of,
        };
        for field in declaration
            .fields
            .values()
            .filter(|field| is_virtual(&field.directives))
        {
            let Some(read) = read(context, &declaration.name, field, report) else {
                continue;
            };
            if !fields::has_usable_name(declaration, field, report) {
                continue;
            }
            let (checked, faults) = check(&owner, read, functions);
            let has_faults = !faults.is_empty();
            for fault in faults {
                report.error(field.name.location(), fault, None);
            }
            if !has_faults {
                found.push((name.clone(), checked));
            }
        }
    }
    for (owner, field) in found {
        let Some(object) = objects.get_mut(&owner) else {
            continue;
        };
        match field {
            VirtualField::Join(link) => {
                object.links.insert(link.name.clone(), link);
            }
            VirtualField::Call(call) => {
                object.calls.insert(call.name.clone(), call);
            }
        }
    }
}

/// Returns `field` with its function found, and what is wrong with it.
fn check(owner: &Owner<'_>, field: VirtualField, functions: &[Function]) -> (VirtualField, Vec<String>) {
    match field {
        VirtualField::Join(link) => {
            let faults = owner.link_faults(&link);
            (VirtualField::Join(link), faults)
        }
        VirtualField::Call(mut call) => {
            let faults = match find_function(functions.iter(), &call.module, &call.function) {
                Ok(function) => {
                    call.module = function.module.clone();
                    owner.call_faults(&call, function)
                }
                Err(fault) => vec![format!("`{}.{}`: {fault}", owner.name, call.name)],
            };
            (VirtualField::Call(call), faults)
        }
    }
}

/// Returns the virtual field that `field` of the type `owner` declares, without looking at what it leads to.
pub(super) fn read(
    context: &Context<'_>,
    owner: &str,
    field: &FieldDefinition,
    report: &mut Report,
) -> Option<VirtualField> {
    let directives: Vec<&Node<Directive>> = VIRTUAL
        .iter()
        .filter_map(|name| field.directives.get(name))
        .collect();
    let directive = match directives.as_slice() {
        [directive] => *directive,
        [] => return None,
        [_, second, ..] => {
            let message = format!("`{owner}.{}` leads to several things", field.name);
            report.error(second.location(), message, None);
            return None;
        }
    };
    if directive.name == "join" {
        join(context, owner, field, directive, report).map(VirtualField::Join)
    } else {
        call(context, owner, field, directive, report).map(VirtualField::Call)
    }
}

fn join(
    context: &Context<'_>,
    owner: &str,
    field: &FieldDefinition,
    directive: &Node<Directive>,
    report: &mut Report,
) -> Option<Link> {
    let target = argument::text(directive, "references_name")?;
    let inner = field.ty.inner_named_type();
    if inner.as_str() != target {
        report.error(
            argument::place(directive, "references_name"),
            format!(
                "`{owner}.{}` joins `{target}`, but its type is `{inner}`",
                field.name
            ),
            None,
        );
        return None;
    }
    let (keys, condition) = row_match(owner, field, directive, report)?;
    Some(Link {
        name: FieldName::from(field.name.as_str()),
        target: context.naming.type_name(target),
        cardinality: if field.ty.is_list() {
            Cardinality::Many
        } else {
            Cardinality::One
        },
        path: LinkPath::Join { keys, condition },
        description: fields::description(field),
        deprecated: fields::deprecation(&field.directives),
    })
}

fn call(
    context: &Context<'_>,
    owner: &str,
    field: &FieldDefinition,
    directive: &Node<Directive>,
    report: &mut Report,
) -> Option<CallField> {
    let subject = format!("{owner}.{}", field.name);
    let Some(returns) = type_ref(context, &field.ty) else {
        let message = format!("field `{subject}` is a list of lists");
        report.error(field.name.location(), message, Some("use JSON".to_owned()));
        return None;
    };
    let kind = if directive.name == "function_call" {
        CallKind::Value
    } else {
        let (keys, condition) = row_match(owner, field, directive, report)?;
        CallKind::Join { keys, condition }
    };
    let module = argument::text(directive, "module").unwrap_or_default();
    Some(CallField {
        name: FieldName::from(field.name.as_str()),
        module: ModulePath::parse(module),
        function: FieldName::from(argument::text(directive, "references_name")?),
        arguments: parameters::compile(context, &subject, &field.arguments, report),
        row_arguments: row_arguments(&subject, directive, report)?,
        returns,
        kind,
        description: fields::description(field),
        deprecated: fields::deprecation(&field.directives),
    })
}

/// Returns the key pairs and the condition of `directive`.
#[expect(clippy::type_complexity, reason = "the pair is taken apart at once")]
fn row_match(
    owner: &str,
    field: &FieldDefinition,
    directive: &Node<Directive>,
    report: &mut Report,
) -> Option<(Vec<(FieldName, FieldName)>, Option<Fragment>)> {
    let sources = argument::texts(directive, "source_fields");
    let targets = argument::texts(directive, "references_fields");
    if sources.len() != targets.len() {
        report.error(
            directive.location(),
            format!(
                "`{owner}.{}` pairs {} source fields with {} of its target",
                field.name,
                sources.len(),
                targets.len()
            ),
            None,
        );
        return None;
    }
    let pairs = sources.into_iter().zip(targets);
    let keys = pairs
        .map(|(source, target)| (FieldName::from(source), FieldName::from(target)))
        .collect();
    let condition = argument::non_empty_text(directive, "sql").map(Fragment::parse_outside_quotes);
    Some((keys, condition))
}

fn row_arguments(
    subject: &str,
    directive: &Node<Directive>,
    report: &mut Report,
) -> Option<IndexMap<FieldName, Vec<FieldName>>> {
    let given = directive
        .specified_argument_by_name("args")
        .filter(|value| !value.is_null());
    let Some(given) = given else {
        return Some(IndexMap::new());
    };
    let mut row_arguments = IndexMap::new();
    let members = given.as_object().unwrap_or_default();
    for (name, value) in members {
        if let Value::String(path) = &**value {
            let path = path.split('.').map(FieldName::from).collect();
            row_arguments.insert(FieldName::from(name.as_str()), path);
        }
    }
    if given.as_object().is_none() || row_arguments.len() != members.len() {
        report.error(
            given.location(),
            format!("`args` of `{subject}` must name a field for each argument"),
            Some("write for instance {amount: \"total\"}".to_owned()),
        );
        return None;
    }
    Some(row_arguments)
}
