//! What an attached database says when the statement is not to blame: it is away, has no connection left, or another
//! transaction came first. The statement that it says it of is left out.

use std::fmt;

use crate::error::{Error, ErrorCode};

/// Why an attached database fails a statement that is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachedFailure {
    /// It closed the connection, or accepts none.
    Away,
    /// All of its connections are taken.
    Full,
    /// Another transaction changed the same rows.
    Conflict,
}

/// Words of the client libraries, which come through DuckDB as they are.
const AWAY: [&str; 17] = [
    "server closed the connection unexpectedly",
    "terminating connection",
    "no connection to the server",
    "connection to server at",
    "connection not open",
    "could not connect to server",
    "could not receive data from server",
    "could not send data to server",
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is in recovery mode",
    "the database system is not yet accepting connections",
    "SSL SYSCALL error",
    "SSL connection has been closed unexpectedly",
    "Can't connect to MySQL server",
    "Lost connection to MySQL server",
    "MySQL server has gone away",
];

const FULL: [&str; 4] = [
    "too many clients already",
    "remaining connection slots are reserved",
    "too many connections for",
    "Too many connections",
];

const CONFLICT: [&str; 2] = ["could not serialize access", "deadlock detected"];

impl AttachedFailure {
    /// Reads `message`; `None` when it is about something else.
    #[must_use]
    pub fn parse(message: &str) -> Option<Self> {
        // Who is out of connections says so in a message that starts like that of one who is away.
        if FULL.iter().any(|words| message.contains(words)) {
            return Some(Self::Full);
        }
        if AWAY.iter().any(|words| message.contains(words)) {
            return Some(Self::Away);
        }
        CONFLICT
            .iter()
            .any(|words| message.contains(words))
            .then_some(Self::Conflict)
    }

    /// Returns the failure that `error` is about.
    #[must_use]
    pub fn cause_of(error: &Error) -> Option<Self> {
        std::error::Error::source(error)?.downcast_ref().copied()
    }

    /// Returns its code.
    pub(super) fn code(self) -> ErrorCode {
        match self {
            Self::Away => ErrorCode::SourceUnavailable,
            Self::Full => ErrorCode::ResourceExhausted,
            Self::Conflict => ErrorCode::Conflict,
        }
    }
}

impl fmt::Display for AttachedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Away => "an attached database does not answer, or closed the connection",
            Self::Full => "an attached database has no connection left",
            Self::Conflict => "another transaction changed the same rows",
        })
    }
}

impl std::error::Error for AttachedFailure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_is_wrong() {
        for (message, expected) in [
            (
                "TransactionContext Error: Failed to commit: Failed to execute query \"COMMIT\": server closed the connection unexpectedly",
                Some(AttachedFailure::Away),
            ),
            (
                "IO Error: Unable to connect to Postgres at \"…\": connection to server at \"h\", port 5432 failed: FATAL:  sorry, too many clients already",
                Some(AttachedFailure::Full),
            ),
            (
                "Invalid Error: Failed to execute query \"UPDATE …\": ERROR:  could not serialize access due to concurrent update",
                Some(AttachedFailure::Conflict),
            ),
            (
                "Invalid Error: Failed to execute query: ERROR:  column \"x\" does not exist",
                None,
            ),
        ] {
            assert_eq!(AttachedFailure::parse(message), expected, "{message}");
        }
    }
}
