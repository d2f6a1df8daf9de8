//! Configuration of the programs: flags over environment variables over the file `.env` over defaults.
//!
//! Each setting is declared once, as a field with its flag, variable, default and help text. A value that cannot be
//! used is an error at start that names its variable; a variable that is probably misspelt is a warning.
//!
//! Knows nothing of the engine beyond the option types that it fills.
//!
//! Reading order: [`load()`], [`server`], [`management`], [`value`], [`environment`], then one file for each group of
//! settings; `known` says which variables this version does not carry out.

pub mod auth;
pub mod cache;
pub mod cluster;
pub mod core_store;
pub mod core_tool;
pub mod cors;
pub mod duckdb;
pub mod environment;
pub mod error;
mod known;
pub mod limits;
pub mod listen;
mod load;
pub mod log;
pub mod management;
pub mod query;
pub mod server;
#[cfg(test)]
mod tests;
pub mod value;

pub use environment::Environment;
pub use error::ConfigError;
pub use load::{Loaded, load};
pub use management::ManagementConfig;
pub use server::ServerConfig;

/// The whole configuration of a program.
pub trait Configuration: clap::Parser {
    /// Checks what only several settings together show.
    ///
    /// # Errors
    /// When the settings do not fit together, with the name of a variable to change.
    fn check(&self, environment: &Environment) -> Result<(), ConfigError>;

    /// Returns the settings of logs and shutdown.
    fn log(&self) -> &log::LogConfig;

    /// Returns what is logged beside what the log's settings say, as directives like `hugr::query=debug`.
    fn more_logs(&self) -> &'static str {
        ""
    }

    /// Returns what an operator should know about these settings.
    fn warnings(&self) -> Vec<String>;
}
