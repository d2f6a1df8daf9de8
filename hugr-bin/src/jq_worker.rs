//! A server's processes for jq programs: the same program, started with one argument.

use std::process::ExitCode;

/// The argument that makes a program a worker.
pub const JQ_WORKER: &str = "jq-worker";

/// Most memory that a worker may map, in bytes; its stack and the program itself count as well.
#[cfg(target_os = "linux")]
const MEMORY_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Returns whether the process was started as a worker.
#[must_use]
pub fn is_wanted() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|first| first == JQ_WORKER) && arguments.next().is_none()
}

/// Runs programs from standard input until it ends.
#[must_use]
pub fn run() -> ExitCode {
    limit_memory();
    // Nobody reads what goes wrong here: the engine sees the pipe break.
    match hugr_core::jq::serve_worker(std::io::stdin(), std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(target_os = "linux")]
fn limit_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let limit = |bytes| Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    // Where the limits cannot be set, those of the machine hold. No core is dumped when a program ends its process.
    let _ = setrlimit(Resource::As, limit(MEMORY_BYTES));
    let _ = setrlimit(Resource::Core, limit(0));
}

#[cfg(not(target_os = "linux"))]
fn limit_memory() {}
