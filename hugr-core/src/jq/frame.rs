//! What travels between an engine and its worker processes: frames of a length, four bytes with the highest first, and as
//! many bytes.
//!
//! A request is a frame with a [`Job`](super::Job) as JSON, and one with its input, which is empty to check the program. The
//! worker writes [`Message`]s as JSON: questions, each of which is answered by a frame with a [`Verdict`] as JSON and one with
//! the answer, and at last a verdict, which a frame with the outcome follows. Without an outcome that frame is empty.

use std::io::{Read, Write};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::host::Question;
use crate::error::{Error, ErrorCode};

/// Longest frame: an input or an outcome.
pub(super) const MAX_FRAME: usize = 1024 * 1024 * 1024;

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message {
    /// The program wants to know something before it goes on.
    Asks(Question),
    /// The job has ended.
    Ends(Verdict),
}

/// How a job ended, or a question was answered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Verdict {
    /// Well.
    Done,
    /// The program does not compile.
    Refused(String),
    /// The program failed.
    Failed(String),
    /// The program gave too much.
    Exhausted(String),
    /// The worker failed.
    Broken(String),
}

impl Verdict {
    pub(super) fn of(error: &Error) -> Self {
        let message = error.to_string();
        match error.code() {
            ErrorCode::GraphqlValidation => Self::Refused(message),
            ErrorCode::BadRequest => Self::Failed(message),
            ErrorCode::ResourceExhausted => Self::Exhausted(message),
            _ => Self::Broken(message),
        }
    }

    /// Returns how a question was answered that ended with `error`: of failures inside, programs learn no cause.
    pub(super) fn of_answer(error: &Error) -> Self {
        Self::Failed(error.public_message().to_owned())
    }

    pub(super) fn into_result(self, outcome: Bytes) -> crate::error::Result<Bytes> {
        match self {
            Self::Done => Ok(outcome),
            Self::Refused(message) => Err(Error::new(ErrorCode::GraphqlValidation, message)),
            Self::Failed(message) => Err(Error::new(ErrorCode::BadRequest, message)),
            Self::Exhausted(message) => Err(Error::new(ErrorCode::ResourceExhausted, message)),
            Self::Broken(message) => Err(Error::internal(message)),
        }
    }
}

/// Reads a frame; `None` at the end of the input.
pub(super) fn read(input: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = [0_u8; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        outcome => outcome?,
    }
    let mut bytes = vec![0; length_of(length)?];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

/// Writes a frame.
pub(super) fn write(output: &mut impl Write, bytes: &[u8]) -> std::io::Result<()> {
    output.write_all(&header(bytes)?)?;
    output.write_all(bytes)
}

/// Returns what stands before the bytes of a frame.
pub(super) fn header(bytes: &[u8]) -> std::io::Result<[u8; 4]> {
    let length = u32::try_from(bytes.len())
        .ok()
        .filter(|_| bytes.len() <= MAX_FRAME);
    length
        .map(u32::to_be_bytes)
        .ok_or_else(|| std::io::Error::other("a frame is too long"))
}

/// Returns the length in the header of a frame.
pub(super) fn length_of(header: [u8; 4]) -> std::io::Result<usize> {
    usize::try_from(u32::from_be_bytes(header))
        .ok()
        .filter(|length| *length <= MAX_FRAME)
        .ok_or_else(|| std::io::Error::other("a frame is too long"))
}
