//! Kinds of data sources: how one is opened so that the engine's DuckDB can read it.
//!
//! A [`Source`] knows one kind (`duckdb`, `postgres`, …); the [`SourceRegistry`] knows the kinds. What a source contains is
//! the catalog's business, when it is opened and closed the engine's.
//!
//! Reading order: [`attachment`] (what is open), [`native`] (what answers itself), [`registry`], [`description`] (what a
//! database says of itself), then the kinds.

pub mod attachment;
pub mod description;
mod duckdb;
mod extension;
mod mysql;
mod native;
mod postgres;
mod registry;

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

pub use attachment::{Attachment, Attachments};
pub use description::Description;
pub use duckdb::DuckDbSource;
pub use extension::ExtensionSource;
pub use mysql::MySqlSource;
pub use native::{NativeDatabase, NativeRead, ReadTerms};
pub use postgres::PostgresSource;
pub use registry::SourceRegistry;

use crate::error::{Error, ErrorCode, Result};
use crate::sql::write::DatabaseKind;
use crate::store::DataSource;

/// One kind of data source.
///
/// # Contract
/// - [`open`](Self::open) either returns something that can be read at once, or an error that names the source and says what
///   is wrong, without passwords.
/// - Opening the same place twice is allowed: the second time may share the first attachment.
/// - What was opened stays open until the returned value is dropped, whatever happens to the registration.
#[async_trait]
pub trait Source: Send + Sync + Debug {
    /// Returns the name of the kind, as it stands in `data_sources.type`.
    fn kind(&self) -> &'static str;

    /// Returns what DuckDB attaches for it, which decides how rows are written there.
    fn database_kind(&self) -> DatabaseKind {
        DatabaseKind::DuckDb
    }

    /// Returns `source` with what its path leaves to variables of the environment, such as a password; the default is that
    /// it leaves nothing.
    fn with_environment(&self, source: DataSource, variables: &HashMap<String, String>) -> DataSource {
        let _ = variables;
        source
    }

    /// Opens `source`; variables in its path are already replaced.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when it cannot be reached, `BAD_REQUEST` when its path is not valid, `UNSUPPORTED` when an
    /// extension that it needs is missing.
    async fn open(&self, attachments: &Attachments, source: &DataSource) -> Result<Opened>;

    /// Describes the tables and views of `source`, which is open as `opened`, for sources that describe themselves.
    ///
    /// # Errors
    /// `UNSUPPORTED` where a kind cannot, which is the default; else those of asking the database.
    async fn describe(
        &self,
        attachments: &Attachments,
        source: &DataSource,
        opened: &Opened,
    ) -> Result<Description> {
        let _ = (attachments, opened);
        Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "data source `{}`: sources of type `{}` cannot describe themselves; unset self_defined and give a catalog",
                source.name,
                self.kind()
            ),
        ))
    }
}

/// An open source.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What DuckDB reads it from; of a source that answers itself it is made when a statement needs it.
    pub attachment: Arc<Attachment>,
    /// What answers statements itself; `None` for sources that DuckDB alone reads.
    pub native: Option<Arc<dyn NativeDatabase>>,
}

impl From<Arc<Attachment>> for Opened {
    fn from(attachment: Arc<Attachment>) -> Self {
        Self {
            attachment,
            native: None,
        }
    }
}
