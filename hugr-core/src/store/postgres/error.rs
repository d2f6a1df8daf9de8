//! What PostgreSQL's errors mean to those who use the core store.

use std::fmt;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use crate::error::{Error, ErrorCode};

/// Where a database is, without a password.
#[derive(Clone, Debug)]
pub(super) struct Place(String);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Place {
    /// Returns the place that `options` lead to.
    pub(super) fn of(options: &PgConnectOptions) -> Self {
        let user = options.get_username();
        let database = options.get_database().unwrap_or(user);
        let host = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => options.get_host().to_owned(),
        };
        Self(format!(
            "postgres://{user}@{host}:{}/{database}",
            options.get_port()
        ))
    }

    /// Returns the error for an operation that took too long.
    pub(super) fn no_answer(&self, deadline: Duration) -> Error {
        Error::new(
            ErrorCode::SourceUnavailable,
            format!("core store {self} did not answer within {} s", deadline.as_secs()),
        )
    }

    /// Returns the error for tables whose content is not as we leave it.
    pub(super) fn damaged(&self, what: &str) -> Error {
        Error::new(ErrorCode::SourceUnavailable, format!("core store {self}: {what}"))
    }

    /// Returns the error for what sqlx reports.
    pub(super) fn error(&self, error: sqlx::Error) -> Error {
        let (code, reason) = match &error {
            sqlx::Error::Database(refusal) => (
                refusal
                    .code()
                    .map_or(ErrorCode::SourceUnavailable, |state| code_of(&state)),
                refusal.message().to_owned(),
            ),
            sqlx::Error::PoolTimedOut => (
                ErrorCode::SourceUnavailable,
                "no connection within the deadline".to_owned(),
            ),
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) => {
                (ErrorCode::Internal, error.to_string())
            }
            other => (ErrorCode::SourceUnavailable, other.to_string()),
        };
        Error::new(code, format!("core store {self}: {reason}")).with_source(error)
    }
}

/// Returns what a SQLSTATE means; see appendix A of PostgreSQL's manual.
fn code_of(state: &str) -> ErrorCode {
    match state {
        // Unique violation, serialization failure, deadlock, lock not available: someone else was faster.
        "23505" | "40001" | "40P01" | "55P03" => ErrorCode::Conflict,
        // A standby, or a role that may only read.
        "25006" => ErrorCode::Unsupported,
        // Data exceptions, such as a NUL character in a text.
        state if state.starts_with("22") => ErrorCode::BadRequest,
        _ => ErrorCode::SourceUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_their_codes() {
        assert_eq!(code_of("23505"), ErrorCode::Conflict);
        assert_eq!(code_of("22021"), ErrorCode::BadRequest);
        assert_eq!(code_of("25006"), ErrorCode::Unsupported);
        assert_eq!(code_of("3D000"), ErrorCode::SourceUnavailable);
    }
}
