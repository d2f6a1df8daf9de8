//! Text → validated document. The result depends on the schema and the text alone, so it is cached by both.

use std::sync::Arc;

use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::parser::{Parser, SourceSpan};
use apollo_compiler::validation::{DiagnosticData, DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Schema};

use super::alias::with_served_names;
use super::limits::DocumentLimits;
use super::unknown_names::UnknownNames;
use crate::error::{Error, ErrorCode, Location};

/// Most errors of a document that are told: a large document can have one at each of its tokens.
const MAX_ERRORS: usize = 100;

/// A document that is valid against one served schema. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Document(Arc<Valid<ExecutableDocument>>);

impl Document {
    pub(super) fn executable(&self) -> &Valid<ExecutableDocument> {
        &self.0
    }

    /// Returns the place of a span, for errors.
    pub(super) fn location(&self, span: Option<SourceSpan>) -> Option<Location> {
        let start = span?.line_column(&self.0.sources)?;
        Some(Location {
            line: start.line,
            column: start.column,
        })
    }
}

/// Parses `text` and validates it against `schema`.
///
/// Variables that an operation declares and does not use are accepted.
///
/// # Errors
/// The errors of the document, up to 100, each `GRAPHQL_PARSE` or `GRAPHQL_VALIDATION` with its place.
pub fn parse(schema: &Valid<Schema>, text: &str, limits: DocumentLimits) -> Result<Document, Vec<Error>> {
    let mut parser = Parser::new()
        .token_limit(limits.max_tokens)
        .recursion_limit(limits.max_recursion);
    let ast = parser
        .parse_ast(text, "query")
        .map_err(|invalid| errors(&invalid.errors, ErrorCode::GraphqlParse, |_| true, None))?;
    let document = match with_served_names(&ast, schema).to_executable_validate(schema) {
        Ok(document) => document,
        Err(invalid) => {
            let names = UnknownNames::of(schema, &ast);
            let mut missing_selections = 0;
            let is_wanted = |diagnostic: &Diagnostic<'_, DiagnosticData>| {
                match diagnostic.error.unstable_error_name() {
                    Some("UnusedVariable") => false,
                    Some("UnsupportedValueType") => !is_variable_for_json(diagnostic),
                    // Told also of a selection of which only faulty fields were written, and these are told themselves.
                    Some("MissingSubselection") => {
                        missing_selections += 1;
                        missing_selections <= MAX_ERRORS && !has_selection(text, diagnostic)
                    }
                    _ => true,
                }
            };
            let errors = errors(
                &invalid.errors,
                ErrorCode::GraphqlValidation,
                is_wanted,
                Some(&names),
            );

            if !errors.is_empty() {
                return Err(errors);
            }
            Valid::assume_valid(invalid.partial)
        }
    };
    if document.operations.is_empty() {
        return Err(vec![Error::new(
            ErrorCode::GraphqlValidation,
            "the document has no operation",
        )]);
    }
    Ok(Document(Arc::new(document)))
}

/// Returns whether the field that `diagnostic` is about has a selection in the text.
fn has_selection(text: &str, diagnostic: &Diagnostic<'_, DiagnosticData>) -> bool {
    let Some(end) = diagnostic.line_column_range().map(|range| range.end) else {
        return false;
    };
    let line = text.lines().nth(end.line.saturating_sub(1)).unwrap_or_default();
    line.chars().take(end.column.saturating_sub(1)).last() == Some('}')
}

/// Returns whether `diagnostic` says that a variable of another type stands where a JSON value is wanted: that is any value.
/// The library tells the two types in its text alone.
fn is_variable_for_json(diagnostic: &Diagnostic<'_, DiagnosticData>) -> bool {
    diagnostic.error.to_string() == "expected value of type JSON, found a variable"
}

/// Returns whether `diagnostic` says that the schema does not have a name.
fn is_about_a_name(diagnostic: &Diagnostic<'_, DiagnosticData>) -> bool {
    matches!(
        diagnostic.error.unstable_error_name(),
        Some("UndefinedField" | "UndefinedArgument" | "UndefinedInputValue" | "UndefinedEnumValue")
    )
}

fn errors(
    list: &DiagnosticList,
    code: ErrorCode,
    is_wanted: impl FnMut(&Diagnostic<'_, DiagnosticData>) -> bool,
    names: Option<&UnknownNames<'_>>,
) -> Vec<Error> {
    list.iter()
        .filter(is_wanted)
        .take(MAX_ERRORS)
        .map(|diagnostic| {
            let range = diagnostic.line_column_range();
            let told = range
                .as_ref()
                .filter(|_| is_about_a_name(&diagnostic))
                .and_then(|range| names?.message(range.start));
            let error = Error::new(
                code,
                told.map_or_else(|| diagnostic.error.to_string(), str::to_owned),
            );
            match range {
                Some(range) => error.with_location(Location {
                    line: range.start.line,
                    column: range.start.column,
                }),
                None => error,
            }
        })
        .collect()
}
