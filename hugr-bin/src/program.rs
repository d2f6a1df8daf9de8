//! The frame of a program: configuration, telemetry, runtime and exit status.

use std::error::Error;
use std::future::Future;
use std::io::Write;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;

use crate::config::{self, ConfigError, Configuration, Environment};
use crate::process_metrics;
use crate::telemetry;

/// Also DuckDB's: its many small allocations for each statement take a sixth of a look-up's time in the C library's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Status of a program that was started wrongly; 1 is one that failed later.
const MISUSE: u8 = 2;

/// Variable of the runtime with the number of its threads.
const WORKER_THREADS: &str = "TOKIO_WORKER_THREADS";

/// Time between two rounds in which old samples of histograms are summed up, and what the process uses is noted.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// What a program begins with.
#[derive(Debug)]
pub struct Start<C> {
    /// Its configuration.
    pub config: C,
    /// The variables that it was started with.
    pub environment: Environment,
    /// The metrics of its process.
    pub metrics: PrometheusHandle,
}

/// What ends a program.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Reads the configuration, starts telemetry and runs `work` to its end.
///
/// Returns status 0 when `work` ends well or help is asked for, 2 when the configuration is unusable, else 1. The
/// reason is told on standard error.
pub fn run<C, F>(work: impl FnOnce(Start<C>) -> F) -> ExitCode
where
    C: Configuration,
    F: Future<Output = Result<(), Failure>>,
{
    let loaded = Environment::read().and_then(|environment| {
        let loaded = config::load::<C>(std::env::args_os(), &environment)?;
        Ok((loaded, environment))
    });
    let (loaded, environment) = match loaded {
        Ok(loaded) => loaded,
        // Prints help and the version to standard output with status 0, the rest to standard error with status 2.
        Err(ConfigError::CommandLine(error)) => error.exit(),
        Err(error) => {
            tell(&format!("error: {error}"));
            return ExitCode::from(MISUSE);
        }
    };
    let metrics = match telemetry::start_logging(loaded.config.log(), loaded.config.more_logs())
        .and_then(|()| telemetry::start_metrics())
    {
        Ok(metrics) => metrics,
        Err(error) => {
            tell(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    telemetry::log_warnings(&loaded.warnings);
    let start = Start {
        config: loaded.config,
        environment,
        metrics,
    };
    match drive(work, start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(target: "hugr", "{}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn drive<C, F>(work: impl FnOnce(Start<C>) -> F, start: Start<C>) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if std::env::var_os(WORKER_THREADS).is_none() {
        runtime.worker_threads(worker_threads());
    }
    let runtime = runtime.enable_all().build()?;
    let outcome = runtime.block_on(async {
        process_metrics::note_start();
        let upkeep = tokio::spawn(keep_up(start.metrics.clone()));
        let outcome = work(start).await;
        upkeep.abort();
        outcome
    });
    // Whatever still runs had its grace time.
    runtime.shutdown_background();
    outcome
}

/// Threads that move requests, unless [`WORKER_THREADS`] says how many. One processor is left to the threads of databases,
/// which do the heavy work: each thread more is one more to wake.
fn worker_threads() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    (processors - 1).max(1)
}

async fn keep_up(metrics: PrometheusHandle) {
    let mut rounds = tokio::time::interval(METRICS_UPKEEP);
    loop {
        rounds.tick().await;
        process_metrics::note_usage();
        metrics.run_upkeep();
    }
}

/// Returns the error and what caused it, where the message does not say that already.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let message = inner.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = inner.source();
    }
    text
}

/// Writes a line to standard error, for the time before logs. A failure to do so has nowhere to be told.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot start")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn causes_are_told_once() {
        let error = Outer(std::io::Error::other("the port is taken"));
        assert_eq!(with_causes(&error), "cannot start: the port is taken");
    }
}
