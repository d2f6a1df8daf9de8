//! What PostgreSQL's errors mean to a query.

use tokio_postgres::error::{DbError, SqlState};

use crate::db::{Violation, ViolationKind};
use crate::error::{Error, ErrorCode};
use crate::name::SourceName;

/// Returns the error for what the client of `source` reports. Only errors that are about the query say so to the caller.
pub(super) fn query_error(source: &SourceName, error: tokio_postgres::Error) -> Error {
    let Some(refusal) = error.as_db_error() else {
        let code = if is_lost(&error) || error.is_closed() {
            ErrorCode::SourceUnavailable
        } else {
            ErrorCode::Internal
        };
        let reason = root_cause(&error);
        return Error::new(code, format!("data source `{source}`: {reason}")).with_source(error);
    };
    if let Some(violation) = violation(refusal) {
        return Error::new(ErrorCode::Conflict, violation.to_string()).with_source(violation);
    }
    // PostGIS gives its errors no state of their own; what its interface raises is about geometries.
    let is_of_geometry = refusal.file() == Some("lwgeom_pg.c") && *refusal.code() == SqlState::INTERNAL_ERROR;
    let code = if is_of_geometry {
        ErrorCode::BadRequest
    } else {
        code_of(refusal.code())
    };
    let message = format!("data source `{source}`: {}", refusal.message());
    Error::new(code, message).with_source(error)
}

/// Returns the constraint that a row breaks; `None` for errors about something else.
fn violation(refusal: &DbError) -> Option<Violation> {
    let kind = match *refusal.code() {
        SqlState::UNIQUE_VIOLATION | SqlState::EXCLUSION_VIOLATION => ViolationKind::Unique,
        SqlState::NOT_NULL_VIOLATION => ViolationKind::NotNull,
        SqlState::CHECK_VIOLATION => ViolationKind::Check,
        SqlState::FOREIGN_KEY_VIOLATION | SqlState::RESTRICT_VIOLATION => ViolationKind::ForeignKey,
        // Two rows of one upsert.
        SqlState::CARDINALITY_VIOLATION if refusal.routine() == Some("ExecOnConflictUpdate") => {
            ViolationKind::Unique
        }
        _ => return None,
    };
    let columns = match (refusal.column(), refusal.detail()) {
        (Some(column), _) => vec![column.to_owned()],
        (None, Some(detail)) => Violation::key_columns(detail),
        (None, None) => Vec::new(),
    };
    Some(Violation {
        kind,
        constraint: refusal.constraint().map(str::to_owned),
        columns,
        mentioned: Vec::new(),
    })
}

/// Returns the error for a statement that needs an extension which the database lacks; else `error` itself.
pub(super) fn naming_extension(source: &SourceName, error: Error, sql: &str) -> Error {
    let is_unknown = std::error::Error::source(&error)
        .and_then(|cause| cause.downcast_ref::<tokio_postgres::Error>())
        .and_then(tokio_postgres::Error::code)
        .is_some_and(|state| [SqlState::UNDEFINED_FUNCTION, SqlState::UNDEFINED_OBJECT].contains(state));
    if !is_unknown {
        return error;
    }
    let needs = |words: &[&str]| words.iter().any(|word| sql.contains(word));
    let extension = if needs(&["ST_", "geometry)", "::geography"]) {
        "`postgis`"
    } else if needs(&["AS vector", " <-> ", " <#> ", " <=> "]) {
        "`vector` (pgvector)"
    } else {
        return error;
    };
    let message = format!(
        "data source `{source}` needs the extension {extension}, which its database lacks, or which is in no schema of its \
         search path"
    );
    Error::new(ErrorCode::Unsupported, message).with_source(error)
}

/// Returns whether the connection is gone, so that another one may do better.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(state) => {
            state.code().starts_with("08")
                || [
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    SqlState::CANNOT_CONNECT_NOW,
                ]
                .contains(state)
        }
        None => {
            error.is_closed()
                || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        }
    }
}

/// Returns whether a prepared statement no longer fits: a table has changed, or a pooler gave the session to another.
pub(super) fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|refusal| {
        *refusal.code() == SqlState::INVALID_SQL_STATEMENT_NAME
            || (*refusal.code() == SqlState::FEATURE_NOT_SUPPORTED
                && refusal.routine() == Some("RevalidateCachedQuery"))
    })
}

/// Returns whether the server may accept a connection a moment later: it starts, has no slot left, or is away.
pub(super) fn is_passing(error: &tokio_postgres::Error) -> bool {
    is_lost(error) || error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
}

/// Returns what a SQLSTATE means; see appendix A of PostgreSQL's manual.
fn code_of(state: &SqlState) -> ErrorCode {
    match state.code() {
        // A time-out of the statement: who cancels a request does not wait for its error.
        "57014" => ErrorCode::Timeout,
        "42501" => ErrorCode::Forbidden,
        // A standby, or a role that may only read.
        "25006" => ErrorCode::Unsupported,
        "40001" | "40P01" | "55P03" => ErrorCode::Conflict,
        code => match code.get(..2).unwrap_or_default() {
            // Data exceptions; what functions of the schema's author raise.
            "22" | "P0" => ErrorCode::BadRequest,
            "23" => ErrorCode::Conflict,
            "53" | "54" => ErrorCode::ResourceExhausted,
            "08" | "28" | "3D" | "57" | "58" => ErrorCode::SourceUnavailable,
            "0A" => ErrorCode::Unsupported,
            _ => ErrorCode::Internal,
        },
    }
}

fn root_cause(error: &tokio_postgres::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_their_codes() {
        for (state, expected) in [
            (SqlState::QUERY_CANCELED, ErrorCode::Timeout),
            (SqlState::INVALID_TEXT_REPRESENTATION, ErrorCode::BadRequest),
            (SqlState::UNIQUE_VIOLATION, ErrorCode::Conflict),
            (SqlState::TOO_MANY_CONNECTIONS, ErrorCode::ResourceExhausted),
            (SqlState::ADMIN_SHUTDOWN, ErrorCode::SourceUnavailable),
            (SqlState::UNDEFINED_TABLE, ErrorCode::Internal),
        ] {
            assert_eq!(code_of(&state), expected, "{state:?}");
        }
    }
}
