//! `/admin`.

use axum::extract::State;
use axum::response::Html;

use super::router::AppState;

/// A plain page to send queries from. Where the page is switched off it says so with status 200, because deployments probe
/// this path.
pub(super) async fn page(State(state): State<AppState>) -> Html<&'static str> {
    if state.engine.config().admin_ui {
        Html(include_str!("admin.html"))
    } else {
        Html("<!doctype html><title>hugr</title><p>The admin page is disabled.</p>")
    }
}
