//! The programs as processes: a cluster under commands, crashes and restarts, and each program's start and end.
//!
//! What a cluster does is the same wherever its core store is: those scenarios run once for each place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;

use hugr_tests::processes::{Cluster, CorePlace, Outcome};
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

mod auth;
mod commands;
mod encryption;
mod mutations;
mod nodes;
mod outage;
mod programs;
mod read_only;
mod roles;
mod seed;
mod shared_cache;
mod shutdown;
mod tool;

/// Makes the tests of one place.
#[derive(Clone, Debug)]
struct Stage {
    runtime: Arc<Runtime>,
    place: CorePlace,
}

impl Stage {
    /// Returns a test of `scenario` on a cluster of its own; a failure shows what the nodes logged.
    fn test(
        &self,
        name: &str,
        scenario: impl AsyncFnOnce(&mut Cluster) -> Outcome + Send + 'static,
    ) -> Trial {
        let prefix = match self.place {
            CorePlace::Postgres => "core_in_postgres",
            CorePlace::Management => "core_at_management",
            CorePlace::WorkNodes => "core_of_work_nodes",
        };
        let stage = self.clone();
        Trial::test(format!("{prefix}::{name}"), move || {
            let mut cluster = stage
                .runtime
                .block_on(Cluster::start(stage.place))
                .map_err(|failure| failure.to_string())?;
            let run = || stage.runtime.block_on(scenario(&mut cluster));
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(Ok(())) => match cluster.told_secrets() {
                    Ok(told) if told.is_empty() => Ok(()),
                    Ok(told) => Err(format!("secrets in logs: {}", told.join("; ")).into()),
                    Err(failure) => Err(failure.to_string().into()),
                },
                Ok(Err(failure)) => Err(format!("{failure}\n{}", cluster.logs()).into()),
                // The panic's message is shown already.
                Err(_) => Err(cluster.logs().into()),
            }
        })
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let Ok(runtime) = Runtime::new() else {
        return ExitCode::FAILURE;
    };
    let runtime = Arc::new(runtime);
    let mut tests = Vec::new();
    for place in [CorePlace::Postgres, CorePlace::Management] {
        let stage = Stage {
            runtime: Arc::clone(&runtime),
            place,
        };
        tests.extend(commands::tests(&stage));
        tests.extend(nodes::tests(&stage));
        tests.extend(outage::tests(&stage));
        tests.extend(auth::tests_of_place(&stage));
        tests.extend(roles::tests(&stage));
        tests.extend(seed::tests(&stage));
    }
    tests.extend(read_only::tests(&Stage {
        runtime: Arc::clone(&runtime),
        place: CorePlace::WorkNodes,
    }));
    // Where the core store is makes no difference to these.
    let stage = Stage {
        runtime,
        place: CorePlace::Management,
    };
    tests.extend(auth::tests(&stage));
    tests.extend(encryption::tests(&stage));
    tests.extend(mutations::tests(&stage));
    tests.extend(programs::tests(&stage));
    tests.extend(shared_cache::tests(&stage));
    tests.extend(shutdown::tests(&stage));
    tests.extend(tool::tests(&stage));
    libtest_mimic::run(&arguments, tests).exit_code()
}
