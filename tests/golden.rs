//! Runs the golden folders; `hugr_tests::golden` says what they hold.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use hugr_tests::golden::discover::discover;
use hugr_tests::golden::expectation::Mode;
use hugr_tests::golden::fixture::SharedFixtures;
use hugr_tests::golden::{catalog, run};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<ExitCode> {
    let arguments = Arguments::from_args();
    let trials = trials()?;
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trials() -> Outcome<Vec<Trial>> {
    let mode = Mode::from_environment();
    let found = discover(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"))?;
    let runtime = Arc::new(Runtime::new()?);
    let shared = Arc::new(SharedFixtures::default());
    let problems = found.problems;
    let mut trials = vec![Trial::test("golden::every_file_belongs_to_a_case", move || {
        if problems.is_empty() {
            return Ok(());
        }
        Err(Failed::from(problems.join("\n")))
    })];
    for case in found.requests {
        let (runtime, shared) = (Arc::clone(&runtime), Arc::clone(&shared));
        trials.push(Trial::test(format!("golden::{}", case.name), move || {
            runtime
                .block_on(run::run(&case, &shared, mode))
                .map_err(Failed::from)
        }));
    }
    for case in found.catalogs {
        trials.push(Trial::test(format!("golden::{}", case.name), move || {
            catalog::run(&case, mode).map_err(Failed::from)
        }));
    }
    Ok(trials)
}
