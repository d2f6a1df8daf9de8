//! Extension sources: views over other sources, and additions to their types.

use async_trait::async_trait;

use super::{Attachments, DuckDbSource, Opened, Source};
use crate::error::Result;
use crate::store::DataSource;

/// Kind `extension`: it has no data of its own, so it is an empty database in memory in which its views run.
#[derive(Clone, Copy, Debug)]
pub struct ExtensionSource;

impl ExtensionSource {
    /// The name of the kind.
    pub const KIND: &'static str = "extension";
}

#[async_trait]
impl Source for ExtensionSource {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn open(&self, attachments: &Attachments, source: &DataSource) -> Result<Opened> {
        let in_memory = DataSource {
            path: String::new(),
            ..source.clone()
        };
        DuckDbSource.open(attachments, &in_memory).await
    }
}
