//! Named pipes: a query that reads one lasts until the test writes to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe::{OpenOptions, Sender};

use super::Outcome;

/// Creates a pipe.
///
/// # Errors
/// When the system refuses.
pub fn create(path: &Path) -> Outcome<PathBuf> {
    let status = Command::new("mkfifo").arg(path).status()?;
    if status.success() {
        return Ok(path.to_owned());
    }
    Err(format!("mkfifo {}: {status}", path.display()).into())
}

/// Opens a pipe that someone reads.
///
/// # Errors
/// When nobody reads it.
pub fn open(path: &Path) -> Outcome<Sender> {
    Ok(OpenOptions::new().open_sender(path)?)
}

/// Writes to a pipe; its reader gets to the end when the writer is dropped.
///
/// # Errors
/// When the reader is gone.
pub async fn write(writer: &mut Sender, text: &str) -> Outcome {
    Ok(writer.write_all(text.as_bytes()).await?)
}
