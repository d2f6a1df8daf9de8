//! Answers GraphQL queries over the data sources, alone or as a work node of a cluster.

use std::process::ExitCode;

use hugr_bin::{jq_worker, program, server};

fn main() -> ExitCode {
    if jq_worker::is_wanted() {
        return jq_worker::run();
    }
    program::run(server::run)
}
