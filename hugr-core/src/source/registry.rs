//! The kinds of sources that an engine knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{DuckDbSource, ExtensionSource, MySqlSource, PostgresSource, Source};
use crate::error::{Error, ErrorCode, Result};

/// Kinds of sources by name.
#[derive(Clone, Debug)]
pub struct SourceRegistry(BTreeMap<&'static str, Arc<dyn Source>>);

/// The built-in kinds.
impl Default for SourceRegistry {
    fn default() -> Self {
        Self(BTreeMap::new())
            .with(DuckDbSource)
            .with(ExtensionSource)
            .with(MySqlSource)
            .with(PostgresSource)
    }
}

impl SourceRegistry {
    /// Adds a kind, or replaces the one of the same name.
    #[must_use]
    pub fn with(mut self, source: impl Source + 'static) -> Self {
        self.0.insert(source.kind(), Arc::new(source));
        self
    }

    /// Returns the kind called `kind`.
    ///
    /// # Errors
    /// `UNSUPPORTED`, with the kinds that are known.
    pub fn get(&self, kind: &str) -> Result<&Arc<dyn Source>> {
        self.0.get(kind).ok_or_else(|| {
            let known: Vec<_> = self.0.keys().copied().collect();
            Error::new(
                ErrorCode::Unsupported,
                format!(
                    "unknown data source type `{kind}`; valid are {}",
                    known.join(", ")
                ),
            )
        })
    }
}
