//! What a program tells about itself, and how it ends.

use std::str::FromStr;
use std::time::Duration;

use super::value;

/// Logs and shutdown.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Operation")]
pub struct LogConfig {
    /// Form of the log: `text` or `json`
    #[arg(long, env = "LOG_FORMAT", value_name = "FORM", default_value = "text")]
    pub log_format: LogFormat,

    /// What to log: `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,hugr_core=debug`
    #[arg(long, env = "LOG_LEVEL", value_name = "FILTER", default_value = "info")]
    pub log_level: LogFilter,

    /// Time that requests in flight have to finish when the program is told to end
    #[arg(long, env = "SHUTDOWN_GRACE", value_name = "DURATION", value_parser = value::duration, default_value = "10s")]
    pub shutdown_grace: Duration,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object for each event.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{text}` is no form of log; write `text` or `json`")),
        }
    }
}

/// Directives that say what is logged, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// Returns the directives.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let level = text.split(',').all(|directive| {
            let level = directive.rsplit_once('=').map_or(directive, |(_, level)| level);
            level.parse::<tracing_subscriber::filter::LevelFilter>().is_ok()
        });
        if level {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "`{text}` does not say what to log; write error, warn, info, debug, trace or `info,hugr_core=debug`"
        ))
    }
}
