//! What the programs `hugr-server`, `hugr-management` and `hugr` share: configuration, telemetry and serving.
//!
//! The programs themselves are thin: each reads its configuration, builds what the libraries offer and serves it.
//!
//! Reading order: [`config`], [`telemetry`], [`serve`].

pub mod config;
pub mod serve;
pub mod telemetry;
