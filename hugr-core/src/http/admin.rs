//! `/admin`.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Html;
use serde_json::Value;

use super::router::AppState;

const PAGE: &str = include_str!("admin.html");

/// What stands in the page for the URL that queries are sent to.
const QUERY_URL: &str = "\"query\"/* the URL of queries */";

/// A plain page to send queries from. Where the page is switched off it says so with status 200, because deployments probe
/// this path.
pub(super) async fn page(State(state): State<AppState>) -> Html<Cow<'static, str>> {
    let config = state.engine.config();
    if !config.admin_ui {
        return Html("<!doctype html><title>hugr</title><p>The admin page is disabled.</p>".into());
    }
    Html(match &config.admin_query_url {
        Some(url) => PAGE.replace(QUERY_URL, &script_text(url)).into(),
        None => PAGE.into(),
    })
}

/// Returns `text` as it may stand in a script of a page.
fn script_text(text: &str) -> String {
    Value::from(text).to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_url_takes_the_place_of_the_pages_own() {
        assert_eq!(PAGE.matches(QUERY_URL).count(), 1);
        let hostile = script_text("/x\"</script>");
        assert_eq!(hostile, r#""/x\"\u003c/script>""#);
    }
}
