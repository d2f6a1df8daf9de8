//! The inside of a worker process: programs, one after the other, until its input ends.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::thread;

use bytes::Bytes;

use super::frame::{self, Message, Verdict};
use super::host::{Host, Question};
use super::job::Job;
use crate::error::{Error, Result};

/// Stack of the thread that runs programs: the interpreter recurses with the program's values and calls. Pages of it that
/// are not used cost nothing.
const STACK_BYTES: usize = 256 * 1024 * 1024;

/// Runs the programs that come from `input` and writes their outcomes to `output`; returns when `input` ends.
///
/// Call it as early as possible in a process that is started for nothing else: a program may exhaust its stack or its
/// memory, and end it.
///
/// # Errors
/// When the pipes break, or no thread can be started.
pub fn serve_worker(
    mut input: impl Read + Send + 'static,
    mut output: impl Write + Send + 'static,
) -> std::io::Result<()> {
    let worker = thread::Builder::new()
        .name("jq".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || serve(&mut input, &mut output))?;
    worker
        .join()
        .unwrap_or_else(|_| Err(std::io::Error::other("the jq thread panicked")))
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> std::io::Result<()> {
    while let Some(job) = frame::read(input)? {
        let Some(text) = frame::read(input)? else {
            return Ok(());
        };
        let engine = Engine(RefCell::new((&mut *input, &mut *output)));
        let (verdict, outcome) = match run(&job, text, &engine) {
            Ok(outcome) => (Verdict::Done, outcome),
            Err(error) => (Verdict::of(&error), Bytes::new()),
        };
        frame::write(output, &serde_json::to_vec(&Message::Ends(verdict))?)?;
        frame::write(output, &outcome)?;
        output.flush()?;
    }
    Ok(())
}

fn run(job: &[u8], text: Vec<u8>, engine: &dyn Host) -> Result<Bytes> {
    let mut job: Job = serde_json::from_slice(job)
        .map_err(|error| Error::internal("a job of a jq worker cannot be read").with_source(error))?;
    job.input = (!text.is_empty()).then(|| text.into());
    job.run(engine)
}

/// The engine at the other end of the pipes.
struct Engine<'a, I, O>(RefCell<(&'a mut I, &'a mut O)>);

impl<I: Read, O: Write> Host for Engine<'_, I, O> {
    fn check(&self) -> Result<()> {
        // Who does not want the outcome any more ends the process.
        Ok(())
    }

    fn query(&self, question: Question) -> Result<Bytes> {
        let broken = |error: std::io::Error| {
            Error::internal("the engine of a jq worker cannot be asked").with_source(error)
        };
        let (verdict, answer) = self.exchange(question).map_err(broken)?;
        verdict.into_result(answer.into())
    }
}

impl<I: Read, O: Write> Engine<'_, I, O> {
    fn exchange(&self, question: Question) -> std::io::Result<(Verdict, Vec<u8>)> {
        let ended = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let mut pipes = self.0.borrow_mut();
        let (input, output) = &mut *pipes;
        frame::write(*output, &serde_json::to_vec(&Message::Asks(question))?)?;
        output.flush()?;
        let verdict = frame::read(*input)?.ok_or_else(ended)?;
        let answer = frame::read(*input)?.ok_or_else(ended)?;
        Ok((serde_json::from_slice(&verdict)?, answer))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written, for the test to read.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn jobs_are_answered_in_order() {
        let mut input = Vec::new();
        for (code, text) in [
            ("map(. + $n)", "[1,2]"),
            ("nothing(1)", "null"),
            ("error(\"no\")", "1"),
            (".", ""),
        ] {
            let job = serde_json::json!({
                "code": code, "variables": { "n": 2 }, "caller": { "user_id": "", "user_name": "", "role": "" }
            });
            frame::write(&mut input, job.to_string().as_bytes()).unwrap();
            frame::write(&mut input, text.as_bytes()).unwrap();
        }
        let written = Written::default();
        serve_worker(Cursor::new(input), written.clone()).unwrap();
        let written = written.0.lock().unwrap().clone();
        let mut replies = Cursor::new(written);
        let mut next = || String::from_utf8(frame::read(&mut replies).unwrap().unwrap()).unwrap();
        assert_eq!(
            (next().as_str(), next().as_str()),
            ("{\"Ends\":\"Done\"}", "[3,4]")
        );
        assert!(next().contains("Refused"));
        assert_eq!(next(), "");
        assert!(next().contains("Failed"));
        assert_eq!(next(), "");
        assert_eq!(
            (next().as_str(), next().as_str()),
            ("{\"Ends\":\"Done\"}", "null")
        );
    }
    #[test]
    fn questions_are_answered_in_between() {
        let mut input = Vec::new();
        let job = serde_json::json!({
            "code": "queryHugr(\"{ a }\").a, (try queryHugr(\"{ b }\") catch .)",
            "variables": {}, "caller": { "user_id": "", "user_name": "", "role": "" }
        });
        for frame in [
            job.to_string().as_str(),
            "null",
            "\"Done\"",
            "{\"a\":7}",
            "{\"Failed\":\"no b\"}",
            "",
        ] {
            frame::write(&mut input, frame.as_bytes()).unwrap();
        }
        let written = Written::default();
        serve_worker(Cursor::new(input), written.clone()).unwrap();
        let mut replies = Cursor::new(written.0.lock().unwrap().clone());
        let mut next = || String::from_utf8(frame::read(&mut replies).unwrap().unwrap()).unwrap();
        assert!(next().starts_with("{\"Asks\":{\"query\":\"{ a }\""));
        assert!(next().starts_with("{\"Asks\":{\"query\":\"{ b }\""));
        assert_eq!(
            (next().as_str(), next().as_str()),
            ("{\"Ends\":\"Done\"}", "[7,\"no b\"]")
        );
    }
}
