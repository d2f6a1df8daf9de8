//! Places for core stores.
#![expect(clippy::panic, reason = "what fails in a test's helper fails the test")]

use std::sync::Arc;

use async_trait::async_trait;
use hugr_core::store::testsuite::StorePlace;
use hugr_core::store::{CoreStore, PostgresCoreStore};

use crate::services::Postgres;

/// A PostgreSQL database of its own.
#[derive(Clone, Debug)]
pub struct PostgresPlace {
    url: String,
}

impl PostgresPlace {
    /// Creates the database.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn new(server: &Postgres) -> Self {
        match server.create_database().await {
            Ok(url) => Self { url },
            Err(error) => panic!("{error}"),
        }
    }

    /// Returns the URL of the database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

#[async_trait]
impl StorePlace for PostgresPlace {
    async fn open(&self) -> Arc<dyn CoreStore> {
        match PostgresCoreStore::connect(&self.url).await {
            Ok(store) => Arc::new(store),
            Err(error) => panic!("{error}"),
        }
    }

    async fn open_beside(&self) -> Option<Arc<dyn CoreStore>> {
        Some(self.open().await)
    }
}
