//! What the programs `hugr-server`, `hugr-management` and `hugr` share: configuration, telemetry and serving.
//!
//! The programs themselves are thin: each reads its configuration, builds what the libraries offer and serves it.
//!
//! Reading order: [`server`] and [`management`] (the programs), [`program`] (their frame), [`config`], [`auth`], [`telemetry`], [`process_metrics`],
//! [`core_store`], [`engine_config`], [`answer_cache`], [`probe`], [`serve`], [`tls`]; [`schema_folder`], [`core_tool`] and
//! [`auth_check`] are the tool `hugr`.

pub mod answer_cache;
pub mod auth;
pub mod auth_check;
pub mod config;
pub mod core_store;
pub mod core_tool;
pub mod engine_config;
pub mod explain;
pub mod jq_worker;
pub mod management;
pub mod probe;
pub mod process_metrics;
pub mod program;
pub mod schema_folder;
pub mod serve;
pub mod server;
pub mod telemetry;
pub mod tls;
