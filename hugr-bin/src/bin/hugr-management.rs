//! Coordinates the work nodes of a cluster.

use std::process::ExitCode;

use hugr_bin::{management, program};

fn main() -> ExitCode {
    program::run(management::run)
}
