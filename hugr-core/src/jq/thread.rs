//! A program on a thread of this process, for clients that are trusted.

use std::sync::mpsc as blocking;
use std::thread;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::host::{Answers, Host, Question};
use super::job::Job;
use crate::error::{Error, ErrorCode, Result};

/// Stack of the thread: the interpreter recurses with the program's values and calls.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// A question, and where its answer goes.
type Asked = (Question, blocking::Sender<Result<Bytes>>);

/// Runs `job` on a thread of its own, and asks `answers` what the program wants to know. Dropping the future ends the program
/// before its next value.
///
/// # Errors
/// Those of [`Job::run`]; `INTERNAL` when no thread can be started.
pub async fn run_on_thread(job: Job, answers: &dyn Answers) -> Result<Bytes> {
    let (questions, mut asked) = mpsc::unbounded_channel();
    let (ended, outcome) = oneshot::channel();
    thread::Builder::new()
        .name("jq".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            // The receiver is gone when nobody wants the outcome any more.
            let _ = ended.send(job.run(&Engine(questions)));
        })
        .map_err(|error| Error::internal("a thread for a jq program cannot be started").with_source(error))?;
    // The channel closes with the program.
    while let Some((question, reply)) = asked.recv().await {
        // The program waits for it, or has ended.
        let _ = reply.send(answers.answer(question).await);
    }
    outcome
        .await
        .map_err(|_| Error::internal("a jq program panicked"))?
}

/// The engine, as the program's thread reaches it.
struct Engine(mpsc::UnboundedSender<Asked>);

impl Host for Engine {
    fn check(&self) -> Result<()> {
        if self.0.is_closed() {
            return Err(unwanted());
        }
        Ok(())
    }

    fn query(&self, question: Question) -> Result<Bytes> {
        let (reply, answer) = blocking::channel();
        self.0.send((question, reply)).map_err(|_| unwanted())?;
        answer.recv().map_err(|_| unwanted())?
    }
}

fn unwanted() -> Error {
    Error::new(ErrorCode::Cancelled, "nobody wants the outcome of the jq program")
}
