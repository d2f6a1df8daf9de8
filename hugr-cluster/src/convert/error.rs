//! Errors as gRPC statuses and back.

use std::error::Error as _;

use hugr_core::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

/// Metadata key of the full error.
const ERROR_KEY: &str = "hugr-error-bin";

/// The full error as it travels; what is internal stays behind.
#[derive(Serialize, Deserialize)]
struct SentError {
    code: String,
    message: String,
    #[serde(default)]
    path: Vec<String>,
}

/// Returns the status that tells `error` to a caller. An internal one is logged here, because its text stays behind.
pub(crate) fn status_of(error: &Error) -> Status {
    if error.code() == ErrorCode::Internal {
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        tracing::error!(%error, cause, "internal error in a cluster call");
    }
    let sent = SentError {
        code: error.code().as_str().to_owned(),
        message: error.public_message().to_owned(),
        path: error.path().to_vec(),
    };
    let mut metadata = MetadataMap::new();
    if let Ok(json) = serde_json::to_vec(&sent) {
        metadata.insert_bin(ERROR_KEY, MetadataValue::from_bytes(&json));
    }
    Status::with_metadata(Code::from_i32(error.code().grpc_code()), sent.message, metadata)
}

/// Returns the error that `status` tells; `peer` names who answered, or should have.
pub(crate) fn error_of(status: &Status, peer: &str) -> Error {
    match sent_error(status) {
        Some(sent) => Error::new(ErrorCode::from_name(&sent.code), sent.message).with_path(sent.path),
        None => Error::new(code_of(status), format!("{peer}: {}", reason_of(status))),
    }
}

fn sent_error(status: &Status) -> Option<SentError> {
    let bytes = status.metadata().get_bin(ERROR_KEY)?.to_bytes().ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Statuses without our metadata come from the transport or from something that is not ours.
fn code_of(status: &Status) -> ErrorCode {
    match status.code() {
        Code::DeadlineExceeded => ErrorCode::Timeout,
        // The transport's own deadline is told as a cancellation.
        Code::Cancelled if reason_of(status).contains("Timeout expired") => ErrorCode::Timeout,
        Code::Unauthenticated => ErrorCode::Unauthenticated,
        Code::PermissionDenied => ErrorCode::Forbidden,
        Code::ResourceExhausted | Code::OutOfRange => ErrorCode::ResourceExhausted,
        Code::Unimplemented => ErrorCode::Unsupported,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => ErrorCode::ClusterUnavailable,
    }
}

/// Returns the innermost cause: "connection refused" says more than "transport error".
fn reason_of(status: &Status) -> String {
    let mut reason = status.message().to_owned();
    let mut cause = status.source();
    while let Some(inner) = cause {
        reason = inner.to_string();
        cause = inner.source();
    }
    if reason.is_empty() {
        reason = status.code().description().to_lowercase();
    }
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way() {
        let sent = Error::new(ErrorCode::CatalogInvalid, "no such type").with_path(vec!["a".to_owned()]);
        let status = status_of(&sent);
        assert_eq!(status.code(), Code::InvalidArgument);
        let received = error_of(&status, "peer");
        assert_eq!(received.code(), ErrorCode::CatalogInvalid);
        assert_eq!(received.to_string(), "no such type");
        assert_eq!(received.path(), ["a"]);
    }

    #[test]
    fn an_internal_text_stays_behind() {
        let status = status_of(&Error::internal("password in dsn"));
        assert_eq!(error_of(&status, "peer").to_string(), "internal error");
    }

    #[test]
    fn an_unknown_code_is_internal() {
        let mut status = Status::unknown("x");
        let json = br#"{"code":"FROM_THE_FUTURE","message":"x"}"#;
        status
            .metadata_mut()
            .insert_bin(ERROR_KEY, MetadataValue::from_bytes(json));
        assert_eq!(error_of(&status, "peer").code(), ErrorCode::Internal);
    }

    #[test]
    fn a_status_of_the_transport_names_the_peer() {
        let error = error_of(&Status::unavailable("connection refused"), "node http://w1:1");
        assert_eq!(error.code(), ErrorCode::ClusterUnavailable);
        assert_eq!(error.to_string(), "node http://w1:1: connection refused");
    }
}
