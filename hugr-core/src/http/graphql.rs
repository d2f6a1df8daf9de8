//! `/query` and `/graphql`: GraphQL over HTTP.
//!
//! Answers with data have status 200. Answers with errors have the status of the first error's code for clients that accept
//! `application/graphql-response+json`, and 200 for those that accept only JSON, except where the request itself could not
//! be read or authenticated, or was refused because too many wait.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use futures::stream;
use hugr_auth::Identity;
use serde_json::json;

use super::body::{is_by_cookie, parse_body, parse_parameters, require_json, unreadable};
use super::caller::Caller;
use super::router::AppState;
use crate::engine::{self, Request};
use crate::error::{Error, ErrorCode, Result};

const RESPONSE_JSON: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// When a client may try again that was refused because of the server's state.
const RETRY_AFTER_SECONDS: &str = "1";

/// An answer of at most so many bytes is sent as one piece.
const SMALL_ANSWER_BYTES: usize = 16 * 1024;

/// `POST` with a JSON body.
pub(super) async fn by_post(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Response {
    let request = require_json(&headers)
        .and_then(|()| body.map_err(|rejection| unreadable(&rejection)))
        .and_then(|body| parse_body(&body));
    answer(&state, &caller, &headers, request).await
}

/// `GET` with the request in the URL.
pub(super) async fn by_get(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Query(parameters): Query<HashMap<String, String>>,
) -> Response {
    let request = parse_parameters(parameters).map(|request| Request {
        is_read_only: request.is_read_only || is_by_cookie(&headers),
        ..request
    });
    answer(&state, &caller, &headers, request).await
}

/// A place where the original answers and this version does not.
pub(super) async fn not_served(uri: Uri, headers: HeaderMap) -> Response {
    let message = format!(
        "`{}` is not served by this version; send requests to `/graphql`",
        uri.path()
    );
    refused(Format::of(&headers), Error::new(ErrorCode::Unsupported, message))
}

/// Any other method.
pub(super) async fn wrong_method(headers: HeaderMap) -> Response {
    let error = Error::new(ErrorCode::BadRequest, "send the request with GET or POST");
    refused(Format::of(&headers), error)
}

async fn answer(
    state: &AppState,
    caller: &Caller,
    headers: &HeaderMap,
    request: Result<Request>,
) -> Response {
    let format = Format::of(headers);
    let identity = match caller.identify(&state.engine, headers).await {
        Ok(identity) => identity,
        Err(error) => return refused(format, error),
    };
    match request {
        Ok(request) => execute(state, headers, request, &identity, format).await,
        Err(error) => refused(format, error),
    }
}

async fn execute(
    state: &AppState,
    headers: &HeaderMap,
    mut request: Request,
    identity: &Identity,
    format: Format,
) -> Response {
    request.time_zone = time_zone(headers);
    let response = state.engine.execute(request, identity).await;
    let status = match (response.error_list().first(), format) {
        (Some(error), Format::ResponseJson) => status_of(error),
        (Some(error), _) if error.code() == ErrorCode::Overloaded => status_of(error),
        (Some(_), Format::Json) | (None, _) => StatusCode::OK,
    };
    reply(status, format, response)
}

/// Returns the time zone that a request asks for.
pub(super) fn time_zone(headers: &HeaderMap) -> Option<String> {
    ["x-hugr-timezone", "time-zone"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        .map(str::to_owned)
}

/// Which of the two media types a client gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    ResponseJson,
    Json,
}

impl Format {
    fn of(headers: &HeaderMap) -> Self {
        let accepts = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.contains(RESPONSE_JSON));
        if accepts { Self::ResponseJson } else { Self::Json }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::ResponseJson => RESPONSE_JSON,
            Self::Json => JSON,
        }
    }
}

/// Returns the status for an error.
pub(super) fn status_of(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.code().http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A request that is not executed has the status of its error for every client.
///
/// A role that is refused at the door gets the message alone, as clients of the original know it.
pub(super) fn refused(format: Format, error: Error) -> Response {
    if error.code() == ErrorCode::Forbidden {
        let body = json!({ "errors": [{ "message": error.public_message() }] });
        return with_body(status_of(&error), format, Body::from(body.to_string()));
    }
    reply(status_of(&error), format, engine::Response::errors(vec![error]))
}

fn with_body(status: StatusCode, format: Format, body: Body) -> Response {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    let media_type = HeaderValue::from_static(format.media_type());
    reply.headers_mut().insert(CONTENT_TYPE, media_type);
    reply
}

/// The parts of a large answer go to the socket as they are; those of a small one together, with its length.
pub(super) fn reply(status: StatusCode, format: Format, response: engine::Response) -> Response {
    let mut parts = response.into_parts();
    let bytes: usize = parts.iter().map(Bytes::len).sum();
    let body = match parts.len() {
        1 => Body::from(parts.remove(0)),
        _ if bytes <= SMALL_ANSWER_BYTES => Body::from(parts.concat()),
        _ => Body::from_stream(stream::iter(parts.into_iter().map(Ok::<_, Infallible>))),
    };
    let mut reply = with_body(status, format, body);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        reply
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    }
    reply
}
