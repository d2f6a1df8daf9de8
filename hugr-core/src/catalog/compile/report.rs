//! Collects what the stages find, with places.

use std::sync::Arc;

use apollo_compiler::ast::Document;
use apollo_compiler::parser::{SourceMap, SourceSpan};

use super::{SourceSchema, Strictness};
use crate::catalog::diagnostic::{Diagnostic, Severity};
use crate::error::Location;

/// How many findings are told; a machine-written SDL with one fault in every line should not fill a log.
const MAX_DIAGNOSTICS: usize = 200;

/// The findings so far.
pub(super) struct Report {
    source: String,
    /// How bad the wrong use of a directive is.
    misuse: Severity,
    files: SourceMap,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Returns an empty report; findings without a place are told as of the source.
    pub(super) fn new(schema: &SourceSchema, documents: &[Document]) -> Self {
        let files = documents
            .iter()
            .flat_map(|document| document.sources.iter())
            .map(|(id, file)| (*id, Arc::clone(file)))
            .collect();
        Self {
            source: schema.source.to_string(),
            misuse: match schema.strictness {
                Strictness::Strict => Severity::Error,
                Strictness::Lenient => Severity::Warning,
            },
            files: Arc::new(files),
            diagnostics: Vec::new(),
        }
    }

    /// Adds `diagnostic` as it is.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds an error at `span`.
    pub(super) fn error(
        &mut self,
        span: Option<SourceSpan>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(Severity::Error, span, message.into(), help);
    }

    /// Adds the wrong use of a directive at `span`: an error, or a warning where the source's schema says so.
    pub(super) fn misuse(
        &mut self,
        span: Option<SourceSpan>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(self.misuse, span, message.into(), help);
    }

    /// Adds a warning at `span`.
    pub(super) fn warning(
        &mut self,
        span: Option<SourceSpan>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(Severity::Warning, span, message.into(), help);
    }

    /// Returns whether there is an error.
    pub(super) fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Returns the findings, sorted by file and place, without repetitions, the first ones when there are too many.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort();
        self.diagnostics.dedup();
        if self.diagnostics.len() > MAX_DIAGNOSTICS {
            // Errors first: a flood of warnings must not hide them.
            self.diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
            let rest = self.diagnostics.len() - MAX_DIAGNOSTICS;
            self.diagnostics.truncate(MAX_DIAGNOSTICS);
            let severity = self
                .diagnostics
                .last()
                .map_or(Severity::Warning, |last| last.severity);
            self.diagnostics.sort();
            self.diagnostics.push(Diagnostic {
                file: self.source,
                location: None,
                severity,
                message: format!("{rest} more findings are not shown"),
                help: None,
            });
        }
        self.diagnostics
    }

    fn add(&mut self, severity: Severity, span: Option<SourceSpan>, message: String, help: Option<String>) {
        let (file, location) = self.place(span);
        self.diagnostics.push(Diagnostic {
            file,
            location,
            severity,
            message,
            help,
        });
    }

    fn place(&self, span: Option<SourceSpan>) -> (String, Option<Location>) {
        let Some((span, file)) = span.and_then(|span| Some((span, self.files.get(&span.file_id())?))) else {
            return (self.source.clone(), None);
        };
        let location = file.get_line_column(span.offset()).map(|place| Location {
            line: place.line,
            column: place.column,
        });
        (file.path().display().to_string(), location)
    }
}
