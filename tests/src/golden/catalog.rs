//! Compiles the schema of a case and compares what the compiler says.

use hugr_core::catalog::compile::compile;
use hugr_core::catalog::{SdlDocument, SourceSchema};

use super::Outcome;
use super::case::CatalogCase;
use super::expectation::Mode;
use super::fixture::{SCHEMA_FILE, SOURCE_FILE, SourceOptions, read};

/// Runs `case`.
///
/// # Errors
/// When the diagnostics are not the expected ones.
pub fn run(case: &CatalogCase, mode: Mode) -> Outcome {
    let source = case.folder.join(SOURCE_FILE);
    let options = if source.is_file() {
        SourceOptions::read(&source)?
    } else {
        SourceOptions::default()
    };
    let document = SdlDocument::new(SCHEMA_FILE, read(&case.folder.join(SCHEMA_FILE))?);
    let schema = SourceSchema {
        prefix: options.prefix,
        as_module: options.as_module,
        is_read_only: options.read_only,
        ..SourceSchema::new(options.name, vec![document])
    };
    let diagnostics = match compile(&schema) {
        Ok(compiled) => compiled.warnings,
        Err(diagnostics) => diagnostics,
    };
    let text: String = diagnostics
        .iter()
        .map(|diagnostic| format!("{diagnostic}\n"))
        .collect();
    mode.text(&case.folder.join("expected.diagnostics.txt"), &text)
}
