//! How much memory the process holds.

use std::fs;

/// Returns the resident memory in megabytes; `None` where the system does not tell.
#[must_use]
pub fn resident_megabytes() -> Option<f64> {
    megabytes("VmRSS:")
}

/// Returns the most memory that was resident at a time, in megabytes.
#[must_use]
pub fn peak_megabytes() -> Option<f64> {
    megabytes("VmHWM:")
}

fn megabytes(entry: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(entry))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
