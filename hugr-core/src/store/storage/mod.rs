//! Object storages, as the core store holds them: what DuckDB needs to read and write files of a bucket.
//!
//! Reading order: [`record`], [`definition`] (what people write, and what it means), [`statement`], [`secret`].

mod definition;
pub(super) mod record;
pub(crate) mod secret;
pub(super) mod statement;

pub use definition::StorageDefinition;
pub use record::{ObjectStorage, StorageKind, UrlStyle};
