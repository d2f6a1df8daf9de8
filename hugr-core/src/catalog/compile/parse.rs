//! Text → syntax trees.

use apollo_compiler::ast::Document;
use apollo_compiler::parser::Parser;

use super::SourceSchema;
use super::report::Report;
use crate::catalog::diagnostic::{Diagnostic, Severity};
use crate::error::Location;

/// Largest document that is read: far above any SDL, far below what the parser's 32-bit offsets hold.
const MAX_DOCUMENT_BYTES: usize = 32 << 20;

/// How deep lists and objects may nest; the parser recurses.
const MAX_DEPTH: usize = 100;

/// Parses the documents of `schema`; the report holds their syntax errors.
pub(super) fn parse(schema: &SourceSchema) -> (Vec<Document>, Report) {
    let mut documents = Vec::new();
    let mut faults = Vec::new();
    for document in &schema.documents {
        if document.text.len() > MAX_DOCUMENT_BYTES {
            let message = format!(
                "the document has {} bytes; at most {MAX_DOCUMENT_BYTES} are read",
                document.text.len()
            );
            faults.push(fault(&document.file, None, message));
            continue;
        }
        let text = document.text.strip_prefix('\u{feff}').unwrap_or(&document.text);
        // The grammar knows no empty document; a catalog source without SDL is one.
        if is_blank(text) {
            continue;
        }
        match Parser::new()
            .recursion_limit(MAX_DEPTH)
            .parse_ast(text, &document.file)
        {
            Ok(parsed) => documents.push(parsed),
            Err(failed) => {
                for error in failed.errors.iter() {
                    let location = error.line_column_range().map(|range| Location {
                        line: range.start.line,
                        column: range.start.column,
                    });
                    faults.push(fault(&document.file, location, error.error.to_string()));
                }
            }
        }
    }
    let mut report = Report::new(schema, &documents);
    for found in faults {
        report.push(found);
    }
    (documents, report)
}

/// Returns whether `text` holds nothing but white space, commas and comments.
fn is_blank(text: &str) -> bool {
    text.lines().all(|line| {
        let content =
            line.trim_start_matches(|character: char| character.is_ascii_whitespace() || character == ',');
        content.is_empty() || content.starts_with('#')
    })
}

fn fault(file: &str, location: Option<Location>, message: String) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        location,
        severity: Severity::Error,
        message,
        help: None,
    }
}
