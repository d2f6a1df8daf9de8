//! The engine over HTTP: an axum router that a host serves or nests.
//!
//! Knows HTTP and the engine's public face; nothing of catalogs, plans or DuckDB.
//!
//! Reading order: [`router`], [`cors`], [`peer`], [`arrival`] and [`caller`] (who asks, and how), [`login`], [`body`], [`graphql`], [`jq`], [`admin`].

mod admin;
mod arrival;
mod body;
mod caller;
mod cors;
mod graphql;
mod jq;
mod login;
mod peer;
mod router;

pub use arrival::Encrypted;
pub use cors::CorsOptions;
pub use peer::{ParseNetworkError, ProxyNetwork};
pub use router::RouterOptions;
