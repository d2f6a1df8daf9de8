//! What is too large, too deep or too much, and what the client is told.

use std::num::NonZeroUsize;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use hugr_auth::{Anonymous, AuthChain};
use hugr_core::EngineConfig;
use hugr_core::engine::AdmissionLimits;
use hugr_core::gql::DocumentLimits;
use serde_json::json;

use super::{Outcome, RESPONSE_JSON, Service, configured};

impl Service {
    async fn limited(config: EngineConfig) -> Outcome<Self> {
        let engine = configured(AuthChain::new().with(Anonymous::role("public")), config).await?;
        Ok(Self {
            router: engine.router(),
        })
    }

    /// Checks that `query` is refused with `status`, `code` and a message that has `words`, and that others are answered.
    async fn refuses(&self, query: &str, status: StatusCode, code: &str, words: &str) -> Outcome {
        let reply = self.query(query, &[(ACCEPT.as_str(), RESPONSE_JSON)]).await?;
        let error = &reply.json()?["errors"][0];
        assert_eq!(reply.status, status, "{query}: {error}");
        assert_eq!(error["extensions"]["code"], code, "{query}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{query}: {message}");
        self.still_serves().await
    }
}

#[tokio::test]
async fn bodies_have_a_limit() -> Outcome {
    let service = Service::open().await?;
    let reply = service.post(vec![b' '; 17 * 1024 * 1024], &[]).await?;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.error_code()?, "RESOURCE_EXHAUSTED");
    service.still_serves().await
}

#[tokio::test]
async fn large_and_deep_queries_are_refused_or_answered() -> Outcome {
    let service = Service::open().await?;
    let comment = format!("#{}\n{{ __typename }}", "x".repeat(1024 * 1024));
    assert_eq!(
        service.query(&comment, &[]).await?.json()?,
        json!({ "data": { "__typename": "Query" } })
    );
    let fields = format!("{{ {} }}", "__typename ".repeat(400_000));
    let nested = format!("{}{}", "{ a ".repeat(250_000), "}".repeat(250_000));
    let open = "{".repeat(1024 * 1024);
    let lists = format!(
        "{{ numbers(filter: {{id: {{in: {}1{}}}}}) {{ id }} }}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let unknown = format!("{{ numbers {{ {} }} }}", "nothing ".repeat(45_000));
    let empty = format!(
        "{{ numbers {{ {} }} }} fragment f on numbers {{ nothing }}",
        "half { ...f } ".repeat(8_000)
    );
    for query in [&fields, &unknown, &empty, &nested, &open, &lists] {
        let reply = service.query(query, &[(ACCEPT.as_str(), RESPONSE_JSON)]).await?;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        service.still_serves().await?;
    }
    let merged = format!("{{ {} }}", "__typename ".repeat(45_000));
    let reply = service.query(&merged, &[]).await?;
    assert_eq!(reply.json()?, json!({ "data": { "__typename": "Query" } }));
    let deep = format!(
        "{{ numbers {} {{ id }} {} }}",
        "{ half ".repeat(30),
        "}".repeat(30)
    );
    let reply = service.query(&deep, &[]).await?;
    assert_eq!(reply.error_code()?, "GRAPHQL_VALIDATION");
    service.still_serves().await
}

#[tokio::test]
async fn each_limit_on_operations_is_told() -> Outcome {
    let service = Service::limited(EngineConfig {
        document_limits: DocumentLimits {
            max_tokens: 60,
            max_depth: 2,
            max_root_fields: 3,
            max_aliases: 4,
            max_fields: 12,
            ..DocumentLimits::default()
        },
        ..EngineConfig::default()
    })
    .await?;
    let (bad, code) = (StatusCode::BAD_REQUEST, "GRAPHQL_VALIDATION");
    let tokens = format!("{{ {} }}", "__typename ".repeat(60));
    service
        .refuses(&tokens, bad, "GRAPHQL_PARSE", "token limit")
        .await?;
    let deep = "{ numbers { half { half { id } } } }";
    service.refuses(deep, bad, code, "more than 2 levels").await?;
    let roots = "{ a: __typename b: __typename c: __typename d: __typename }";
    service
        .refuses(roots, bad, code, "root fields: more than 3")
        .await?;
    let aliases = "{ numbers { a: id b: id c: id d: id e: id } }";
    service
        .refuses(aliases, bad, code, "aliases: more than 4")
        .await?;
    let spread =
        "{ numbers { ...f a: half { ...f } b: half { ...f } } } fragment f on numbers { id name at half_id }";
    service.refuses(spread, bad, code, "fields: more than 12").await
}

#[tokio::test]
async fn a_short_text_does_not_spread_into_endless_fields() -> Outcome {
    let service = Service::open().await?;
    let mut query = "{ numbers { ...f0 } } fragment f12 on numbers { id }".to_owned();
    for level in 0..12 {
        let next = level + 1;
        query.push_str(&format!(
            " fragment f{level} on numbers {{ a: half {{ ...f{next} }} b: half {{ ...f{next} }} c: half {{ ...f{next} }} }}"
        ));
    }
    let reply = service.query(&query, &[]).await?;
    assert_eq!(reply.error_code()?, "GRAPHQL_VALIDATION");
    service.still_serves().await
}

#[tokio::test]
async fn answers_have_a_limit() -> Outcome {
    let service = Service::limited(EngineConfig {
        max_response_bytes: 200,
        ..EngineConfig::default()
    })
    .await?;
    let (status, code) = (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED");
    let words = "larger than 200 bytes";
    service
        .refuses("{ numbers { id name at } }", status, code, words)
        .await?;
    let parts = "{ a: numbers { id } b: numbers { id } c: numbers { id } }";
    service.refuses(parts, status, code, words).await
}

#[tokio::test]
async fn requests_have_a_deadline() -> Outcome {
    let service = Service::limited(EngineConfig {
        request_timeout: Duration::from_millis(100),
        ..EngineConfig::default()
    })
    .await?;
    let status = StatusCode::GATEWAY_TIMEOUT;
    service
        .refuses("{ endless { total } }", status, "TIMEOUT", "longer than 100ms")
        .await
}

#[tokio::test]
async fn who_comes_when_too_many_wait_is_told_to_come_again() -> Outcome {
    let service = Service::limited(EngineConfig {
        admission: AdmissionLimits {
            max_running: NonZeroUsize::MIN,
            max_waiting: 1,
        },
        ..EngineConfig::default()
    })
    .await?;
    // One runs and one waits, both without end: who answers first was refused.
    let ask = || service.query("{ endless { total } }", &[]);
    let reply = tokio::select! {
        reply = ask() => reply?,
        reply = ask() => reply?,
        reply = ask() => reply?,
    };
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.retry_after, "1");
    assert_eq!(reply.error_code()?, "OVERLOADED");
    service.still_serves().await
}
