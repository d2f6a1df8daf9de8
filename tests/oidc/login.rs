//! The login for the admin page, from the browser's side: the engine's endpoints before a real provider.

use std::net::SocketAddr;

use hugr_auth::{Identity, RoleName};
use hugr_core::{HugrEngine, Request};
use hugr_tests::services::OidcProvider;
use reqwest::Url;
use serde_json::Value;

use crate::browser::{Browser, next};
use crate::{Outcome, settings};

/// An engine on a free port, with a login through `provider`.
async fn serve(provider: &OidcProvider) -> Outcome<Url> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let site: Url = format!("http://{}", listener.local_addr()?).parse()?;
    let mut settings = settings(provider.issuer());
    settings.anonymous_role = None;
    let oidc = settings.oidc.as_mut().ok_or("no provider")?;
    oidc.redirect_url = Some(site.join("/auth/callback")?.into());
    oidc.scopes.push("offline_access".to_owned());
    let engine = HugrEngine::builder().with_auth_settings(settings).build().await?;
    let admin = Identity::anonymous(RoleName::new("admin"));
    let insert = "mutation { core { insert_roles(data: {name: \"editor\", description: \"\"}) { name } } }";
    let response = engine.execute(Request::new(insert), &admin).await;
    assert!(response.is_ok(), "{:?}", response.error_list());
    let service = engine
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(site)
}

const QUERY: &str = "/query?query=%7B__typename%7D";

#[tokio::test]
async fn a_browser_logs_in_stays_logged_in_and_logs_out() -> Outcome {
    let provider = OidcProvider::start()?;
    let site = serve(&provider).await?;
    let mut browser = Browser::new()?;

    // The admin page sends the browser to the login, and that to the provider.
    let admin = site.join("/admin")?;
    let asked = browser.open(&admin).await?;
    let login = next(&admin, &asked)?.ok_or("the admin page asks for no login")?;
    assert_eq!(login.path(), "/auth/login");
    let begun = browser.open(&login).await?;
    let cookie = begun.headers()["set-cookie"].to_str()?.to_owned();
    assert!(
        cookie.contains("HttpOnly; SameSite=Lax") && cookie.contains("Path=/auth"),
        "{cookie}"
    );
    let at_provider = next(&login, &begun)?.ok_or("the login leads nowhere")?;
    let asked_for = at_provider.query().unwrap_or_default();
    assert!(asked_for.contains("code_challenge_method=S256"), "{asked_for}");

    // There it logs in, and comes back with a code.
    let callback = browser.log_in(at_provider, "ada", "/auth/callback").await?;
    assert_eq!(callback.port(), site.port());
    let done = browser.open(&callback).await?;
    assert_eq!(
        next(&callback, &done)?.ok_or(done.text().await?)?.path(),
        "/admin"
    );
    let token = browser
        .cookie(&site, "hugr_session")
        .unwrap_or_default()
        .to_owned();
    assert!(!token.is_empty());

    // Logged in: the page and queries answer.
    assert_eq!(browser.open(&admin).await?.status(), 200);
    let answer: Value = browser.open(&site.join(QUERY)?).await?.json().await?;
    assert_eq!(answer["data"]["__typename"], "Query", "{answer}");
    let mutation = "/query?query=mutation%7B__typename%7D";
    let answer: Value = browser.open(&site.join(mutation)?).await?.json().await?;
    assert!(
        answer["errors"][0]["message"].to_string().contains("POST"),
        "{answer}"
    );

    // The code is good once: the browser's pending login is gone.
    assert_eq!(browser.open(&callback).await?.status(), 401);

    // Silent renewal brings another token.
    let renewed = browser.post(&site.join("/auth/refresh")?, "").await?;
    assert_eq!(renewed.status(), 200, "{}", renewed.text().await?);
    assert_ne!(browser.cookie(&site, "hugr_session").unwrap_or_default(), token);

    // Logged out: nothing is left.
    let end = site.join("/auth/logout")?;
    let left = browser.open(&end).await?;
    let at_provider = next(&end, &left)?.ok_or("the logout leads nowhere")?;
    assert!(
        at_provider.as_str().starts_with(provider.issuer()),
        "{at_provider}"
    );
    assert_eq!(browser.open(&site.join(QUERY)?).await?.status(), 401);
    assert_eq!(
        browser.post(&site.join("/auth/refresh")?, "").await?.status(),
        401
    );
    Ok(())
}

#[tokio::test]
async fn a_callback_of_another_login_is_refused() -> Outcome {
    let provider = OidcProvider::start()?;
    let site = serve(&provider).await?;
    let login = site.join("/auth/login?return_to=//evil.example")?;

    let mut attacker = Browser::new()?;
    let begun = attacker.open(&login).await?;
    let at_provider = next(&login, &begun)?.ok_or("the login leads nowhere")?;
    let callback = attacker.log_in(at_provider, "mallory", "/auth/callback").await?;

    // The victim is made to open the attacker's callback.
    let mut victim = Browser::new()?;
    assert_eq!(victim.open(&callback).await?.status(), 401);
    victim.open(&login).await?;
    let refused = victim.open(&callback).await?;
    assert_eq!(refused.status(), 401);
    assert_eq!(victim.cookie(&site, "hugr_session"), None);

    // A login ends on this site, whatever the link asked for.
    let done = attacker.open(&callback).await?;
    assert_eq!(next(&callback, &done)?, Some(site.join("/")?));
    Ok(())
}

#[tokio::test]
async fn applications_learn_where_to_log_in() -> Outcome {
    let provider = OidcProvider::start()?;
    let site = serve(&provider).await?;
    let mut browser = Browser::new()?;
    let config: Value = browser.open(&site.join("/auth/config")?).await?.json().await?;
    assert_eq!(config["issuer"], provider.issuer());
    assert_eq!(config["client_id"], "hugr");
    Ok(())
}
