//! What goes into the engine and what comes out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::error::Error;

/// A GraphQL request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Which operation of it; `None` or empty for the first.
    pub operation_name: Option<String>,
    /// Variables by name.
    pub variables: Arc<Map<String, Value>>,
    /// IANA name of the time zone in which instants are shown; `None` for the engine's own.
    pub time_zone: Option<String>,
    /// How long it may take; `None` for the engine's own limit.
    pub timeout: Option<Duration>,
    /// Parse, validate and plan only: every leaf is null.
    pub validate_only: bool,
    /// The statements are told in the response's `extensions`, too.
    pub explains: bool,
    /// Whether mutations are refused.
    pub is_read_only: bool,
    /// How many programs the request is part of, each asked for by the one before it.
    pub program_depth: u8,
}

impl Request {
    /// Returns a request for `query`, without variables.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            ..Self::default()
        }
    }

    /// Sets the variables.
    #[must_use]
    pub fn with_variables(mut self, variables: Map<String, Value>) -> Self {
        self.variables = Arc::new(variables);
        self
    }

    /// Sets the operation's name.
    #[must_use]
    pub fn with_operation_name(mut self, name: impl Into<String>) -> Self {
        self.operation_name = Some(name.into());
        self
    }
}

/// The answer to a request: data, or errors. Never both: data is complete or absent.
#[derive(Debug)]
pub struct Response {
    outcome: Result<Vec<Bytes>, Vec<Error>>,
    /// The text of the object `extensions`.
    extensions: Option<Bytes>,
}

impl Response {
    /// Returns an answer whose `data` is the JSON object that `parts` are the text of, with the text of its `extensions`.
    pub(super) fn data(parts: Vec<Bytes>, extensions: Option<Bytes>) -> Self {
        Self {
            outcome: Ok(parts),
            extensions,
        }
    }

    /// Returns an answer that consists of `errors`.
    #[must_use]
    pub fn errors(errors: Vec<Error>) -> Self {
        Self {
            outcome: Err(errors),
            extensions: None,
        }
    }

    /// Returns whether there is data.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.outcome.is_ok()
    }

    /// Returns the errors; none when there is data.
    #[must_use]
    pub fn error_list(&self) -> &[Error] {
        match &self.outcome {
            Ok(_) => &[],
            Err(errors) => errors,
        }
    }

    /// Returns the response object's JSON text in parts: those of the data are not copied.
    #[must_use]
    pub fn into_parts(self) -> Vec<Bytes> {
        match self.outcome {
            Ok(data) => {
                let mut parts = Vec::with_capacity(data.len() + 4);
                parts.push(Bytes::from_static(b"{\"data\":"));
                parts.extend(data);
                if let Some(extensions) = self.extensions {
                    parts.push(Bytes::from_static(b",\"extensions\":"));
                    parts.push(extensions);
                }
                parts.push(Bytes::from_static(b"}\n"));
                parts
            }
            Err(errors) => {
                let errors: Vec<_> = errors.iter().map(error_json).collect();
                vec![Bytes::from(format!("{}\n", json!({ "errors": errors })))]
            }
        }
    }

    /// Returns the response object as text.
    #[must_use]
    pub fn into_json_text(self) -> String {
        let parts = self.into_parts();
        let mut text = String::with_capacity(parts.iter().map(Bytes::len).sum());
        for part in parts {
            // Everything that is encoded here is UTF-8.
            text.push_str(&String::from_utf8_lossy(&part));
        }
        text
    }
}

/// Returns the error as GraphQL shows it.
#[must_use]
pub fn error_json(error: &Error) -> Value {
    let mut shown = Map::new();
    shown.insert("message".to_owned(), error.public_message().into());
    if !error.locations().is_empty() {
        let locations: Vec<_> = error
            .locations()
            .iter()
            .map(|place| json!({ "line": place.line, "column": place.column }))
            .collect();
        shown.insert("locations".to_owned(), locations.into());
    }
    if !error.path().is_empty() {
        shown.insert("path".to_owned(), error.path().into());
    }
    let mut extensions = json!({ "code": error.code().as_str() });
    if let (Some(trace_id), Some(members)) = (error.trace_id(), extensions.as_object_mut()) {
        members.insert("trace_id".to_owned(), trace_id.into());
    }
    shown.insert("extensions".to_owned(), extensions);
    Value::Object(shown)
}
