//! The engine: one GraphQL API over many data sources, with DuckDB as query engine.
//!
//! [`HugrEngine`] is what a host embeds; `ARCHITECTURE.md` is the map of what is behind it.

pub mod authz;
pub mod catalog;
pub mod db;
pub mod engine;
pub mod error;
pub mod exec;
pub mod gql;
#[cfg(feature = "http")]
pub mod http;
pub mod jq;
pub mod name;
pub mod plan;
pub mod source;
pub mod sql;
pub mod store;

pub use engine::{EngineConfig, HugrEngine, HugrEngineBuilder, Request, Response, SourceDefinition};
pub use error::{Error, ErrorCode, Result};
pub use store::DataSource;
