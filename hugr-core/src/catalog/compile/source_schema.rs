//! What the compiler is given: the SDL of one source and the options of its data source record.

use crate::name::SourceName;

/// Grows when the compiler makes something else of the same SDL, so that stored versions are compiled again.
const COMPILER_REVISION: u64 = 1;

/// The SDL of one source, with the options that shape its compilation.
#[derive(Clone, Debug)]
pub struct SourceSchema {
    /// The source.
    pub source: SourceName,
    /// Prefix of its type names, without the underscore that follows it; empty for none.
    pub prefix: String,
    /// Whether all it declares goes below a module named after the source.
    pub as_module: bool,
    /// Whether its tables take no mutations.
    pub is_read_only: bool,
    /// What kind of source it is.
    pub kind: SchemaKind,
    /// What to make of directives that are unknown, misplaced or called wrongly.
    pub strictness: Strictness,
    /// Its files, in order.
    pub documents: Vec<SdlDocument>,
}

/// What the compiler makes of directives that are unknown, misplaced or called wrongly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Errors.
    #[default]
    Strict,
    /// Warnings; the directive has no effect, as in the original.
    Lenient,
}

/// What kind of source an SDL belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SchemaKind {
    /// A data source with tables of its own.
    #[default]
    Ordinary,
    /// A source that extends types of other sources.
    Extension,
    /// Part of the engine: its tables are rows of this process, and its functions run in it.
    BuiltIn,
}

/// One SDL text.
#[derive(Clone, Debug)]
pub struct SdlDocument {
    /// Name for diagnostics: a file, or the catalog source.
    pub file: String,
    /// The text.
    pub text: String,
}

impl SourceSchema {
    /// Returns the schema of an ordinary writable source without prefix and module, from `documents`.
    #[must_use]
    pub fn new(source: impl Into<SourceName>, documents: Vec<SdlDocument>) -> Self {
        Self {
            source: source.into(),
            prefix: String::new(),
            as_module: false,
            is_read_only: false,
            kind: SchemaKind::Ordinary,
            strictness: Strictness::Strict,
            documents,
        }
    }

    /// Returns a hash of the SDL and of the options that shape its compilation; the same on every node and platform.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hash = Fnv::new();
        hash.number(COMPILER_REVISION);
        hash.text(self.source.as_str());
        hash.text(&self.prefix);
        hash.number(u64::from(self.as_module));
        hash.number(u64::from(self.is_read_only));
        hash.number(match self.kind {
            SchemaKind::Ordinary => 0,
            SchemaKind::Extension => 1,
            SchemaKind::BuiltIn => 2,
        });
        hash.number(match self.strictness {
            Strictness::Strict => 0,
            Strictness::Lenient => 1,
        });
        for document in &self.documents {
            hash.text(&document.text);
        }
        hash.0
    }
}

impl SdlDocument {
    /// Returns the document `text`, called `file` in diagnostics.
    #[must_use]
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
        }
    }
}

/// FNV-1a, 64 bits.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// The length keeps `ab`, `c` apart from `a`, `bc`.
    fn text(&mut self, text: &str) {
        self.bytes(&text.len().to_le_bytes());
        self.bytes(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> SourceSchema {
        SourceSchema::new("shop", vec![SdlDocument::new("shop.graphql", text)])
    }

    #[test]
    fn fingerprints_follow_text_and_options() {
        let plain = schema("type a { b: Int }");
        assert_eq!(plain.fingerprint(), schema("type a { b: Int }").fingerprint());
        assert_ne!(plain.fingerprint(), schema("type a { c: Int }").fingerprint());
        let prefixed = SourceSchema {
            prefix: "x".to_owned(),
            ..plain.clone()
        };
        assert_ne!(plain.fingerprint(), prefixed.fingerprint());
    }
}
