//! Names that two types of the served schema would share.

use std::collections::{HashMap, HashSet};

use apollo_compiler::parser::SourceSpan;
use indexmap::IndexMap;

use super::Context;
use super::report::Report;
use crate::catalog::model::{DataObject, SourceCatalog};
use crate::catalog::{member_names, type_names};
use crate::name::TypeName;

/// Reports types of `catalog` whose names, or the names derived from them, are taken.
pub(super) fn check(context: &Context<'_>, catalog: &SourceCatalog, report: &mut Report) {
    let mut owners: HashMap<String, String> = HashMap::new();
    let mut reported: HashSet<(String, String)> = HashSet::new();
    for (served, declared) in type_names::of_source(catalog) {
        if type_names::is_system(&served) {
            if reported.insert((String::new(), declared.clone())) {
                let message =
                    format!("type `{declared}` needs the name `{served}`, which the engine uses itself");
                let help = "rename it, or give the source a prefix".to_owned();
                report.error(place_of(context, &declared), message, Some(help));
            }
            continue;
        }
        let Some(other) = owners.insert(served.clone(), declared.clone()) else {
            continue;
        };
        // Two types that share a name share the names derived from it, too: one finding says it.
        if reported.insert((other.clone(), declared.clone())) {
            let message = format!("types `{other}` and `{declared}` both need the name `{served}`");
            report.error(
                place_of(context, &declared),
                message,
                Some("rename one of them".to_owned()),
            );
        }
    }
}

/// Reports fields of `objects` whose names are taken by what the engine derives.
pub(super) fn check_members(
    context: &Context<'_>,
    objects: &IndexMap<TypeName, DataObject>,
    report: &mut Report,
) {
    for object in objects.values() {
        for message in member_names::clashes(object, |name| objects.contains_key(name)) {
            let help = "rename one, or name the fields of the reference with `references_query`".to_owned();
            report.error(place_of(context, object.name.as_str()), message, Some(help));
        }
    }
}

fn place_of(context: &Context<'_>, served: &str) -> Option<SourceSpan> {
    let declarations = context.declarations;
    let names = declarations
        .objects
        .keys()
        .chain(declarations.enums.keys())
        .chain(declarations.inputs.keys());
    let mut matching = names.filter(|name| context.naming.type_name(name).as_str() == served);
    matching.next()?.location()
}
