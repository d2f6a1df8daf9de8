//! How large a document and an operation may be.

use std::cell::Cell;

use crate::error::{Error, ErrorCode, Result};

/// Limits on documents and operations.
///
/// Tokens and recursion bound what is parsed; the others bound what an operation asks for once its fragments are resolved,
/// because a short text can spread into very many fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Most tokens of a document.
    pub max_tokens: usize,
    /// Deepest nesting of brackets that the parser follows.
    pub max_recursion: usize,
    /// Deepest nesting of fields with sub-selections.
    pub max_depth: usize,
    /// Most fields of the root type.
    pub max_root_fields: usize,
    /// Most fields that are called otherwise than in the schema.
    pub max_aliases: usize,
    /// Most fields altogether.
    pub max_fields: usize,
}

/// 500,000 tokens, 200 levels of brackets, 20 levels of fields, 10,000 root fields, 20,000 aliases, 200,000 fields.
impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            max_tokens: 500_000,
            max_recursion: 200,
            max_depth: 20,
            max_root_fields: 10_000,
            max_aliases: 20_000,
            max_fields: 200_000,
        }
    }
}

/// Counts what an operation asks for, against its limits.
pub(super) struct Tally {
    limits: DocumentLimits,
    aliases: Cell<usize>,
    fields: Cell<usize>,
}

impl Tally {
    pub(super) fn new(limits: DocumentLimits) -> Self {
        Self {
            limits,
            aliases: Cell::new(0),
            fields: Cell::new(0),
        }
    }

    /// Counts `count` fields that stand side by side on level `depth`; 1 is the root.
    pub(super) fn count_fields(&self, count: usize, depth: usize) -> Result<()> {
        if depth == 1 {
            check(count, self.limits.max_root_fields, "root fields")?;
        }
        self.fields.set(self.fields.get().saturating_add(count));
        check(self.fields.get(), self.limits.max_fields, "fields")
    }

    /// Counts an alias.
    pub(super) fn count_alias(&self) -> Result<()> {
        self.aliases.set(self.aliases.get().saturating_add(1));
        check(self.aliases.get(), self.limits.max_aliases, "aliases")
    }

    /// Checks that a field on level `depth` may have a sub-selection.
    pub(super) fn check_depth(&self, depth: usize) -> Result<()> {
        let limit = self.limits.max_depth;
        if depth <= limit {
            return Ok(());
        }
        Err(exceeded(format!(
            "the operation is nested too deeply: more than {limit} levels"
        )))
    }
}

fn check(count: usize, limit: usize, what: &str) -> Result<()> {
    if count <= limit {
        return Ok(());
    }
    Err(exceeded(format!(
        "the operation has too many {what}: more than {limit}"
    )))
}

fn exceeded(message: String) -> Error {
    Error::new(ErrorCode::GraphqlValidation, message)
}
