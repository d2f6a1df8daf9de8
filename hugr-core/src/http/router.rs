//! Which path leads where.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use super::cors::CorsOptions;
use super::peer::ProxyNetwork;
use super::{admin, cors, graphql, jq, login};
use crate::engine::HugrEngine;

/// Largest request body, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Smaller answers fit into a packet as they are, so that compressing them only costs time.
const MIN_COMPRESSED_BYTES: u16 = 1024;

/// Returns the text of `/metrics`.
type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;

/// Says whether the process, beside its engine, is ready.
type ReadyCheck = Arc<dyn Fn() -> bool + Send + Sync>;

/// What a host adds to the endpoints of its engine.
#[derive(Clone, Default)]
pub struct RouterOptions {
    metrics: Option<MetricsText>,
    ready: Option<ReadyCheck>,
    cors: Option<Arc<CorsOptions>>,
    proxies: Arc<[ProxyNetwork]>,
}

impl fmt::Debug for RouterOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterOptions")
            .field("metrics", &self.metrics.is_some())
            .finish_non_exhaustive()
    }
}

impl RouterOptions {
    /// Serves what `text` returns, in Prometheus' text format, at `/metrics`.
    #[must_use]
    pub fn with_metrics(mut self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.metrics = Some(Arc::new(text));
        self
    }

    /// Says at `/ready` that the process is ready only when `is_ready` agrees too.
    #[must_use]
    pub fn with_ready_check(mut self, is_ready: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.ready = Some(Arc::new(is_ready));
        self
    }

    /// Lets pages of other origins call.
    #[must_use]
    pub fn with_cors(mut self, cors: CorsOptions) -> Self {
        self.cors = Some(Arc::new(cors));
        self
    }

    /// Believes proxies in `networks` what they tell of the clients for whom they forward: the headers `X-Forwarded-For`,
    /// `X-Forwarded-Proto` and `X-Forwarded-Host`.
    #[must_use]
    pub fn with_trusted_proxies(mut self, networks: impl IntoIterator<Item = ProxyNetwork>) -> Self {
        self.proxies = networks.into_iter().collect();
        self
    }
}

#[derive(Clone)]
pub(super) struct AppState {
    pub(super) engine: HugrEngine,
    options: RouterOptions,
}

impl AppState {
    /// Returns the networks of proxies that are believed.
    pub(super) fn proxies(&self) -> &[ProxyNetwork] {
        &self.options.proxies
    }
}

impl HugrEngine {
    /// Returns the engine's endpoints: `/query` and `/graphql`, `/jq-query`, `/admin`, `/auth/…`, `/health`, `/ready`.
    pub fn router(&self) -> Router {
        self.router_with(RouterOptions::default())
    }

    /// Returns the engine's endpoints, with what the host adds to them.
    pub fn router_with(&self, options: RouterOptions) -> Router {
        let state = AppState {
            engine: self.clone(),
            options,
        };
        let graphql = get(graphql::by_get)
            .post(graphql::by_post)
            .fallback(graphql::wrong_method);
        let cors = state.options.cors.clone();
        let router = Router::new()
            .route("/query", graphql.clone())
            .route("/graphql", graphql)
            .route("/jq-query", post(jq::by_post))
            .route("/ipc", any(graphql::not_served))
            .route("/subscribe", any(graphql::not_served))
            .route("/admin", get(admin::page))
            .layer(from_fn_with_state(state.clone(), login::ask_for_login))
            .route("/auth/config", get(login::config))
            .route("/auth/login", get(login::begin))
            .route("/auth/callback", get(login::finish))
            .route("/auth/refresh", post(login::refresh))
            .route("/auth/logout", get(login::end).post(login::end))
            .layer(CompressionLayer::new().compress_when(SizeAbove::new(MIN_COMPRESSED_BYTES)))
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .route("/health", get(|| async { "OK" }))
            .route("/ready", get(ready))
            .route("/metrics", get(metrics_text))
            .with_state(state);
        match cors {
            Some(cors) => router.layer(from_fn_with_state(cors, cors::answer)),
            None => router,
        }
    }
}

async fn ready(State(state): State<AppState>) -> Response {
    if !state.engine.is_ready() {
        return (StatusCode::SERVICE_UNAVAILABLE, "data sources are being loaded").into_response();
    }
    if state.options.ready.as_ref().is_some_and(|is_ready| !is_ready()) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "the node has not joined its cluster",
        )
            .into_response();
    }
    "OK".into_response()
}

async fn metrics_text(State(state): State<AppState>) -> Response {
    match &state.options.metrics {
        Some(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
