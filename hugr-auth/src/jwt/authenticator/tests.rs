mod samples;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderMap;
use jsonwebtoken::Algorithm::{self, *};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use self::samples::{claims, seconds, token};
use super::*;
use crate::secret::Secret;
use crate::testsuite::{AuthenticatorCases, check_authenticator, headers};

fn with_key(public_key: &str) -> JwtSettings {
    JwtSettings {
        public_key: Some(public_key.to_owned()),
        ..JwtSettings::default()
    }
}

fn with_secret() -> JwtSettings {
    JwtSettings {
        secret: Some(Secret::new(samples::SHARED)),
        ..JwtSettings::default()
    }
}

fn bearer(token: &str) -> HeaderMap {
    headers(&[("authorization", &format!("Bearer {token}"))])
}

async fn ask(settings: &JwtSettings, headers: &HeaderMap) -> Result<Option<Identity>, AuthError> {
    let jwt = Jwt::new("issuer", settings).unwrap();
    jwt.authenticate(&Credentials::from_headers(headers)).await
}

async fn role_of(settings: &JwtSettings, algorithm: Algorithm, more: &Value) -> Result<String, AuthError> {
    let token = token(algorithm, None, &claims(more));
    let identity = ask(settings, &bearer(&token)).await?;
    Ok(identity
        .map(|identity| identity.role.as_str().to_owned())
        .unwrap_or_default())
}

fn is_rejected(outcome: &Result<String, AuthError>, reason: &str) -> bool {
    matches!(outcome, Err(AuthError::Rejected { reason: told, .. }) if told.contains(reason))
}

#[tokio::test]
async fn keeps_the_contract() {
    let jwt = Jwt::new(
        "issuer",
        &JwtSettings {
            cookie_name: Some("session".to_owned()),
            ..with_key(samples::P256)
        },
    )
    .unwrap();
    let good = token(ES256, None, &claims(&json!({})));
    let other = token(ES384, None, &claims(&json!({})));
    let role = RoleName::new("editor");
    let cases = AuthenticatorCases::default()
        .accepts(bearer(&good), role.clone())
        .accepts(headers(&[("cookie", &format!("a=b; session={good}"))]), role)
        .rejects(bearer(&other))
        .rejects(bearer("no-token"))
        .rejects(bearer(&token(
            ES256,
            None,
            &claims(&json!({"exp": seconds(-3600)})),
        )))
        .ignores(bearer(""))
        .ignores(headers(&[
            ("authorization", "Basic YTpi"),
            ("cookie", &format!("other={good}")),
        ]));
    check_authenticator(&jwt, &cases).await;
}

#[tokio::test]
async fn every_algorithm_with_every_form_of_key() {
    let rsa = [RS256, RS384, RS512, PS256, PS384, PS512];
    let cases: [(&str, &[Algorithm]); 9] = [
        (samples::RSA, &rsa),
        (samples::RSA_PKCS1, &rsa),
        (samples::RSA_SSH, &rsa),
        (samples::P256, &[ES256]),
        (samples::P256_SSH, &[ES256]),
        (samples::P384, &[ES384]),
        (samples::P384_SSH, &[ES384]),
        (samples::ED25519, &[EdDSA]),
        (samples::ED25519_SSH, &[EdDSA]),
    ];
    for (key, algorithms) in cases {
        for form in [key.to_owned(), STANDARD.encode(key)] {
            for algorithm in algorithms {
                let role = role_of(&with_key(&form), *algorithm, &json!({})).await;
                assert_eq!(role.unwrap(), "editor", "{algorithm:?} with {form}");
            }
        }
    }
    for algorithm in [RS256, ES256, ES384, EdDSA] {
        let role = role_of(&with_key(samples::JWKS), algorithm, &json!({})).await;
        assert_eq!(role.unwrap(), "editor", "{algorithm:?}");
    }
    for algorithm in [HS256, HS384, HS512] {
        assert_eq!(
            role_of(&with_secret(), algorithm, &json!({})).await.unwrap(),
            "editor"
        );
    }
}

#[tokio::test]
async fn a_key_of_a_set_signs_with_its_own_algorithm_only() {
    let outcome = role_of(&with_key(samples::JWKS), RS512, &json!({})).await;
    assert!(is_rejected(&outcome, "no configured key"), "{outcome:?}");
    let foreign = token(ES256, Some("unknown"), &claims(&json!({})));
    let outcome = ask(&with_key(samples::JWKS), &bearer(&foreign)).await;
    assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
}

#[tokio::test]
async fn tokens_without_signature_are_refused() {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for algorithm in ["none", "None", "NONE", "HS256", "ES256"] {
        let unsigned = format!(
            "{}.{}.",
            part(json!({"typ": "JWT", "alg": algorithm})),
            part(claims(&json!({})))
        );
        for settings in [with_key(samples::P256), with_secret()] {
            let outcome = ask(&settings, &bearer(&unsigned)).await;
            assert!(
                matches!(outcome, Err(AuthError::Rejected { .. })),
                "{algorithm}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_public_key_is_not_a_shared_secret() {
    for (key, secret) in [
        (samples::RSA, samples::RSA),
        (samples::P256, samples::P256),
        (samples::P256, samples::P256.trim()),
    ] {
        let signed = encode(
            &Header::new(HS256),
            &claims(&json!({})),
            &EncodingKey::from_secret(secret.as_bytes()),
        );
        let outcome = ask(&with_key(key), &bearer(&signed.unwrap())).await;
        assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn tampered_tokens_are_refused() {
    let good = token(ES256, None, &claims(&json!({})));
    let parts: Vec<&str> = good.split('.').collect();
    let admin = URL_SAFE_NO_PAD.encode(claims(&json!({"x-hugr-role": "admin"})).to_string());
    let changed_claims = format!("{}.{admin}.{}", parts[0], parts[2]);
    let cut = &good[..good.len() - 4];
    let extended = format!("{good}.more");
    for tampered in [changed_claims.as_str(), cut, extended.as_str()] {
        let outcome = ask(&with_key(samples::P256), &bearer(tampered)).await;
        assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
    }
    let mut header = Header::new(ES256);
    header.crit = Some(vec!["b64".to_owned()]);
    let key = EncodingKey::from_ec_pem(samples::P256_PRIVATE.as_bytes()).unwrap();
    let critical = encode(&header, &claims(&json!({})), &key).unwrap();
    let outcome = ask(&with_key(samples::P256), &bearer(&critical)).await;
    assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
}

#[tokio::test]
async fn times_are_checked_with_the_leeway() {
    let settings = with_key(samples::P256);
    for within in [
        json!({"exp": seconds(-30)}),
        json!({"nbf": seconds(30)}),
        json!({"exp": null}),
    ] {
        let outcome = role_of(&settings, ES256, &within).await;
        assert_eq!(
            outcome.is_ok(),
            within.get("exp") != Some(&Value::Null),
            "{within}"
        );
    }
    let outcome = role_of(&settings, ES256, &json!({"exp": seconds(-90)})).await;
    assert!(matches!(outcome, Err(AuthError::Expired { .. })), "{outcome:?}");
    let outcome = role_of(&settings, ES256, &json!({"nbf": seconds(90)})).await;
    assert!(is_rejected(&outcome, "`nbf`"), "{outcome:?}");
    let outcome = role_of(&settings, ES256, &json!({"exp": "tomorrow"})).await;
    assert!(is_rejected(&outcome, "`exp`"), "{outcome:?}");
}

#[tokio::test]
async fn issuer_and_audience_are_checked_where_configured() {
    let settings = JwtSettings {
        issuer: Some("https://issuer.example".to_owned()),
        audiences: vec!["hugr".to_owned(), "tools".to_owned()],
        ..with_key(samples::P256)
    };
    let token = |iss: &str, aud: Value| json!({"iss": iss, "aud": aud});
    for audience in [json!("tools"), json!(["x", "hugr"])] {
        let outcome = role_of(&settings, ES256, &token("https://issuer.example", audience)).await;
        assert_eq!(outcome.unwrap(), "editor");
    }
    let outcome = role_of(&settings, ES256, &token("https://other.example", json!("hugr"))).await;
    assert!(is_rejected(&outcome, "`iss`"), "{outcome:?}");
    for audience in [json!("other"), json!([]), json!({}), Value::Null] {
        let outcome = role_of(&settings, ES256, &token("https://issuer.example", audience)).await;
        assert!(is_rejected(&outcome, "`aud`"), "{outcome:?}");
    }
    let unchecked = role_of(&with_key(samples::P256), ES256, &token("any", json!("any"))).await;
    assert_eq!(unchecked.unwrap(), "editor");
}

#[tokio::test]
async fn the_role_comes_from_claim_header_or_scope() {
    let settings = JwtSettings {
        role_header: Some("x-role".to_owned()),
        ..with_key(samples::P256)
    };
    let none = token(
        ES256,
        None,
        &claims(&json!({"x-hugr-role": null, "scopes": ["openid", "hugr:scoped"]})),
    );
    let mut with_header = bearer(&none);
    with_header.insert("x-role", http::HeaderValue::from_static("told"));
    let told = ask(&settings, &with_header).await.unwrap().unwrap();
    assert_eq!(told.role.as_str(), "told");
    let scoped = ask(&settings, &bearer(&none)).await.unwrap().unwrap();
    assert_eq!(scoped.role.as_str(), "scoped");
    let outcome = role_of(&settings, ES256, &json!({"x-hugr-role": null})).await;
    assert!(is_rejected(&outcome, "no role"), "{outcome:?}");
}

#[tokio::test]
async fn claims_make_the_identity() {
    let settings = JwtSettings {
        issuer: Some("me".to_owned()),
        ..with_key(samples::P256)
    };
    let token = token(
        ES256,
        None,
        &claims(&json!({"iss": "me", "tenant": "t1", "level": 3})),
    );
    let identity = ask(&settings, &bearer(&token)).await.unwrap().unwrap();
    assert_eq!(
        (
            identity.auth_type,
            &*identity.provider,
            &*identity.user_id,
            &*identity.user_name
        ),
        ("jwt", "me", "u-1", "Ada")
    );
    assert_eq!(identity.claims.get("tenant"), Some(&json!("t1")));
    assert_eq!(identity.claims.get("level"), Some(&json!(3)));
}

#[test]
fn unusable_keys_are_refused_and_not_shown() {
    let private = samples::P256_PRIVATE.to_owned();
    let cases = [
        (with_key(&private), "private key"),
        (with_key("secret text"), "PEM public key"),
        (with_key("ssh-dss AAAAB3NzaC1kc3M="), "ssh-dss"),
        (with_key("{}"), "JWK"),
        (JwtSettings::default(), "neither"),
        (
            JwtSettings {
                secret: Some(Secret::new("short")),
                ..JwtSettings::default()
            },
            "32 bytes",
        ),
    ];
    for (settings, reason) in cases {
        let error = Jwt::new("issuer", &settings).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains("issuer"), "{error}");
        assert!(
            !error.contains("secret text") && !error.contains("MIG"),
            "{error}"
        );
    }
}
