//! A PostgreSQL server of one test, which the test may stop, pause and reconfigure.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::{Connection, PgConnection};
use tokio::sync::oneshot;

use super::guard::{self, Guard, Service};
use super::postgres::{NAME, USER, folder_of_binaries};
use super::{ServiceError, port};

const ATTEMPTS: usize = 3;

/// `$1` is the folder of the binaries, `$2` the port, `$3` more options of the server, `$4` the port of the server that it
/// follows, or nothing.
const FUNCTIONS: &str = r#"
children() {
    ps -o pid= --ppid "$(head -1 "$folder/data/postmaster.pid")"
}
start() {
    if [ -n "$4" ]; then
        "$1/pg_basebackup" -D "$folder/data" -h 127.0.0.1 -p "$4" -U postgres -R -X stream -c fast --no-sync
    else
        "$1/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync
    fi
    cat >>"$folder/data/postgresql.conf" <<END
port = $2
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
timezone = 'UTC'
fsync = off
full_page_writes = off
END
    "$1/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start -o "$3"
}
stop() {
    # A server that a test left paused does not hear anything.
    [ -f "$folder/data/postmaster.pid" ] || return 0
    kill -CONT "$(head -1 "$folder/data/postmaster.pid")" $(children)
    "$1/pg_ctl" -D "$folder/data" -m immediate stop
}
"#;

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct OwnPostgres {
    port: u16,
    binaries: PathBuf,
    data: PathBuf,
    options: String,
    _guard: Guard,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Sessions are ended in order.
    Fast,
    /// As after a loss of power.
    Immediate,
}

impl OwnPostgres {
    /// Starts an empty server with `settings` of its own.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub async fn start(settings: &[(&str, &str)]) -> Result<Self, ServiceError> {
        Self::start_following(None, settings).await
    }

    /// Starts a standby of this server.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn standby(&self, settings: &[(&str, &str)]) -> Result<Self, ServiceError> {
        Self::start_following(Some(self.port), settings).await
    }

    async fn start_following(primary: Option<u16>, settings: &[(&str, &str)]) -> Result<Self, ServiceError> {
        let binaries = folder_of_binaries().map_err(|reason| ServiceError::Missing {
            service: NAME,
            tried: vec![reason],
        })?;
        let options: Vec<_> = settings
            .iter()
            .map(|(name, value)| format!("-c {name}={value}"))
            .collect();
        let options = options.join(" ");
        let (folder, arguments) = (binaries.clone(), options.clone());
        let (port, guard) = blocking(move || start_on_a_free_port(&folder, &arguments, primary)).await?;
        let mut session = PgConnection::connect(&url(port, "postgres"))
            .await
            .map_err(|error| failed(&error))?;
        let data: String = sqlx::query_scalar("SHOW data_directory")
            .fetch_one(&mut session)
            .await
            .map_err(|error| failed(&error))?;
        session.close().await.map_err(|error| failed(&error))?;
        Ok(Self {
            port,
            binaries,
            data: PathBuf::from(data),
            options,
            _guard: guard,
        })
    }

    /// Returns the port on which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL of the database that every server has.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port, "postgres")
    }

    /// Returns the folder with its data and its configuration.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.data
    }

    /// Stops the server.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(&self, how: Stop) -> Result<(), ServiceError> {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        self.control(&["-m", mode, "stop"]).await
    }

    /// Starts the server again on its old port.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&self) -> Result<(), ServiceError> {
        let log = self.data.with_file_name("log").display().to_string();
        self.control(&["-w", "-l", &log, "-o", &self.options, "start"])
            .await
    }

    /// Makes all processes of the server stand still.
    ///
    /// # Errors
    /// When there are none.
    pub async fn pause(&self) -> Result<(), ServiceError> {
        self.signal("STOP").await
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// When there are none.
    pub async fn resume(&self) -> Result<(), ServiceError> {
        self.signal("CONT").await
    }

    /// Kills one process of the server, without a chance to say anything.
    ///
    /// # Errors
    /// When there is no such process.
    pub async fn kill(&self, process: i32) -> Result<(), ServiceError> {
        self.run("sh", vec!["-c".to_owned(), format!("kill -9 {process}")])
            .await
    }

    /// Writes a file, readable by the server alone, into its folder; `name` may be one of its configuration.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write(&self, name: &str, content: impl Into<Vec<u8>>) -> Result<(), ServiceError> {
        let path = self.data.join(name).display().to_string();
        let script = "umask 077; cat >\"$1\"";
        let arguments = ["-c", script, "sh", &path].map(str::to_owned).to_vec();
        self.run_with("sh", arguments, content.into()).await
    }

    async fn signal(&self, name: &str) -> Result<(), ServiceError> {
        let file = self.data.join("postmaster.pid").display().to_string();
        // The first process first, so that it starts no others; those that it started may end meanwhile.
        let script =
            "set -e; first=$(head -1 \"$1\"); kill -$2 $first; kill -$2 $(ps -o pid= --ppid $first) || true";
        let arguments = ["-c", script, "sh", &file, name].map(str::to_owned).to_vec();
        self.run("sh", arguments).await
    }

    async fn control(&self, arguments: &[&str]) -> Result<(), ServiceError> {
        let program = self.binaries.join("pg_ctl").display().to_string();
        let data = self.data.display().to_string();
        let mut all = vec!["-D".to_owned(), data];
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self.run(&program, all).await
    }

    async fn run(&self, program: &str, arguments: Vec<String>) -> Result<(), ServiceError> {
        self.run_with(program, arguments, Vec::new()).await
    }

    /// Runs a program as the server's user.
    async fn run_with(
        &self,
        program: &str,
        arguments: Vec<String>,
        input: Vec<u8>,
    ) -> Result<(), ServiceError> {
        let mut command = guard::command(program, Some(USER));
        command.args(arguments);
        blocking(move || outcome_of(command, &input)).await
    }
}

fn outcome_of(mut command: Command, input: &[u8]) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    // A server that is started here holds on to its output, so that nobody can wait for the end of it.
    command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut process = command.spawn().map_err(text)?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(input).map_err(text)?;
    }
    let status = process.wait().map_err(text)?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {status}"))
}

fn start_on_a_free_port(
    binaries: &Path,
    options: &str,
    primary: Option<u16>,
) -> Result<(u16, Guard), String> {
    let mut failure = String::new();
    for _ in 0..ATTEMPTS {
        let port = port::free().map_err(|error| error.to_string())?;
        let service = Service {
            functions: FUNCTIONS,
            arguments: vec![
                binaries.display().to_string(),
                port.to_string(),
                options.to_owned(),
                primary.map_or_else(String::new, |port| port.to_string()),
            ],
            instead_of_root: Some(USER),
        };
        match Guard::start(&service) {
            Ok(guard) => return Ok((port, guard)),
            Err(reason) => failure = reason,
        }
    }
    Err(failure)
}

/// Runs what blocks on a thread of its own, which keeps the test's runtime going.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, ServiceError> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || sender.send(work()));
    let outcome = receiver.await.map_err(|_| failed(&"the thread died"))?;
    outcome.map_err(|reason| failed(&reason))
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://{USER}@127.0.0.1:{port}/{database}")
}

fn failed(reason: &impl std::fmt::Display) -> ServiceError {
    ServiceError::Failed {
        service: NAME,
        reason: reason.to_string(),
    }
}
