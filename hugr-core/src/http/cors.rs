//! What browsers on pages of other origins may do (the Fetch standard's CORS protocol).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Stands for every origin.
const ANY: &str = "*";

/// How long a browser may remember what it was allowed, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// Which pages may call, and what they may send. Pages of every origin may not send cookies; listed ones may.
#[derive(Clone, Debug, Default)]
pub struct CorsOptions {
    origins: Vec<String>,
    headers: Option<HeaderValue>,
    methods: Option<HeaderValue>,
}

impl CorsOptions {
    /// Returns options for pages of `origins`, like `https://app.example`; `*` is every origin.
    ///
    /// Text that cannot stand in a header is left out: no browser sends such an origin.
    #[must_use]
    pub fn new(origins: &[String], headers: &[String], methods: &[String]) -> Self {
        let list = |items: &[String]| HeaderValue::try_from(items.join(", ")).ok();
        let origins = origins
            .iter()
            .map(|origin| origin.trim_end_matches('/').to_owned());
        Self {
            origins: origins.collect(),
            headers: list(headers),
            methods: list(methods),
        }
    }

    fn allows_any(&self) -> bool {
        self.origins.iter().any(|origin| origin == ANY)
    }

    /// Adds to a response what it means for a page of `origin`.
    fn add_to(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if self.allows_any() {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static(ANY));
            return;
        }
        headers.append(VARY, HeaderValue::from_static("origin"));
        let is_listed = |origin: &&HeaderValue| {
            self.origins
                .iter()
                .any(|listed| listed.as_bytes() == origin.as_bytes())
        };
        if let Some(origin) = origin.filter(is_listed) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

/// Answers the question of a browser whether it may call, before authentication; adds to other responses who may read them.
pub(super) async fn answer(
    State(options): State<Arc<CorsOptions>>,
    request: Request,
    next: Next,
) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    if request.method() != Method::OPTIONS {
        let mut response = next.run(request).await;
        options.add_to(response.headers_mut(), origin.as_ref());
        return response;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    options.add_to(headers, origin.as_ref());
    let lists = [
        (ACCESS_CONTROL_ALLOW_HEADERS, &options.headers),
        (ACCESS_CONTROL_ALLOW_METHODS, &options.methods),
    ];
    for (name, list) in lists {
        if let Some(list) = list {
            headers.insert(name, list.clone());
        }
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    response
}
