//! What a server must be able to do for a [`SharedCache`](super::SharedCache).

use std::error::Error as StdError;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

/// Why a server did not do what it was asked.
pub type ServerError = Box<dyn StdError + Send + Sync>;

/// What was found under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The value.
    pub value: Bytes,
    /// What is left of its time to live; `None` when that is not known.
    pub time_left: Option<Duration>,
}

/// A server of keys and values.
///
/// # Contract
/// - Keys are up to 200 printable ASCII characters without spaces.
/// - A value is never returned after its time to live; the server may forget it at any time before.
/// - Operations need no deadline of their own; a dropped one leaves the connection usable.
#[async_trait]
pub trait KeyValueServer: Send + Sync + Debug {
    /// Returns what the server is and where, for people: never a password.
    fn describe(&self) -> String;

    /// Returns the value under `key`.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    async fn get(&self, key: &str) -> Result<Option<Found>, ServerError>;

    /// Returns the values under `keys`, in their order.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    async fn get_all(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, ServerError>;

    /// Puts `value` under `key` in place of an older one.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), ServerError>;

    /// Puts `value` under `key` unless there is one.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    async fn add(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), ServerError>;

    /// Removes what is under `keys`, if anything.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    async fn delete(&self, keys: &[String]) -> Result<(), ServerError>;
}
