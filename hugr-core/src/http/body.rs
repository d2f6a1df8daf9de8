//! What clients send: requests in bodies and in URLs.

use std::collections::HashMap;

use axum::extract::rejection::BytesRejection;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::engine::Request;
use crate::error::{Error, ErrorCode, Result};

/// What programs like curl send bodies as when nobody tells them what they are.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request as clients send it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestBody {
    query: Option<String>,
    variables: Option<Map<String, Value>>,
    operation_name: Option<String>,
    #[serde(default)]
    validate_only: bool,
    #[serde(default)]
    no_mutation: bool,
    extensions: Option<RequestExtensions>,
}

/// What a client asks for beside the answer; members that others understand are left alone.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestExtensions {
    #[serde(default)]
    explain: bool,
    persisted_query: Option<Value>,
}

/// Returns whether a browser says by a cookie who asks: pages of other sites can make it do so.
pub(super) fn is_by_cookie(headers: &HeaderMap) -> bool {
    headers.contains_key(COOKIE) && !headers.contains_key(AUTHORIZATION)
}

/// Checks that a body is said to be JSON.
///
/// # Errors
/// `BAD_REQUEST` when it is said to be something else. Where nothing is said it is taken for JSON, and so is a form, which
/// programs say by themselves; but not from browsers with a cookie: a page of another site can send both without being asked.
pub(super) fn require_json(headers: &HeaderMap) -> Result<()> {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = said.unwrap_or_default().split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    if is_json || (matches!(media_type.as_str(), "" | FORM) && !is_by_cookie(headers)) {
        return Ok(());
    }
    let found = match media_type.as_str() {
        "" => "without a content type".to_owned(),
        "multipart/form-data" => "of parts; files cannot be uploaded".to_owned(),
        other => format!("of the content type `{other}`"),
    };
    Err(Error::new(
        ErrorCode::BadRequest,
        format!("the body is {found}; send the request as `application/json`"),
    ))
}

/// Reads the body of a GraphQL request.
pub(super) fn parse_body(body: &[u8]) -> Result<Request> {
    let is_batch = body.trim_ascii_start().starts_with(b"[");
    if is_batch {
        let message = "the body is a list; batches are not supported, send each request by itself";
        return Err(Error::new(ErrorCode::BadRequest, message));
    }
    let body: RequestBody = serde_json::from_slice(body).map_err(|error| {
        Error::new(
            ErrorCode::BadRequest,
            format!("the body is not a GraphQL request: {error}"),
        )
    })?;
    request(body)
}

/// Reads a request from the parameters of a URL, where variables and extensions are JSON objects.
pub(super) fn parse_parameters(mut parameters: HashMap<String, String>) -> Result<Request> {
    let is_set = |name: &str| parameters.get(name).is_some_and(|value| value == "true");
    let (validate_only, no_mutation) = (is_set("validate_only"), is_set("no_mutation"));
    let variables = object(&mut parameters, "variables")?;
    let extensions = object(&mut parameters, "extensions")?;
    request(RequestBody {
        query: parameters.remove("query"),
        variables,
        operation_name: parameters.remove("operationName"),
        validate_only,
        no_mutation,
        extensions,
    })
}

fn object<T: for<'de> Deserialize<'de>>(
    parameters: &mut HashMap<String, String>,
    name: &str,
) -> Result<Option<T>> {
    let Some(text) = parameters.remove(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    serde_json::from_str(&text).map_err(|error| {
        Error::new(
            ErrorCode::BadRequest,
            format!("parameter `{name}` is not a JSON object: {error}"),
        )
    })
}

/// Returns the request of `body`.
pub(super) fn request(body: RequestBody) -> Result<Request> {
    let extensions = body.extensions.unwrap_or_default();
    let query = body.query.filter(|query| !query.trim().is_empty());
    let query = query.ok_or_else(|| match extensions.persisted_query {
        // In these words clients understand that they are to send the text, now and later.
        Some(_) => Error::new(ErrorCode::Unsupported, "PersistedQueryNotSupported"),
        None => Error::new(ErrorCode::BadRequest, "the request has no `query`"),
    })?;
    Ok(Request {
        query,
        operation_name: body.operation_name,
        variables: body.variables.unwrap_or_default().into(),
        validate_only: body.validate_only,
        is_read_only: body.no_mutation,
        explains: extensions.explain,
        ..Request::default()
    })
}

/// Returns why a body could not be read.
pub(super) fn unreadable(rejection: &BytesRejection) -> Error {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::new(ErrorCode::ResourceExhausted, "the request body is too large");
    }
    Error::new(
        ErrorCode::BadRequest,
        format!("the request body cannot be read: {}", rejection.body_text()),
    )
}
