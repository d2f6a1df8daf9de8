//! DuckDB database files, and databases in memory.

use async_trait::async_trait;

use super::{Attachments, Description, Opened, Source, description};
use crate::error::{Error, Result};
use crate::sql::quote;
use crate::store::DataSource;

/// Kind `duckdb`: the path is a file, an address that DuckDB's file systems read, or `:memory:`.
#[derive(Clone, Copy, Debug)]
pub struct DuckDbSource;

#[async_trait]
impl Source for DuckDbSource {
    fn kind(&self) -> &'static str {
        "duckdb"
    }

    async fn open(&self, attachments: &Attachments, source: &DataSource) -> Result<Opened> {
        let path = if source.path.is_empty() {
            ":memory:"
        } else {
            &source.path
        };
        let is_in_memory = path == ":memory:";
        // Each source in memory is a database of its own; a file is the same for all who name it.
        let owner = if is_in_memory { source.name.as_str() } else { "" };
        let access = if source.read_only && !is_in_memory {
            " (READ_ONLY)"
        } else {
            ""
        };
        let place = format!("duckdb\0{path}\0{access}\0{owner}");
        let path = path.to_owned();
        let statements = move |name: &str| {
            vec![format!(
                "ATTACH DATABASE {} AS {}{access}",
                quote::literal(&path),
                quote::identifier(name)
            )]
        };
        let owner = source.name.clone();
        let failed = move |error: &Error| {
            Error::new(
                error.code(),
                format!("data source `{owner}` cannot be opened: {error}"),
            )
        };
        attachments
            .attach(place, source.name.as_str(), statements, failed)
            .await
            .map(Opened::from)
    }

    async fn describe(
        &self,
        attachments: &Attachments,
        _source: &DataSource,
        opened: &Opened,
    ) -> Result<Description> {
        let database = opened.attachment.name().to_owned();
        attachments
            .database()
            .run(move |session| description::duckdb::describe(session, &database))
            .await
    }
}
