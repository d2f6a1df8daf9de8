//! What browsers are told: pages of other origins, and pages that ask for a login elsewhere.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use hugr_auth::settings::LoginSettings;
use hugr_auth::{AuthSettings, Secret};
use hugr_core::HugrEngine;
use hugr_core::http::{CorsOptions, RouterOptions};
use tower::ServiceExt as _;

use super::{KEY, KEY_HEADER, Outcome};

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// Asks an engine that lets nobody in without the key, for pages of `origins`; returns status and headers.
async fn ask(origins: &[&str], method: Method, headers: &[(&str, &str)]) -> Outcome<(StatusCode, HeaderMap)> {
    let settings = AuthSettings {
        secret_key: Some(Secret::new(KEY)),
        login: LoginSettings {
            login_url: Some("https://login.example/start?app=hugr".to_owned()),
            redirect_url: Some("https://hugr.example".to_owned()),
            redirect_login_paths: words(&["/admin"]),
        },
        ..AuthSettings::closed()
    };
    let engine = HugrEngine::builder().with_auth_settings(settings).build().await?;
    let cors = CorsOptions::new(
        &words(origins),
        &words(&["Content-Type", "X-A"]),
        &words(&["GET", "POST"]),
    );
    let router = engine.router_with(RouterOptions::default().with_cors(cors));
    let mut request = Request::builder().method(method).uri("/admin");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let reply = router.oneshot(request.body(Body::empty())?).await?;
    Ok((reply.status(), reply.headers().clone()))
}

fn told<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[tokio::test]
async fn listed_origins_may_call_with_credentials() -> Outcome {
    let origins = ["https://app.example", "https://other.example/"];
    let (status, headers) = ask(&origins, Method::OPTIONS, &[("origin", "https://other.example")]).await?;
    assert_eq!(
        status,
        StatusCode::NO_CONTENT,
        "the question needs no credentials"
    );
    assert_eq!(
        told(&headers, "access-control-allow-origin"),
        "https://other.example"
    );
    assert_eq!(told(&headers, "access-control-allow-credentials"), "true");
    assert_eq!(
        told(&headers, "access-control-allow-headers"),
        "Content-Type, X-A"
    );
    assert_eq!(told(&headers, "access-control-allow-methods"), "GET, POST");
    assert_eq!(told(&headers, "vary"), "origin");

    let page = [("origin", "https://app.example"), (KEY_HEADER, KEY)];
    let (status, headers) = ask(&origins, Method::GET, &page).await?;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        told(&headers, "access-control-allow-origin"),
        "https://app.example"
    );
    Ok(())
}

#[tokio::test]
async fn other_origins_may_not() -> Outcome {
    let page = [("origin", "https://evil.example"), (KEY_HEADER, KEY)];
    let (_, headers) = ask(&["https://app.example"], Method::GET, &page).await?;
    assert_eq!(told(&headers, "access-control-allow-origin"), "");
    assert_eq!(told(&headers, "access-control-allow-credentials"), "");
    Ok(())
}

#[tokio::test]
async fn every_origin_may_call_without_cookies() -> Outcome {
    let page = [("origin", "https://any.example"), (KEY_HEADER, KEY)];
    let (_, headers) = ask(&["*"], Method::GET, &page).await?;
    assert_eq!(told(&headers, "access-control-allow-origin"), "*");
    assert_eq!(told(&headers, "access-control-allow-credentials"), "");
    Ok(())
}

#[tokio::test]
async fn who_is_not_logged_in_is_sent_to_the_configured_login() -> Outcome {
    let (status, headers) = ask(&[], Method::GET, &[]).await?;
    assert_eq!(status, StatusCode::FOUND);
    assert_eq!(
        told(&headers, "location"),
        "https://login.example/start?app=hugr&redirect_uri=https%3A//hugr.example/admin"
    );
    let (status, _) = ask(&[], Method::GET, &[(KEY_HEADER, KEY)]).await?;
    assert_eq!(status, StatusCode::OK);
    Ok(())
}
