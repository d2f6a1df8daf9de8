//! Authentication against a real OpenID provider.

mod browser;
mod login;
mod tokens;

use std::time::{SystemTime, UNIX_EPOCH};

use hugr_auth::settings::{ClaimNames, OidcSettings};
use hugr_auth::{AuthError, AuthSettings, Authentication, Credentials, Identity, RoleName};
use hugr_tests::services::OidcProvider;
use hugr_tests::services::oidc::CLIENT_ID;
use serde_json::{Value, json};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Returns settings for `issuer` as the deployment guide has them, with anonymous access beside.
fn settings(issuer: &str) -> AuthSettings {
    AuthSettings {
        anonymous_role: Some(RoleName::new("public")),
        oidc: Some(OidcSettings {
            issuer: issuer.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            cookie_name: Some("hugr_session".to_owned()),
            claims: ClaimNames {
                role: "roles".to_owned(),
                user_id: "sub".to_owned(),
                user_name: "preferred_username".to_owned(),
            },
            ..OidcSettings::default()
        }),
        ..AuthSettings::closed()
    }
}

/// Returns claims of a token for this service that ends in `lasts` seconds, with `more`.
fn claims(provider: &OidcProvider, lasts: i64, more: Value) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or_default();
    let mut claims = json!({
        "iss": provider.issuer(), "aud": CLIENT_ID, "sub": "u-1", "preferred_username": "ada",
        "roles": ["editor", "reader"], "iat": now, "exp": now + lasts,
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut claims, more) {
        all.extend(more);
    }
    claims
}

async fn ask(authentication: &Authentication, header: &str, value: &str) -> Result<Identity, AuthError> {
    let mut headers = http::HeaderMap::new();
    if let (Ok(name), Ok(value)) = (
        http::HeaderName::try_from(header),
        http::HeaderValue::try_from(value),
    ) {
        headers.insert(name, value);
    }
    authentication
        .authenticate(&Credentials::from_headers(&headers))
        .await
}

async fn bearer(authentication: &Authentication, token: &str) -> Result<Identity, AuthError> {
    ask(authentication, "authorization", &format!("Bearer {token}")).await
}
