//! The authentication file: JSON or YAML, in each of the shapes that documentation and deployments use.
//!
//! `-` and `_` in names of settings are the same; everything may stand below `authentication:` or `auth:`. Settings that are
//! not known are warnings with the nearest known name, settings with values of the wrong kind are errors. No message quotes
//! a value: it may be a secret.
//!
//! Reading order: [`section`] (how settings are taken out of a file), [`read`] (which there are), [`overlay`] (which of
//! several sources counts).

pub mod overlay;
mod read;
mod section;

use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

pub use overlay::{AuthOverlay, OidcOverlay};

/// Why a file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthFileError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Its name says neither JSON nor YAML.
    #[error("{}: name it .json, .yaml or .yml", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// Its text is not JSON or YAML.
    #[error("line {line}, column {column}: this is not {format}")]
    Syntax {
        /// The format.
        format: &'static str,
        /// The line, counted from one; 0 when unknown.
        line: usize,
        /// The column.
        column: usize,
    },
    /// Settings cannot be used.
    #[error("{}", reasons.join("; "))]
    Settings {
        /// Each with the path of the setting.
        reasons: Vec<String>,
    },
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Format {
    /// Returns the format that the file's name says.
    ///
    /// # Errors
    /// [`AuthFileError::UnknownFormat`] when it says none.
    pub fn of(path: &Path) -> Result<Self, AuthFileError> {
        let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
        match extension.as_deref().and_then(|extension| extension.to_str()) {
            Some("json") => Ok(Self::Json),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            _ => Err(AuthFileError::UnknownFormat {
                path: path.to_owned(),
            }),
        }
    }
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthFile {
    /// The settings that it makes.
    pub settings: AuthOverlay,
    /// What its author should know.
    pub warnings: Vec<String>,
}

impl AuthFile {
    /// Reads the file at `path`. Blocks the thread.
    ///
    /// # Errors
    /// When it cannot be read or used.
    pub fn read(path: &Path) -> Result<Self, AuthFileError> {
        let format = Format::of(path)?;
        let text = std::fs::read_to_string(path).map_err(|source| AuthFileError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, format)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it cannot be used, with every setting that is wrong.
    pub fn parse(text: &str, format: Format) -> Result<Self, AuthFileError> {
        read::read(&value(text, format)?)
    }
}

fn value(text: &str, format: Format) -> Result<Value, AuthFileError> {
    match format {
        Format::Json => serde_json::from_str(text).map_err(|error| AuthFileError::Syntax {
            format: "JSON",
            line: error.line(),
            column: error.column(),
        }),
        Format::Yaml => serde_yaml_ng::from_str(text).map_err(|error| {
            let place = error.location();
            AuthFileError::Syntax {
                format: "YAML",
                line: place.as_ref().map_or(0, serde_yaml_ng::Location::line),
                column: place.as_ref().map_or(0, serde_yaml_ng::Location::column),
            }
        }),
    }
}

#[cfg(test)]
mod tests;
