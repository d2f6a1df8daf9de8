//! What can be wrong with a configuration.

use std::io;

/// A start-up error of the configuration. Its message names the variable or flag and the valid choices, no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The value of a variable cannot be used.
    #[error("{name}: {reason}")]
    Variable {
        /// The variable.
        name: String,
        /// What is wrong with its value.
        reason: String,
    },
    /// Authentication settings cannot be used, wherever they come from.
    #[error("{reason}")]
    Auth {
        /// What is wrong with them.
        reason: String,
    },
    /// The command line cannot be used, or it asks for help or the version.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
    /// The file `.env` cannot be read.
    #[error("cannot read the file .env: {source}")]
    EnvFile {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line of `.env` is not understood.
    #[error("file .env, line {line}: {reason}")]
    EnvFileLine {
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl ConfigError {
    /// Returns the error for a variable with an unusable value.
    #[must_use]
    pub fn variable(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Variable {
            name: name.into(),
            reason: reason.into(),
        }
    }
}
