//! `/jq-query`: what a jq program makes of the response to a request (spec §9.2).
//!
//! The answer is the program's outcome alone. Errors are answered like those of a GraphQL request that could not be read:
//! with the status of their code.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::body::{RequestBody, request, require_json, unreadable};
use super::caller::Caller;
use super::graphql::{Format, refused, reply, status_of, time_zone};
use super::router::AppState;
use crate::engine;
use crate::error::{Error, ErrorCode, Result};

#[derive(Deserialize)]
struct JqBody {
    #[serde(default)]
    jq: String,
    query: RequestBody,
}

/// `POST` with a JSON body: the program and the request.
pub(super) async fn by_post(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Response {
    let body = require_json(&headers)
        .and_then(|()| body.map_err(|rejection| unreadable(&rejection)))
        .and_then(|body| parse_body(&body));
    match answer(&state, &caller, &headers, body).await {
        Ok(response) => response,
        Err(error) => refused(Format::Json, error),
    }
}

async fn answer(
    state: &AppState,
    caller: &Caller,
    headers: &HeaderMap,
    body: Result<JqBody>,
) -> Result<Response> {
    let identity = caller.identify(&state.engine, headers).await?;
    let body = body?;
    let mut request = request(body.query)?;
    request.time_zone = time_zone(headers);
    if body.jq.trim().is_empty() || request.validate_only {
        return Ok(whole(state.engine.execute(request, &identity).await));
    }
    Ok(
        match state.engine.execute_jq(&body.jq, request, &identity).await {
            Ok(text) => json(text),
            Err(response) => whole(response),
        },
    )
}

fn parse_body(body: &[u8]) -> Result<JqBody> {
    serde_json::from_slice(body).map_err(|error| {
        Error::new(
            ErrorCode::BadRequest,
            format!("the body is not a jq request with `jq` and `query`: {error}"),
        )
    })
}

/// The response itself.
fn whole(response: engine::Response) -> Response {
    let status = response.error_list().first().map_or(StatusCode::OK, status_of);
    reply(status, Format::Json, response)
}

fn json(text: Bytes) -> Response {
    let mut reply = Response::new(Body::from(text));
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}
