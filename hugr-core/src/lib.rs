//! The engine: one GraphQL API over many data sources, with DuckDB as query engine.

pub mod authz;
pub mod catalog;
pub mod db;
pub mod engine;
pub mod error;
pub mod exec;
pub mod gql;
pub mod name;
pub mod plan;
pub mod sql;
pub mod store;

pub use error::{Error, ErrorCode, Result};
