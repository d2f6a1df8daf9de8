use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderMap;
use serde_json::json;

use super::*;
use crate::testsuite::{AuthenticatorCases, check_authenticator, headers};

const KEY: &str = "x-hugr-api-key";

#[derive(Debug, Default)]
struct Table(BTreeMap<String, Arc<ManagedKey>>);

impl Table {
    fn with(mut self, text: &str, key: ManagedKey) -> Self {
        self.0
            .insert(SecretDigest::of(text.as_bytes()).to_hex(), Arc::new(key));
        self
    }
}

#[async_trait]
impl ApiKeyLookup for Table {
    async fn find(&self, digest: &SecretDigest) -> Result<Option<Arc<ManagedKey>>, AuthError> {
        Ok(self.0.get(&digest.to_hex()).cloned())
    }
}

fn key(name: &str) -> ManagedKey {
    ManagedKey {
        name: name.to_owned(),
        default_role: Some(RoleName::new("readonly")),
        is_disabled: false,
        validity: Validity::Unlimited,
        headers: OverrideHeaders::default(),
        claims: Map::new(),
    }
}

fn claims(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

async fn identity(key: ManagedKey, pairs: &[(&'static str, &str)]) -> Identity {
    let keys = ManagedApiKeys::new(Arc::new(Table::default().with("k", key)));
    let mut headers = headers(pairs);
    headers.insert(API_KEY_HEADER, http::HeaderValue::from_static("k"));
    let outcome = keys.authenticate(&Credentials::from_headers(&headers)).await;
    outcome.unwrap().unwrap()
}

#[tokio::test]
async fn keeps_the_contract() {
    let now = SystemTime::now();
    let until = |end| ManagedKey {
        validity: Validity::Until(end),
        ..key("temporal")
    };
    let table = Table::default()
        .with("plain", key("plain"))
        .with("later", until(now + Duration::from_secs(3600)));
    let cases = AuthenticatorCases::default()
        .accepts(headers(&[(KEY, "plain")]), RoleName::new("readonly"))
        .accepts(headers(&[(KEY, "later")]), RoleName::new("readonly"))
        .rejects(headers(&[(KEY, "unknown")]))
        .rejects(headers(&[(KEY, "plain"), (KEY, "later")]))
        .ignores(headers(&[("x-hugr-secret-key", "plain")]))
        .ignores(HeaderMap::new());
    check_authenticator(&ManagedApiKeys::new(Arc::new(table)), &cases).await;
}

#[tokio::test]
async fn keys_that_ended_or_are_off_are_refused() {
    let past = SystemTime::now() - Duration::from_secs(1);
    let ended = [
        ManagedKey {
            validity: Validity::Until(past),
            ..key("past")
        },
        ManagedKey {
            validity: Validity::Unknown,
            ..key("unknown")
        },
    ];
    let headers = headers(&[(KEY, "k")]);
    let ask = |key: ManagedKey| {
        let keys = ManagedApiKeys::new(Arc::new(Table::default().with("k", key)));
        let headers = headers.clone();
        async move { keys.authenticate(&Credentials::from_headers(&headers)).await }
    };
    for key in ended {
        let outcome = ask(key).await;
        assert!(matches!(outcome, Err(AuthError::Expired { .. })), "{outcome:?}");
    }
    let off = ManagedKey {
        is_disabled: true,
        ..key("off")
    };
    let outcome = ask(off).await;
    assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
}

#[tokio::test]
async fn claims_win_over_headers_and_headers_over_the_key() {
    let fixed = ManagedKey {
        claims: claims(&json!({"role": "fixed", "user_id": 7, "user_name": "Ada", "tenant": "t1"})),
        headers: OverrideHeaders::standard(),
        ..key("fixed")
    };
    let told = [
        ("x-hugr-role", "admin"),
        ("x-hugr-user-id", "u"),
        ("x-hugr-user-name", "n"),
    ];
    let found = identity(fixed, &told).await;
    assert_eq!(
        (found.role.as_str(), &*found.user_id, &*found.user_name),
        ("fixed", "7", "Ada")
    );
    assert_eq!(found.claims.get("tenant"), Some(&json!("t1")));

    let open = ManagedKey {
        headers: OverrideHeaders {
            role: Some(ROLE_HEADER),
            ..OverrideHeaders::default()
        },
        ..key("open")
    };
    let found = identity(open.clone(), &told).await;
    assert_eq!(
        (found.role.as_str(), &*found.user_id, &*found.user_name),
        ("admin", "u", "n")
    );
    let found = identity(open, &[]).await;
    assert_eq!(
        (found.role.as_str(), &*found.user_id, &*found.user_name),
        ("readonly", "open", "open")
    );
}

#[tokio::test]
async fn a_header_that_is_not_configured_names_no_role() {
    let found = identity(key("closed"), &[("x-hugr-role", "admin")]).await;
    assert_eq!(found.role.as_str(), "readonly");
}
