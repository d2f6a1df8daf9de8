//! The engine: one GraphQL API over many data sources, with DuckDB as query engine.

pub mod catalog;
pub mod db;
pub mod engine;
pub mod error;
pub mod name;
pub mod sql;
pub mod store;

pub use error::{Error, ErrorCode, Result};
