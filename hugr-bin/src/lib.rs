//! What the programs `hugr-server`, `hugr-management` and `hugr` share: configuration, telemetry and serving.
//!
//! The programs themselves are thin: each reads its configuration, builds what the libraries offer and serves it.
//!
//! Reading order: [`program`], [`config`], [`telemetry`], [`core_store`], [`probe`], [`serve`].

pub mod config;
pub mod core_store;
pub mod probe;
pub mod program;
pub mod serve;
pub mod telemetry;
