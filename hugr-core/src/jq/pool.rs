//! Worker processes that run programs (docs/adr/0004-jq-in-worker-processes.md).

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::frame::{self, Message, Verdict};
use super::host::Answers;
use super::job::Job;
use crate::error::{Error, ErrorCode, Result};

/// How worker processes are started, and what a program may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The program that calls [`serve_worker`](super::serve_worker).
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Most processes at a time; further programs wait.
    pub processes: usize,
    /// How long a program may run.
    pub time: Duration,
}

impl WorkerCommand {
    /// Returns the command `program` with `arguments`, for two processes and 30 seconds.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            processes: 2,
            time: Duration::from_secs(30),
        }
    }
}

/// Whether a program waits until fewer of them run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It waits.
    Own,
    /// It is part of the answer to a program that has waited.
    OfAnother,
}

/// Worker processes, started when they are needed and kept for the next program.
#[derive(Debug)]
pub struct WorkerPool {
    command: WorkerCommand,
    turns: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

/// One process; it ends with the value.
#[derive(Debug)]
struct Worker {
    _process: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl WorkerPool {
    /// Returns a pool without processes.
    #[must_use]
    pub fn new(command: WorkerCommand) -> Self {
        Self {
            turns: Semaphore::new(command.processes.max(1)),
            command,
            idle: Mutex::default(),
        }
    }

    /// Runs `job` in a process, and asks `answers` what the program wants to know. Dropping the future ends the process.
    ///
    /// # Errors
    /// Those of [`Job::run`]; `TIMEOUT` when it takes too long without asking, `RESOURCE_EXHAUSTED` when its process ends
    /// because the program needs more memory or nests deeper than it may, `INTERNAL` when no process can be started.
    pub async fn run(&self, job: &Job, turn: Turn, answers: &dyn Answers) -> Result<Bytes> {
        let _turn = match turn {
            Turn::Own => Some(self.turn().await?),
            Turn::OfAnother => None,
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.start()?,
        };
        let mut message = self.within(worker.begin(job)).await?;
        let verdict = loop {
            match message {
                Message::Ends(verdict) => break verdict,
                Message::Asks(question) => {
                    let (verdict, answer) = match answers.answer(question).await {
                        Ok(answer) => (Verdict::Done, answer),
                        Err(error) => (Verdict::of_answer(&error), Bytes::new()),
                    };
                    message = self.within(worker.go_on(&verdict, &answer)).await?;
                }
            }
        };
        let outcome = self.within(worker.read()).await?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(worker);
        drop(idle);
        verdict.into_result(outcome.into())
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        let turn = self.turns.acquire().await;
        turn.map_err(|_| Error::internal("the jq workers are closed"))
    }

    async fn within<T>(&self, step: impl Future<Output = std::io::Result<T>>) -> Result<T> {
        match tokio::time::timeout(self.command.time, step).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a jq worker ended");
                Err(Error::new(
                    ErrorCode::ResourceExhausted,
                    "the jq program needs more memory or nests deeper than it may",
                ))
            }
            Err(_) => Err(Error::new(
                ErrorCode::Timeout,
                format!("the jq program took longer than {:?}", self.command.time),
            )),
        }
    }

    fn start(&self) -> Result<Worker> {
        let missing = |what: &str| Error::internal(format!("a jq worker has no {what}"));
        let mut process = Command::new(&self.command.program)
            .args(&self.command.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::internal("a jq worker cannot be started").with_source(error))?;
        let input = process.stdin.take().ok_or_else(|| missing("input"))?;
        let output = process.stdout.take().ok_or_else(|| missing("output"))?;
        Ok(Worker {
            _process: process,
            input,
            output,
        })
    }
}

impl Worker {
    async fn begin(&mut self, job: &Job) -> std::io::Result<Message> {
        self.write(&serde_json::to_vec(job)?).await?;
        self.write(job.input.as_deref().unwrap_or_default()).await?;
        self.message().await
    }

    async fn go_on(&mut self, verdict: &Verdict, answer: &[u8]) -> std::io::Result<Message> {
        self.write(&serde_json::to_vec(verdict)?).await?;
        self.write(answer).await?;
        self.message().await
    }

    async fn message(&mut self) -> std::io::Result<Message> {
        self.input.flush().await?;
        Ok(serde_json::from_slice(&self.read().await?)?)
    }

    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.input.write_all(&frame::header(bytes)?).await?;
        self.input.write_all(bytes).await
    }

    async fn read(&mut self) -> std::io::Result<Vec<u8>> {
        let mut header = [0; 4];
        self.output.read_exact(&mut header).await?;
        let mut bytes = vec![0; frame::length_of(header)?];
        self.output.read_exact(&mut bytes).await?;
        Ok(bytes)
    }
}
