//! The engine over HTTP: an axum router that a host serves or nests.
//!
//! Knows HTTP and the engine's public face; nothing of catalogs, plans or DuckDB.
//!
//! Reading order: [`router`], [`cors`], [`peer`] and [`caller`] (who asks), [`login`], [`graphql`], [`jq`], [`admin`].

mod admin;
mod caller;
mod cors;
mod graphql;
mod jq;
mod login;
mod peer;
mod router;

pub use cors::CorsOptions;
pub use peer::{ParseNetworkError, ProxyNetwork};
pub use router::RouterOptions;
