//! What a running program may ask of the engine that runs it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::error::{Error, ErrorCode, Result};

/// A query that a program asks with `queryHugr`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The document.
    pub query: String,
    /// Its variables.
    pub variables: Map<String, Json>,
}

/// What stands behind a running program.
pub trait Host {
    /// Asked before each value whether the outcome is still wanted.
    ///
    /// # Errors
    /// When it is not.
    fn check(&self) -> Result<()>;

    /// Returns the text of the object `data` that `question` is answered with.
    ///
    /// # Errors
    /// Those of the query.
    fn query(&self, question: Question) -> Result<Bytes>;
}

/// A host for programs that see nothing but their input.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn query(&self, _question: Question) -> Result<Bytes> {
        Err(Error::new(
            ErrorCode::Unsupported,
            "`queryHugr` has nobody to ask here",
        ))
    }
}

/// Answers the questions of programs.
#[async_trait::async_trait]
pub trait Answers: Send + Sync {
    /// Returns the text of the object `data` that `question` is answered with.
    ///
    /// # Errors
    /// Those of the query.
    async fn answer(&self, question: Question) -> Result<Bytes>;
}
