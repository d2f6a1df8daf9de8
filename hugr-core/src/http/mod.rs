//! The engine over HTTP: an axum router that a host serves or nests.
//!
//! Knows HTTP and the engine's public face; nothing of catalogs, plans or DuckDB.
//!
//! Reading order: [`router`], [`caller`], [`graphql`], [`jq`], [`admin`].

mod admin;
mod caller;
mod graphql;
mod jq;
mod router;

pub use router::RouterOptions;
