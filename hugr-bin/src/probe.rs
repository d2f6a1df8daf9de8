//! What operators and load balancers ask a program: whether it lives, whether it is ready, how it fares.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

/// Tells whether a program can do its work, and if not, why. Cheap: it is asked often.
#[derive(Clone)]
pub struct Readiness(Arc<dyn Fn() -> Result<(), String> + Send + Sync>);

impl Readiness {
    /// Returns the readiness that `ask` tells.
    #[must_use]
    pub fn new(ask: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Readiness").field(&(self.0)()).finish()
    }
}

/// Returns the routes `/health` (200 while the process runs), `/ready` (503 with the reason until it can work) and
/// `/metrics` (Prometheus' text).
pub fn routes(readiness: Readiness, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/health", get(async || "OK"))
        .route("/ready", get(async move || ready(&readiness)))
        .route("/metrics", get(async move || metrics.render()))
}

fn ready(readiness: &Readiness) -> (StatusCode, String) {
    match (readiness.0)() {
        Ok(()) => (StatusCode::OK, "OK".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tower::ServiceExt;

    use super::*;

    async fn status(router: &Router, path: &str) -> StatusCode {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn readiness_is_not_health() {
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let router = routes(
            Readiness::new(|| Err("no sources yet".to_owned())),
            metrics.clone(),
        );
        assert_eq!(status(&router, "/health").await, StatusCode::OK);
        assert_eq!(status(&router, "/ready").await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status(&router, "/metrics").await, StatusCode::OK);
        let router = routes(Readiness::new(|| Ok(())), metrics);
        assert_eq!(status(&router, "/ready").await, StatusCode::OK);
    }
}
