//! Stands in for the PostgreSQL adapter in builds without the feature `postgres`.

use std::convert::Infallible;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Change, CoreState, CoreStore, Revision, StoreAccess, StoreKeys};
use crate::error::{Error, ErrorCode, Result};

/// The core store in a PostgreSQL database, which this build leaves out.
#[derive(Clone, Debug)]
pub struct PostgresCoreStore {
    never: Infallible,
}

impl PostgresCoreStore {
    /// Says that this build cannot connect.
    ///
    /// # Errors
    /// `UNSUPPORTED`, always.
    #[expect(
        clippy::unused_async,
        reason = "has the signature of the adapter that it stands in for"
    )]
    pub async fn connect(_url: &str) -> Result<Self> {
        Err(left_out())
    }

    /// Cannot be called.
    #[must_use]
    pub fn with_keys(self, _keys: StoreKeys) -> Self {
        match self.never {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// None.
    #[expect(
        clippy::unused_async,
        reason = "has the signature of the adapter that it stands in for"
    )]
    pub async fn seal_anew(&self) -> Result<bool> {
        match self.never {}
    }

    /// Says that this build cannot create a database.
    ///
    /// # Errors
    /// `UNSUPPORTED`, always.
    #[expect(
        clippy::unused_async,
        reason = "has the signature of the adapter that it stands in for"
    )]
    pub async fn create_database(_url: &str) -> Result<bool> {
        Err(left_out())
    }
}

fn left_out() -> Error {
    Error::new(
        ErrorCode::Unsupported,
        "this build has no PostgreSQL core store; it lacks the feature `postgres` of hugr-core",
    )
}

#[async_trait]
impl CoreStore for PostgresCoreStore {
    fn describe(&self) -> String {
        match self.never {}
    }

    fn access(&self) -> StoreAccess {
        match self.never {}
    }

    async fn revision(&self) -> Result<Revision> {
        match self.never {}
    }

    async fn snapshot(&self) -> Result<Arc<CoreState>> {
        match self.never {}
    }

    async fn commit(&self, _: Option<Revision>, _: &[Change]) -> Result<Revision> {
        match self.never {}
    }
}
