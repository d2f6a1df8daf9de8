//! When DuckDB is attached to a source that answers itself: as soon as a statement needs it, or when the SQL of another
//! source names it.

use std::collections::{BTreeSet, HashSet};

use super::execute::Execution;
use super::served::{LoadedSource, Served};
use crate::db::Database;
use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;

impl LoadedSource {
    /// Lets DuckDB read the source, unless it can already.
    ///
    /// # Errors
    /// `UNSUPPORTED` when an extension is missing, `SOURCE_UNAVAILABLE` when the source cannot be reached.
    pub(super) async fn attach(&self, database: &Database) -> Result<()> {
        let attach = || async {
            if self.has_geometries {
                load_extension(database, "spatial", &self.catalog.source).await?;
            }
            match &self.attachment {
                Some(attachment) => attachment.make().await,
                None => Ok(()),
            }
        };
        self.is_attached.get_or_try_init(attach).await.copied()
    }
}

impl Execution<'_> {
    /// Lets DuckDB read `sources`.
    ///
    /// # Errors
    /// Those of [`LoadedSource::attach`].
    pub(super) async fn attach(&self, sources: &BTreeSet<SourceName>) -> Result<()> {
        for name in sources {
            if let Some(source) = self.served.sources.get(name) {
                // Boxed: a request seldom comes here, and would else be larger for it.
                Box::pin(source.attach(&self.engine.database)).await?;
            }
        }
        Ok(())
    }
}

/// Attaches the sources that SQL of others names, such as `FROM shop.orders` in a view: what such text reads is not known
/// when a statement is planned. One that cannot be attached does not keep the rest from being served.
pub(super) async fn attach_what_is_named(served: &Served, database: &Database) {
    for (name, source) in &served.sources {
        let Some(attachment) = source.attachment.as_ref().filter(|_| source.native.is_some()) else {
            continue;
        };
        let word = attachment.name().to_lowercase();
        let is_named = served
            .sources
            .iter()
            .any(|(other, source)| other != name && source.qualifiers.contains(&word));
        if is_named && let Err(error) = source.attach(database).await {
            tracing::warn!(source = %name, %error, "DuckDB cannot be attached to what SQL of another source names");
        }
    }
}

/// Loads an extension of DuckDB that `source` needs.
///
/// # Errors
/// `UNSUPPORTED`, naming both.
pub(super) async fn load_extension(
    database: &Database,
    name: &'static str,
    source: &SourceName,
) -> Result<()> {
    let load = database.run(move |session| session.execute_batch(&format!("LOAD {name}")));
    load.await.map_err(|error| {
        tracing::debug!(%error, extension = name, "cannot load");
        Error::new(
            ErrorCode::Unsupported,
            format!(
                "data source `{source}` needs DuckDB's extension `{name}`, which is not in the extension directory"
            ),
        )
    })
}

/// Returns the words of `text`, in lower case, that may name a database in SQL: those before a dot, and those in single
/// quotes.
pub(super) fn qualifiers(text: &str) -> HashSet<String> {
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$' | '-');
    let mut found = HashSet::new();
    let mut before = ' ';
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        before = rest[..start].chars().next_back().unwrap_or(before);
        let from = &rest[start..];
        let end = from.find(|character| !is_word(character)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        // Within the text of a schema a quote is written with a backslash.
        let follows = after.trim_start_matches(['\\', '"']).trim_start();
        if before == '\'' || follows.starts_with('.') {
            found.insert(word.to_lowercase());
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::qualifiers;

    #[test]
    fn words_that_may_name_a_database_are_found() {
        let text = r#"type a @view(sql: "SELECT x FROM Shop.orders JOIN \"my-db\".t ON true, postgres_query('pg', $$x$$)")"#;
        let mut found: Vec<_> = qualifiers(text).into_iter().collect();
        found.sort();
        assert_eq!(found, ["my-db", "pg", "shop"]);
        assert!(qualifiers("type shop { orders: Int }").is_empty());
    }
}
