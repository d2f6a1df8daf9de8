//! The engine as an [`async_graphql::Executor`], so that a host mounts it with that library's integrations.

use async_graphql::{ErrorExtensionValues, PathSegment, Pos, ServerError};
use futures::stream::{self, BoxStream, StreamExt};
use http::HeaderMap;
use hugr_auth::{Credentials, Identity};

use super::HugrEngine;
use super::request::{Request, Response};
use crate::error::{Error, ErrorCode};

/// The identity is the [`Identity`] in the request's data when the host put one there; else the engine's own
/// authentication is asked, with the `http::HeaderMap` in the request's data or without any header.
impl async_graphql::Executor for HugrEngine {
    async fn execute(&self, mut request: async_graphql::Request) -> async_graphql::Response {
        let identity = match identity(self, &request).await {
            Ok(identity) => identity,
            Err(error) => return converted(Response::errors(vec![error])),
        };
        let variables = std::mem::take(&mut request.variables);
        let variables = match async_graphql::Value::from(variables).into_json() {
            Ok(serde_json::Value::Object(variables)) => variables,
            Ok(_) => serde_json::Map::new(),
            Err(error) => {
                let error = Error::new(
                    ErrorCode::BadRequest,
                    format!("the variables are not JSON: {error}"),
                );
                return converted(Response::errors(vec![error]));
            }
        };
        let request = Request {
            query: request.query,
            operation_name: request.operation_name,
            variables: variables.into(),
            ..Request::default()
        };
        converted(self.execute(request, &identity).await)
    }

    fn execute_stream(
        &self,
        request: async_graphql::Request,
        _session_data: Option<std::sync::Arc<async_graphql::Data>>,
    ) -> BoxStream<'static, async_graphql::Response> {
        let engine = self.clone();
        stream::once(async move { async_graphql::Executor::execute(&engine, request).await }).boxed()
    }
}

async fn identity(engine: &HugrEngine, request: &async_graphql::Request) -> Result<Identity, Error> {
    let data = |wanted| request.data.get(&wanted);
    if let Some(identity) =
        data(std::any::TypeId::of::<Identity>()).and_then(|value| value.downcast_ref::<Identity>())
    {
        return Ok(identity.clone());
    }
    let none = HeaderMap::new();
    let headers = data(std::any::TypeId::of::<HeaderMap>())
        .and_then(|value| value.downcast_ref::<HeaderMap>())
        .unwrap_or(&none);
    let identity = engine.authenticate(&Credentials::from_headers(headers)).await?;
    engine.impersonated(identity, headers)
}

fn converted(response: Response) -> async_graphql::Response {
    let errors: Vec<_> = response.error_list().iter().map(server_error).collect();
    if !errors.is_empty() {
        return async_graphql::Response::from_errors(errors);
    }
    let text = response.into_json_text();
    let Ok(mut answer) = serde_json::from_str::<serde_json::Value>(&text) else {
        return async_graphql::Response::from_errors(vec![ServerError::new("internal error", None)]);
    };
    let mut member = |name: &str| answer.get_mut(name).map(serde_json::Value::take);
    let data = member("data").and_then(|data| async_graphql::Value::from_json(data).ok());
    let extensions = member("extensions").and_then(|all| async_graphql::Value::from_json(all).ok());
    match (data, extensions) {
        (Some(data), Some(async_graphql::Value::Object(extensions))) => {
            let mut response = async_graphql::Response::new(data);
            response.extensions = extensions
                .into_iter()
                .map(|(name, value)| (name.to_string(), value))
                .collect();
            response
        }
        (Some(data), _) => async_graphql::Response::new(data),
        (None, _) => async_graphql::Response::from_errors(vec![ServerError::new("internal error", None)]),
    }
}

fn server_error(error: &Error) -> ServerError {
    let mut shown = ServerError::new(error.public_message(), None);
    shown.locations = error
        .locations()
        .iter()
        .map(|place| Pos {
            line: place.line,
            column: place.column,
        })
        .collect();
    shown.path = error.path().iter().cloned().map(PathSegment::Field).collect();
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", error.code().as_str());
    shown.extensions = Some(extensions);
    shown
}
