//! What authentication costs a request: by an API key, by a token that was seen before, and by one that was not; and what
//! both are with the rights of a role that is known.

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use criterion::{BatchSize, Criterion};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use hugr_auth::settings::{ApiKeySettings, JwtSettings, OverrideHeaderNames};
use hugr_auth::{AuthSettings, Authentication, Credentials, RoleName, Secret};
use hugr_benches::Failure;
use hugr_benches::planner::Planner;
use hugr_benches::shop::{PAGE_OF_MANY, SDL, SOURCE};
use hugr_core::HugrEngine;
use hugr_core::authz::Permission;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};

const PRIVATE: &str = include_str!("../../hugr-auth/testdata/p256.private.pem");
const PUBLIC: &str = include_str!("../../hugr-auth/testdata/p256.public.pem");
const KEY: &str = "a long random key of the configuration";

fn settings() -> AuthSettings {
    let key = |text: &str| ApiKeySettings {
        key: Secret::new(text),
        header: None,
        default_role: Some(RoleName::new("readonly")),
        headers: OverrideHeaderNames::default(),
    };
    let issuer = JwtSettings {
        public_key: Some(PUBLIC.to_owned()),
        ..JwtSettings::default()
    };
    AuthSettings {
        // The key that counts is the last of ten.
        api_keys: (0..10)
            .map(|number| match number {
                9 => (format!("key-{number}"), key(KEY)),
                _ => (format!("key-{number}"), key(&format!("{KEY}-{number}"))),
            })
            .collect(),
        jwt: [("issuer".to_owned(), issuer)].into(),
        anonymous_role: Some(RoleName::new("public")),
        ..AuthSettings::closed()
    }
}

fn token() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let claims =
        json!({"sub": "u-1", "name": "Ada", "x-hugr-role": "readonly", "exp": now.as_secs() + 86_400});
    EncodingKey::from_ec_pem(PRIVATE.as_bytes())
        .and_then(|key| encode(&Header::new(Algorithm::ES256), &claims, &key))
        .unwrap_or_default()
}

fn headers(name: HeaderName, value: &str) -> HeaderMap {
    HeaderValue::from_str(value)
        .map(|value| HeaderMap::from_iter([(name, value)]))
        .unwrap_or_default()
}

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    authenticate(&mut criterion);
    authenticate_and_authorize(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// Rules for tables that the query reads, and for many that it does not.
fn rules() -> Vec<Permission> {
    let rule = |type_name: &str, field_name: &str, filter: Option<Value>| Permission {
        type_name: type_name.into(),
        field_name: field_name.into(),
        hidden: false,
        disabled: filter.is_none(),
        filter,
        data: None,
    };
    let own = json!({"customer_id": {"eq": "[$auth.user_id_int]"}});
    let others = (0..50).map(|number| rule(&format!("other_{number}"), "*", None));
    let mut rules: Vec<_> = others.collect();
    rules.push(rule("data-object:query", "orders", Some(own)));
    rules.push(rule("orders", "total", None));
    rules
}

/// All that stands before planning: who asks, as whom, whether here, and each field of a query of two levels.
fn authenticate_and_authorize(criterion: &mut Criterion) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let engine = runtime.block_on(HugrEngine::builder().with_auth_settings(settings()).build())?;
    let planner = Planner::new(SOURCE, SDL)?;
    let variables = Map::from_iter([("k".to_owned(), Value::from(7))]);
    let operation = planner.operation(&planner.document(PAGE_OF_MANY)?, &variables)?;
    let rights = planner.rights("readonly", rules());
    let cases = [
        ("api_key", headers(HeaderName::from_static("x-hugr-api-key"), KEY)),
        (
            "es256_seen",
            headers(AUTHORIZATION, &format!("Bearer {}", token())),
        ),
    ];
    let mut group = criterion.benchmark_group("auth_and_rights");
    for (name, headers) in &cases {
        let run = |operation| -> Result<(), Failure> {
            let credentials = Credentials::from_headers(headers).with_peer(Some([127, 0, 0, 1].into()));
            let identity = runtime.block_on(engine.authenticate(black_box(&credentials)))?;
            let identity = engine.impersonated(identity, headers)?;
            engine.require_endpoint(&identity, "/query")?;
            planner.authorize(operation, rights.clone(), &identity)?;
            Ok(())
        };
        run(operation.clone())?;
        group.bench_function(*name, |bencher| {
            bencher.iter_batched(
                || operation.clone(),
                |operation| run(operation).is_ok(),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
    Ok(())
}

fn authenticate(criterion: &mut Criterion) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        return;
    };
    let build = || Authentication::from_settings(&settings(), None);
    let Ok(warm) = build() else { return };
    let peer = Some([127, 0, 0, 1].into());
    let cases = [
        ("anonymous", HeaderMap::new()),
        ("api_key", headers(HeaderName::from_static("x-hugr-api-key"), KEY)),
        (
            "es256_seen",
            headers(AUTHORIZATION, &format!("Bearer {}", token())),
        ),
    ];
    let mut group = criterion.benchmark_group("auth");
    for (name, headers) in &cases {
        let credentials = Credentials::from_headers(headers).with_peer(peer);
        let outcome = runtime.block_on(warm.authenticate(&credentials));
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
        group.bench_function(*name, |bencher| {
            bencher.iter(|| runtime.block_on(warm.authenticate(black_box(&credentials))));
        });
    }
    let token = headers(AUTHORIZATION, &format!("Bearer {}", token()));
    let credentials = Credentials::from_headers(&token).with_peer(peer);
    group.bench_function("es256_first", |bencher| {
        bencher.iter_batched(
            || build().unwrap_or_default(),
            |fresh| runtime.block_on(fresh.authenticate(black_box(&credentials))),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}
