//! The one public error of the crate.
//!
//! An [`Error`] has one [`ErrorCode`], one visibility, and says the thing and the place. Internal causes stay in
//! the process: [`Error::public_message`] masks them.

mod code;
pub mod suggest;

use std::error::Error as StdError;
use std::fmt;

pub use code::ErrorCode;

/// Result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A place in a document or file; lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A failure, as it is told to the caller.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: ErrorCode,
    message: String,
    locations: Vec<Location>,
    path: Vec<String>,
    trace_id: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Returns an error with `code` that says `message` to the user.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            locations: Vec::new(),
            path: Vec::new(),
            trace_id: None,
            source: None,
        }))
    }

    /// Returns the error for a state that was thought impossible; `message` is for the log only.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Internal, message)
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds a place in the request's document.
    #[must_use]
    pub fn with_location(mut self, location: Location) -> Self {
        self.0.locations.push(location);
        self
    }

    /// Sets the response path of the field that failed.
    #[must_use]
    pub fn with_path(mut self, path: Vec<String>) -> Self {
        self.0.path = path;
        self
    }

    /// Sets the id under which the cause stands in the log.
    #[must_use]
    pub fn with_trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.0.trace_id = Some(trace_id.into());
        self
    }

    /// Returns the id under which the cause stands in the log.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// Returns the places in the request's document, if known.
    #[must_use]
    pub fn locations(&self) -> &[Location] {
        &self.0.locations
    }

    /// Returns the response path of the field that failed; empty when the whole request did.
    #[must_use]
    pub fn path(&self) -> &[String] {
        &self.0.path
    }

    /// Returns what the caller may read: the message, or "internal error" for [`ErrorCode::Internal`].
    #[must_use]
    pub fn public_message(&self) -> &str {
        if self.0.code == ErrorCode::Internal {
            "internal error"
        } else {
            &self.0.message
        }
    }
}

/// Prints the full message, internal text included: for logs, not for callers.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
