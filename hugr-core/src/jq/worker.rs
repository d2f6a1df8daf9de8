//! The inside of a worker process: programs, one after the other, until its input ends.

use std::io::{Read, Write};
use std::thread;

use super::frame::{self, Verdict};
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
        let (verdict, outcome) = match run(&job, text) {
            Ok(outcome) => (Verdict::Done, outcome),
            Err(error) => (Verdict::of(&error), bytes::Bytes::new()),
        };
        frame::write(output, &serde_json::to_vec(&verdict)?)?;
        frame::write(output, &outcome)?;
        output.flush()?;
    }
    Ok(())
}

fn run(job: &[u8], text: Vec<u8>) -> Result<bytes::Bytes> {
    let mut job: Job = serde_json::from_slice(job)
        .map_err(|error| Error::internal("a job of a jq worker cannot be read").with_source(error))?;
    job.input = (!text.is_empty()).then(|| text.into());
    job.run(|| Ok(()))
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
        assert_eq!((next().as_str(), next().as_str()), ("\"Done\"", "[3,4]"));
        assert!(next().contains("Refused"));
        assert_eq!(next(), "");
        assert!(next().contains("Failed"));
        assert_eq!(next(), "");
        assert_eq!((next().as_str(), next().as_str()), ("\"Done\"", "null"));
    }
}
