//! What the schema compiler says about an SDL.

use std::fmt;

use crate::error::Location;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The source does not compile.
    Error,
    /// The source compiles; something in it has no effect.
    Warning,
}

/// One finding. The compiler returns all of them, sorted by file and place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// File or catalog source in which it stands.
    pub file: String,
    /// Place in the file; `None` when it concerns the whole of it.
    pub location: Option<Location>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, names the thing.
    pub message: String,
    /// What to do, with the valid choices.
    pub help: Option<String>,
}

/// Prints `file:line:column: severity: message; help`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(location) = self.location {
            write!(f, ":{location}")?;
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, ": {severity}: {}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}
