//! Servers that tests need. Each comes from, in this order: a URL in the environment, a local binary that the harness
//! starts in a temporary folder on a free port, a container when Docker answers. A test that finds none fails.
//!
//! A service is one file with a function of its name that returns a cheap handle; the server behind it is started once
//! per test process and ends with it, however the process ends (see [`guard`]). [`own_postgres`] is for tests that harm it;
//! [`pgbouncer`] and [`authority`] stand before it. [`postgres_versions`] are servers of the other versions.
//!
//! Reading order: [`mod@postgres`] as the example, then its tools `environment`, `binary`, [`guard`], `container`, `port`.

pub mod authority;
mod binary;
mod container;
mod environment;
pub mod guard;
pub mod oidc;
pub mod own_postgres;
pub mod pgbouncer;
mod port;
pub mod postgres;
pub mod postgres_versions;
pub mod s3;
pub mod shared_cache;
pub mod timescale;

use thiserror::Error;

pub use oidc::OidcProvider;
pub use own_postgres::{OwnPostgres, Stop};
pub use postgres::{Postgres, postgres};
pub use s3::{Bucket, S3, s3};
pub use shared_cache::{CacheServer, REDIS_PASSWORD};
pub use timescale::Timescale;

/// Why a service is not there.
#[derive(Clone, Debug, Error)]
pub enum ServiceError {
    /// None of the ways to get one worked.
    #[error("no {service} for tests: {}", tried.join("; "))]
    Missing {
        /// Name of the service.
        service: &'static str,
        /// What was tried, and why it failed.
        tried: Vec<String>,
    },
    /// The service is there and refuses what was asked of it.
    #[error("{service} failed: {reason}")]
    Failed {
        /// Name of the service.
        service: &'static str,
        /// What it says.
        reason: String,
    },
}
