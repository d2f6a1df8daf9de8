//! Compiles the schema of a case and compares what the compiler says, or what is served.

use std::sync::Arc;

use hugr_core::catalog::compile::compile;
use hugr_core::catalog::surface::serve;
use hugr_core::catalog::{Catalog, Diagnostic, SchemaKind, SdlDocument, SourceSchema};

use super::Outcome;
use super::case::{CatalogCase, CatalogExpectation};
use super::expectation::Mode;
use super::fixture::{EXTENSION_FILE, SCHEMA_FILE, SOURCE_FILE, SourceOptions, read};

/// Runs `case`.
///
/// # Errors
/// When what the compiler says, or what is served, is not what is expected.
pub fn run(case: &CatalogCase, mode: Mode) -> Outcome {
    let schemas = schemas(case)?;
    let text = match case.expects {
        CatalogExpectation::Diagnostics => lines(&diagnostics(&schemas)),
        CatalogExpectation::Served => served(&schemas)?,
    };
    mode.text(&case.folder.join(case.expects.file()), &text)
}

/// Returns the source of the case, and its extension source.
fn schemas(case: &CatalogCase) -> Outcome<Vec<SourceSchema>> {
    let source = case.folder.join(SOURCE_FILE);
    let options = if source.is_file() {
        SourceOptions::read(&source)?
    } else {
        SourceOptions::default()
    };
    let document = SdlDocument::new(SCHEMA_FILE, read(&case.folder.join(SCHEMA_FILE))?);
    let mut schemas = vec![SourceSchema {
        prefix: options.prefix,
        as_module: options.as_module,
        is_read_only: options.read_only,
        ..SourceSchema::new(options.name, vec![document])
    }];
    let extension = case.folder.join(EXTENSION_FILE);
    if extension.is_file() {
        schemas.push(SourceSchema {
            kind: SchemaKind::Extension,
            ..SourceSchema::new("ext", vec![SdlDocument::new(EXTENSION_FILE, read(&extension)?)])
        });
    }
    Ok(schemas)
}

/// Returns what the compiler says: about each source, or else about all of them together.
fn diagnostics(schemas: &[SourceSchema]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut catalogs = Vec::new();
    for schema in schemas {
        match compile(schema) {
            Ok(compiled) => {
                found.extend(compiled.warnings);
                catalogs.push(Arc::new(compiled.catalog));
            }
            Err(errors) => found.extend(errors),
        }
    }
    if catalogs.len() == schemas.len() {
        let merged = Catalog::merge(catalogs);
        found.extend(
            merged
                .and_then(|catalog| serve(&catalog))
                .err()
                .unwrap_or_default(),
        );
    }
    found
}

/// Returns what the sources add to the schema that is served without any: whole types, and members of those that are there
/// in any case.
fn served(schemas: &[SourceSchema]) -> Outcome<String> {
    let mut catalogs = Vec::new();
    for schema in schemas {
        let compiled = compile(schema).map_err(|errors| lines(&errors))?;
        catalogs.push(Arc::new(compiled.catalog));
    }
    let catalog = Catalog::merge(catalogs).map_err(|errors| lines(&errors))?;
    let all = serve(&catalog).map_err(|errors| lines(&errors))?;
    let bare = serve(&Catalog::default()).map_err(|errors| lines(&errors))?;
    let mut text = String::new();
    for (name, found) in &all.schema().types {
        let printed = found.to_string();
        let known = bare.schema().types.get(name).map(ToString::to_string);
        let Some(known) = known else {
            text.push_str(&printed);
            text.push('\n');
            continue;
        };
        if known == printed {
            continue;
        }
        let added = printed
            .lines()
            .filter(|line| !known.lines().any(|other| other == *line));
        text.push_str(&format!("# added to what is always served\ntype {name} {{\n"));
        for line in added {
            text.push_str(line);
            text.push('\n');
        }
        text.push_str("}\n\n");
    }
    Ok(format!("{}\n", text.trim_end()))
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    let lines = diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n"));
    lines.collect()
}
