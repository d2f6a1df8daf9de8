//! SDL of one source → [`SourceCatalog`]. PURE: text in, value or diagnostics out.
//!
//! The stages, in reading order, one file each:
//! `parse` text → syntax tree; `declarations` documents and own extensions → one set of declarations;
//! `directive_use` checks every directive against the table; `naming` prefix, modules, names of root fields;
//! `fields` with `value_source` and `field_options` columns; `structs`; `objects` with `parameters` and `defaults`, `features`, `companions`;
//! `relations`; `functions`; `virtual_fields` joins and calls; `links`; `foreign` additions to other sources; `passthrough`; `clashes` the names that the served schema derives. `report` collects what they find.

mod argument;
mod clashes;
mod companions;
mod declarations;
mod defaults;
mod directive_use;
mod features;
mod field_options;
mod fields;
mod foreign;
mod functions;
mod links;
mod naming;
mod objects;
mod parameters;
mod parse;
mod passthrough;
mod placeholders;
mod relation_name;
mod relations;
mod report;
mod source_schema;
mod structs;
mod type_ref;
mod unique_keys;
mod value_source;
mod virtual_fields;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::declarations::Declarations;
use self::naming::Naming;
use self::report::Report;
use super::diagnostic::Diagnostic;
use super::model::SourceCatalog;

pub use self::source_schema::{SchemaKind, SdlDocument, SourceSchema, Strictness};

/// A compiled source, and what the compiler has to say about it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The source.
    pub catalog: SourceCatalog,
    /// Things that have no effect, sorted by place.
    pub warnings: Vec<Diagnostic>,
}

/// What the stages after parsing share.
struct Context<'a> {
    schema: &'a SourceSchema,
    declarations: &'a Declarations,
    naming: &'a Naming,
}

/// Compiles the SDL of one source.
///
/// # Errors
/// All findings, sorted by file and place, when at least one is an error. A file that is not GraphQL stops the
/// compilation after parsing, so that its faults do not bring others with them.
pub fn compile(schema: &SourceSchema) -> Result<Compiled, Vec<Diagnostic>> {
    let (documents, mut report) = parse::parse(schema);
    if report.has_errors() {
        return Err(report.finish());
    }
    let declarations = declarations::collect(schema, &documents, &mut report);
    directive_use::check(&declarations, &mut report);
    let naming = Naming::new(schema, &declarations, &mut report);
    let context = Context {
        schema,
        declarations: &declarations,
        naming: &naming,
    };
    let catalog = assemble(&context, &mut report);
    if report.has_errors() {
        return Err(report.finish());
    }
    Ok(Compiled {
        catalog,
        warnings: report.finish(),
    })
}

fn assemble(context: &Context<'_>, report: &mut Report) -> SourceCatalog {
    let structs = structs::compile(context, report);
    let mut objects = objects::compile(context, report);
    let relations = relations::compile(context, &objects, report);
    let functions = functions::compile(context, report);
    virtual_fields::attach(context, &mut objects, &structs, &functions, report);
    links::attach(&relations, &mut objects, report);
    clashes::check_members(context, &objects, report);
    let passthrough = passthrough::compile(context, report);
    let catalog = SourceCatalog {
        source: context.schema.source.clone(),
        version: context.schema.fingerprint(),
        is_read_only: context.schema.is_read_only,
        objects: objects
            .into_iter()
            .map(|(name, object)| (name, Arc::new(object)))
            .collect(),
        structs: structs
            .into_iter()
            .map(|(name, ty)| (name, Arc::new(ty)))
            .collect(),
        passthrough,
        relations: relations.into_iter().map(|declared| declared.relation).collect(),
        functions: functions.into_iter().map(Arc::new).collect(),
        extensions: foreign::compile(context, report),
    };
    clashes::check(context, &catalog, report);
    catalog
}
