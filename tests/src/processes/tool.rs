//! The program `hugr`, which does one thing and ends.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Outcome, ProgramKind};

/// What the tool said, and whether it ended well.
#[derive(Debug)]
pub struct Told {
    /// Whether its status was 0.
    pub is_success: bool,
    /// Its standard output.
    pub output: String,
    /// Its standard error.
    pub report: String,
}

/// Runs `hugr` in `folder` to its end, with `variables` as its whole environment beside `PATH`.
///
/// # Errors
/// When there is no such program, or it writes something else than text.
pub fn hugr(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome<Told> {
    let output = Command::new(ProgramKind::Tool.file()?)
        .args(arguments)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
        .envs(variables.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()?;
    Ok(Told {
        is_success: output.status.success(),
        output: String::from_utf8(output.stdout)?,
        report: String::from_utf8(output.stderr)?,
    })
}
