//! SDL in, findings or model out.

mod definitions;
mod directives;
mod extensions;
mod functions;
mod fuzz;
mod generated;
mod model;
mod not_built;
mod numbers;
mod references;
mod syntax;
mod values;
mod virtual_fields;

use super::{Compiled, SchemaKind, SdlDocument, SourceSchema, compile};

/// Returns the schema of source `shop` with one document.
fn shop(sdl: &str) -> SourceSchema {
    SourceSchema::new("shop", vec![SdlDocument::new("shop.graphql", sdl)])
}

/// Checks all findings about `sdl`, errors and warnings, as they are printed; the file's name is left off.
#[track_caller]
fn check(sdl: &str, expect: &[&str]) {
    check_schema(&shop(sdl), expect);
}

/// Like [`check`], with options of the source.
#[track_caller]
fn check_schema(schema: &SourceSchema, expect: &[&str]) {
    let findings = match compile(schema) {
        Ok(compiled) => compiled.warnings,
        Err(errors) => errors,
    };
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let found: Vec<&str> = lines
        .iter()
        .map(|line| line.strip_prefix("shop.graphql:").unwrap_or(line))
        .collect();
    assert_eq!(found, expect);
}

/// Returns what `schema` compiles to; it must have no errors.
#[track_caller]
fn compiled(schema: &SourceSchema) -> Compiled {
    match compile(schema) {
        Ok(compiled) => compiled,
        Err(errors) => panic!(
            "{}",
            errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        ),
    }
}
