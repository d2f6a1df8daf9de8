//! Logs and metrics of a program.
//!
//! Installs the process-wide receivers of the crates `tracing` and `metrics`; libraries only emit.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::log::{LogConfig, LogFormat};

/// Upper bounds in seconds of the histogram buckets of durations: from a cached answer to a long report.
const DURATION_BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The log filter has a mistake.
    #[error("LOG_LEVEL: {source}")]
    Filter {
        /// What is wrong with it.
        #[from]
        source: ParseError,
    },
    /// Logs of this process already go somewhere.
    #[error("cannot start logging: {source}")]
    Log {
        /// Why.
        #[from]
        source: TryInitError,
    },
    /// Metrics of this process already go somewhere.
    #[error("cannot start metrics: {source}")]
    Metrics {
        /// Why.
        #[from]
        source: BuildError,
    },
}

/// Starts logging to standard error, in the form and detail that the configuration says, and with the directives `more`.
///
/// # Errors
/// When the filter cannot be read or logging was started before.
pub fn start_logging(config: &LogConfig, more: &str) -> Result<(), TelemetryError> {
    let separator = if more.is_empty() { "" } else { "," };
    let filter = EnvFilter::try_new(format!("{}{separator}{more}", config.log_level.as_str()))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => builder.with_ansi(false).finish().try_init()?,
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}

/// Collects the metrics of this process; the handle renders them for `/metrics`.
///
/// # Errors
/// When metrics are collected already.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS)?;
    Ok(builder.install_recorder()?)
}

/// Logs each warning of the configuration.
pub fn log_warnings(warnings: &[String]) {
    for warning in warnings {
        tracing::warn!(target: "hugr::config", "{warning}");
    }
}
