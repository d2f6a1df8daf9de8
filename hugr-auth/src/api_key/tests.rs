use http::HeaderMap;

use super::*;
use crate::testsuite::{AuthenticatorCases, check_authenticator, headers};

const KEY: &str = "x-hugr-secret-key";
const ROLE: &str = "x-hugr-role";

fn secret_key() -> ApiKey {
    ApiKey::secret_key(&Secret::new("open sesame")).unwrap()
}

async fn authenticate(pairs: &[(&'static str, &str)]) -> Result<Option<Identity>, AuthError> {
    let headers = headers(pairs);
    secret_key()
        .authenticate(&Credentials::from_headers(&headers))
        .await
}

#[tokio::test]
async fn the_secret_key_keeps_the_contract() {
    let cases = AuthenticatorCases::default()
        .accepts(headers(&[(KEY, "open sesame")]), RoleName::new("admin"))
        .accepts(
            headers(&[(KEY, "open sesame"), (ROLE, "readonly")]),
            RoleName::new("readonly"),
        )
        .accepts(
            headers(&[(KEY, "open sesame"), (ROLE, "")]),
            RoleName::new("admin"),
        )
        .rejects(headers(&[(KEY, "open sesam")]))
        .rejects(headers(&[(KEY, "0pen sesame")]))
        .rejects(headers(&[(KEY, "")]))
        .rejects(headers(&[(KEY, "open sesame"), (KEY, "other")]))
        .rejects(headers(&[
            (KEY, "open sesame"),
            (ROLE, "public"),
            (ROLE, "admin"),
        ]))
        .ignores(HeaderMap::new())
        .ignores(headers(&[(ROLE, "admin"), ("authorization", "Bearer token")]));
    check_authenticator(&secret_key(), &cases).await;
}

#[tokio::test]
async fn a_configured_key_keeps_the_contract() {
    let key = ApiKey::new("reports", &Secret::new("k-1"), RoleName::new("readonly"))
        .unwrap()
        .with_overrides(OverrideHeaders {
            role: Some(HeaderName::from_static("x-role")),
            ..OverrideHeaders::default()
        });
    let api_key = "x-hugr-api-key";
    let cases = AuthenticatorCases::default()
        .accepts(headers(&[(api_key, "k-1")]), RoleName::new("readonly"))
        .accepts(
            headers(&[(api_key, "k-1"), (ROLE, "admin")]),
            RoleName::new("readonly"),
        )
        .accepts(
            headers(&[(api_key, "k-1"), ("x-role", "public")]),
            RoleName::new("public"),
        )
        .rejects(headers(&[(api_key, "k-2")]))
        .ignores(headers(&[(KEY, "k-1")]));
    check_authenticator(&key, &cases).await;
}

#[tokio::test]
async fn the_cluster_secret_keeps_the_contract() {
    let key = ApiKey::cluster_secret(SecretDigest::of(b"shared"));
    let cases = AuthenticatorCases::default()
        .accepts(headers(&[("x-hugr-secret", "shared")]), RoleName::new("admin"))
        .rejects(headers(&[("x-hugr-secret", "shored")]))
        .ignores(headers(&[(KEY, "shared")]));
    check_authenticator(&key, &cases).await;
}

#[tokio::test]
async fn the_bearer_is_the_user_api_by_default() {
    let identity = authenticate(&[(KEY, "open sesame")]).await.unwrap().unwrap();
    assert_eq!(
        (identity.user_id.as_str(), identity.user_name.as_str()),
        ("api", "api")
    );
    assert_eq!(
        (identity.auth_type, &*identity.provider),
        ("apiKey", "x-hugr-secret")
    );
}

#[tokio::test]
async fn override_headers_name_the_user() {
    let identity = authenticate(&[
        (KEY, "open sesame"),
        ("x-hugr-user-id", "u-17"),
        ("x-hugr-user-name", "Zoë"),
    ])
    .await
    .unwrap()
    .unwrap();
    assert_eq!(
        (identity.user_id.as_str(), identity.user_name.as_str()),
        ("u-17", "Zoë")
    );
}

#[tokio::test]
async fn an_unreadable_role_rejects_instead_of_granting_admin() {
    let mut headers = headers(&[(KEY, "open sesame")]);
    headers.insert(ROLE_HEADER, HeaderValue::from_bytes(b"read\xffonly").unwrap());
    let outcome = secret_key()
        .authenticate(&Credentials::from_headers(&headers))
        .await;
    assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
}

#[test]
fn keys_that_cannot_be_sent_are_refused() {
    for key in ["", " padded", "padded ", "two\nlines"] {
        let outcome = ApiKey::secret_key(&Secret::new(key));
        assert!(
            matches!(outcome, Err(AuthError::InvalidSettings { .. })),
            "{key:?}"
        );
    }
}

#[test]
fn debug_output_hides_the_key() {
    assert!(!format!("{:?}", secret_key()).contains("sesame"));
}
