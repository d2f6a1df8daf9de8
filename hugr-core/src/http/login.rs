//! The login of browsers: `/auth/config`, `/auth/login`, `/auth/callback`, `/auth/refresh`, `/auth/logout`.
//!
//! A browser keeps three cookies, none of which its scripts can read: the token, what renews it (sealed, sent to `/auth`
//! only), and what a login that has begun needs (sealed, for ten minutes).

use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hugr_auth::oidc::login::{Callback, LOGIN_TIME, Login, Session};
use hugr_auth::{AuthError, Credentials};
use serde::Deserialize;
use serde_json::json;

use super::arrival::Arrival;
use super::caller::Caller;
use super::graphql::status_of;
use super::router::AppState;
use crate::engine::auth::error_of;
use crate::error::ErrorCode;

const CALLBACK_PATH: &str = "/auth/callback";
const LOGIN_PATH: &str = "/auth/login";
const ADMIN_PATH: &str = "/admin";

/// Cookie of a login that has begun.
const PENDING_COOKIE: &str = "hugr_login";
/// Added to the name of the token's cookie: that of what renews it.
const RENEWAL_SUFFIX: &str = "_renewal";
/// How long a browser keeps what renews a token; the provider may end it earlier.
const RENEWAL_SECONDS: u64 = 30 * 24 * 3600;

#[derive(Deserialize)]
pub(super) struct LoginParameters {
    return_to: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CallbackParameters {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// `GET /auth/config`: what an application needs to log in by itself.
pub(super) async fn config(State(state): State<AppState>) -> Response {
    let authentication = state.engine.authentication();
    let Some(login) = &authentication.login else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (issuer, client_id) = login.issuer_and_client();
    axum::Json(json!({"issuer": issuer, "client_id": client_id, "login_path": LOGIN_PATH})).into_response()
}

/// `GET /auth/login`: sends the browser to the provider.
pub(super) async fn begin(
    State(state): State<AppState>,
    arrival: Arrival,
    Query(parameters): Query<LoginParameters>,
) -> Response {
    let authentication = state.engine.authentication();
    let Some(login) = &authentication.login else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let site = Site::of(login, &arrival);
    let return_to = parameters.return_to.as_deref().unwrap_or(ADMIN_PATH);
    match login.begin(&site.callback_url, return_to).await {
        Ok(begun) => {
            let cookie = site.cookie(
                PENDING_COOKIE,
                &begun.sealed,
                "/auth",
                "Lax",
                LOGIN_TIME.as_secs(),
            );
            redirect(&begun.location, [cookie])
        }
        Err(error) => refused(&error, []),
    }
}

/// `GET /auth/callback`: where the provider sends the browser back to.
pub(super) async fn finish(
    State(state): State<AppState>,
    arrival: Arrival,
    headers: HeaderMap,
    Query(parameters): Query<CallbackParameters>,
) -> Response {
    let authentication = state.engine.authentication();
    let Some(login) = &authentication.login else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let site = Site::of(login, &arrival);
    let forget = site.cookie(PENDING_COOKIE, "", "/auth", "Lax", 0);
    let callback = Callback {
        code: parameters.code,
        state: parameters.state,
        error: parameters.error,
    };
    let pending = Credentials::from_headers(&headers)
        .cookie(PENDING_COOKIE)
        .unwrap_or_default();
    match login.finish(pending, &callback).await {
        Ok(session) => {
            let mut cookies = site.session_cookies(login, &session);
            cookies.push(forget);
            redirect(&session.return_to, cookies)
        }
        Err(error) => refused(&error, [forget]),
    }
}

/// `POST /auth/refresh`: the next token, without a page.
pub(super) async fn refresh(State(state): State<AppState>, arrival: Arrival, headers: HeaderMap) -> Response {
    let authentication = state.engine.authentication();
    let Some(login) = &authentication.login else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let site = Site::of(login, &arrival);
    let (name, _) = renewal_of(login.cookie_name());
    let sealed = Credentials::from_headers(&headers)
        .cookie(&name)
        .unwrap_or_default();
    match login.renew(sealed).await {
        Ok(session) => {
            let lasts = session.lasts.as_secs();
            let answer = axum::Json(json!({"expires_in": lasts})).into_response();
            with_cookies(answer, site.session_cookies(login, &session))
        }
        Err(error @ AuthError::Unavailable { .. }) => refused(&error, []),
        Err(error) => refused(&error, site.no_session(login)),
    }
}

/// `GET` or `POST /auth/logout`: forgets the login here, then at the provider.
pub(super) async fn end(State(state): State<AppState>, arrival: Arrival) -> Response {
    let authentication = state.engine.authentication();
    let Some(login) = &authentication.login else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let site = Site::of(login, &arrival);
    let home = site
        .callback_url
        .strip_suffix(CALLBACK_PATH)
        .map(|site| format!("{site}/"));
    let location = login.logout_location(home.as_deref()).await;
    redirect(location.as_deref().unwrap_or("/"), site.no_session(login))
}

/// Sends browsers that are not logged in to the login, where one is configured; other requests go on.
pub(super) async fn ask_for_login(
    State(state): State<AppState>,
    caller: Caller,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let Some(location) = login_location(&state, request.method(), request.uri(), request.headers()) else {
        return next.run(request).await;
    };
    match caller.identify(&state.engine, request.headers()).await {
        Err(error) if error.code() == ErrorCode::Unauthenticated => redirect(&location, []),
        _ => next.run(request).await,
    }
}

/// Returns where a browser without credentials is sent from this place, if it is.
fn login_location(state: &AppState, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<String> {
    if method != Method::GET {
        return None;
    }
    let authentication = state.engine.authentication();
    let path = uri.path();
    let elsewhere = &authentication.elsewhere;
    if let Some(url) = &elsewhere.login_url
        && elsewhere
            .redirect_login_paths
            .iter()
            .any(|end| path.ends_with(end.as_str()))
    {
        let back = format!("{}{path}", elsewhere.redirect_url.as_deref().unwrap_or_default());
        let separator = if url.contains('?') { '&' } else { '?' };
        return Some(format!("{url}{separator}redirect_uri={}", escaped(&back)));
    }
    let is_page = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let is_asked_for = authentication.login.as_ref()?.redirect_url().is_some();
    (is_asked_for && is_page && path == ADMIN_PATH)
        .then(|| format!("{LOGIN_PATH}?return_to={}", escaped(ADMIN_PATH)))
}

/// How browsers reach this service.
struct Site {
    callback_url: String,
    is_secure: bool,
}

impl Site {
    /// Returns the address of the settings, else the one that the request was sent to. A caller who makes up the host
    /// deceives nobody but itself: the provider sends browsers only to addresses that it knows.
    fn of(login: &Login, arrival: &Arrival) -> Self {
        let configured = login.redirect_url().map(str::to_owned);
        Self::at(configured.unwrap_or_else(|| callback_url_of(arrival)))
    }

    fn at(callback_url: String) -> Self {
        Self {
            is_secure: callback_url.starts_with("https://"),
            callback_url,
        }
    }

    fn cookie(&self, name: &str, value: &str, path: &str, same_site: &str, seconds: u64) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}")
    }

    fn session_cookies(&self, login: &Login, session: &Session) -> Vec<String> {
        let name = login.cookie_name();
        let mut cookies = vec![self.cookie(name, &session.token, "/", "Lax", session.lasts.as_secs())];
        if let Some(sealed) = &session.sealed_renewal {
            let (name, path) = renewal_of(name);
            cookies.push(self.cookie(&name, sealed, path, "Strict", RENEWAL_SECONDS));
        }
        cookies
    }

    fn no_session(&self, login: &Login) -> Vec<String> {
        let name = login.cookie_name();
        let (renewal, path) = renewal_of(name);
        vec![
            self.cookie(name, "", "/", "Lax", 0),
            self.cookie(&renewal, "", path, "Strict", 0),
        ]
    }
}

fn callback_url_of(arrival: &Arrival) -> String {
    let scheme = if arrival.is_encrypted { "https" } else { "http" };
    let host = arrival.host.as_deref().unwrap_or("localhost");
    format!("{scheme}://{host}{CALLBACK_PATH}")
}

/// Returns the cookie that renews the token in the cookie `name`, and where it is sent. Browsers take names with `__Host-` for
/// the whole site only.
fn renewal_of(name: &str) -> (String, &'static str) {
    let path = if name.starts_with("__Host-") { "/" } else { "/auth" };
    (format!("{name}{RENEWAL_SUFFIX}"), path)
}

fn redirect(location: &str, cookies: impl IntoIterator<Item = String>) -> Response {
    let Ok(location) = HeaderValue::try_from(location) else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(LOCATION, location);
    with_cookies(response, cookies)
}

fn refused(error: &AuthError, cookies: impl IntoIterator<Item = String>) -> Response {
    let error = error_of(error);
    with_cookies(
        (status_of(&error), error.public_message().to_owned()).into_response(),
        cookies,
    )
}

fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = String>) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    response
}

/// Returns text as it may stand in a URL's query.
fn escaped(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| match is_plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_closed_to_scripts_and_other_sites() {
        let site = Site::at("https://hugr.example/auth/callback".to_owned());
        assert_eq!(
            site.cookie("hugr_session", "token", "/", "Lax", 600),
            "hugr_session=token; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn cookies_are_secure_where_browsers_come_by_https() {
        for is_encrypted in [false, true] {
            let arrival = Arrival {
                peer: None,
                host: Some("hugr.example".to_owned()),
                is_encrypted,
            };
            let site = Site::at(callback_url_of(&arrival));
            assert!(site.callback_url.ends_with("://hugr.example/auth/callback"));
            let cookie = site.cookie("hugr_session", "token", "/", "Lax", 600);
            assert_eq!(cookie.ends_with("; Secure"), is_encrypted, "{cookie}");
        }
    }

    #[test]
    fn renewal_is_sent_to_the_login_alone_where_the_name_allows_it() {
        assert_eq!(
            renewal_of("hugr_session"),
            ("hugr_session_renewal".to_owned(), "/auth")
        );
        assert_eq!(renewal_of("__Host-hugr"), ("__Host-hugr_renewal".to_owned(), "/"));
    }

    #[test]
    fn text_is_escaped_for_queries() {
        assert_eq!(escaped("https://a/b?c=d&e"), "https%3A//a/b%3Fc%3Dd%26e");
    }
}
