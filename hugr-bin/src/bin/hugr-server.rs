//! Answers GraphQL queries over the data sources, alone or as a work node of a cluster.

use std::process::ExitCode;

use hugr_bin::{program, server};

fn main() -> ExitCode {
    program::run(server::run)
}
