//! Names that two types of the served schema would share.

use std::collections::{HashMap, HashSet};

use apollo_compiler::parser::SourceSpan;

use super::Context;
use super::report::Report;
use crate::catalog::model::SourceCatalog;
use crate::catalog::type_names;

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
