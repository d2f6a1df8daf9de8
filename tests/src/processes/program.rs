//! A program of ours as a process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::reaper::{Entry, Reaper};
use super::{Client, Outcome, ReservedAddress, eventually};
use crate::services::authority::Authority;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramKind {
    /// `hugr-management`.
    Management,
    /// `hugr-server`.
    Server,
    /// `hugr`, which does one thing and ends.
    Tool,
}

impl ProgramKind {
    fn file_name(self) -> &'static str {
        match self {
            Self::Management => "hugr-management",
            Self::Server => "hugr-server",
            Self::Tool => "hugr",
        }
    }

    /// Returns the program's file, which cargo puts beside the folder of the test programs.
    pub(super) fn file(self) -> Outcome<PathBuf> {
        let test = std::env::current_exe()?;
        let folder = test
            .parent()
            .and_then(Path::parent)
            .ok_or("the test program is not in a target folder")?;
        let file = folder
            .join(self.file_name())
            .with_extension(std::env::consts::EXE_EXTENSION);
        if !file.is_file() {
            let message = format!(
                "{} is missing; build the programs with the tests: cargo build --workspace --bins --tests",
                file.display()
            );
            return Err(message.into());
        }
        Ok(file)
    }
}

/// How to start a program.
#[derive(Debug)]
pub(super) struct ProgramSetup<'a> {
    pub(super) kind: ProgramKind,
    /// Name of its folder and its log.
    pub(super) name: &'a str,
    /// Folder of the test.
    pub(super) parent: &'a Path,
    pub(super) address: &'a ReservedAddress,
    /// Who has signed its certificate, where it speaks HTTPS.
    pub(super) authority: Option<&'a Authority>,
    /// Its whole environment, beside `PATH` and `BIND`.
    pub(super) variables: Vec<(String, String)>,
}

/// A process. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
    started: Instant,
    client: Client,
    _entry: Entry,
}

impl Program {
    pub(super) fn start(setup: ProgramSetup<'_>, reaper: &Reaper) -> Outcome<Self> {
        let folder = setup.parent.join(setup.name);
        fs::create_dir_all(&folder)?;
        let log = setup.parent.join(format!("{}.log", setup.name));
        let output = File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new(setup.kind.file()?);
        command
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
            .env("BIND", setup.address.bind())
            .envs(setup.variables)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let client = match setup.authority {
            Some(authority) => Client::trusting(setup.address.url(), authority)?,
            None => Client::new(setup.address.url()),
        };
        let started = Instant::now();
        let child = command.spawn()?;
        let entry = reaper.note(child.id())?;
        Ok(Self {
            name: setup.name.to_owned(),
            child,
            log,
            started,
            client,
            _entry: entry,
        })
    }

    /// Returns what talks to the program.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until the program says that it is ready; returns how long its start took.
    ///
    /// # Errors
    /// When it ends instead, with its log, or does not get there.
    pub async fn ready(&mut self) -> Outcome<Duration> {
        let client = self.client.clone();
        let child = &mut self.child;
        let mut ended = None;
        eventually("the program is ready", || {
            ended = child.try_wait().ok().flatten();
            let (client, ended) = (client.clone(), ended);
            async move {
                match ended {
                    Some(_) => Ok(()),
                    None => client.expect_status("/ready", 200).await,
                }
            }
        })
        .await?;
        match ended {
            Some(status) => Err(format!("{} ended: {status}\n{}", self.name, self.log()).into()),
            None => Ok(self.started.elapsed()),
        }
    }

    /// Kills the program as a crash would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Tells the program to end, as an operator or a container would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn terminate(&self) -> Outcome {
        self.signal("-TERM")
    }

    /// Stops the program in the middle of what it does, as a machine that hangs would, until [`Program::thaw`].
    ///
    /// # Errors
    /// When the system refuses.
    pub fn freeze(&self) -> Outcome {
        self.signal("-STOP")
    }

    /// Lets a frozen program go on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn thaw(&self) -> Outcome {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Outcome {
        let process = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &process]).status()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("cannot send a signal to {}: {status}", self.name).into())
    }

    /// Waits until the program has ended by itself.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ended(&mut self) -> Outcome<ExitStatus> {
        let child = &mut self.child;
        eventually("the program ends", || {
            let ended = child.try_wait();
            async move { ended?.ok_or_else(|| "it runs".into()) }
        })
        .await
    }

    /// Returns what the program has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_else(|error| error.to_string())
    }

    /// Returns the memory that the program occupies, in bytes; `None` where the system has no `/proc`.
    #[must_use]
    pub fn resident_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes * 1024)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
