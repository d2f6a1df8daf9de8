//! The engine over HTTP: the router as a value, without a socket.
//!
//! After each request that is wrong in some way, the engine must go on serving.

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{Method, Request, StatusCode};
use axum::{Router, body::Body};
use http_body_util::BodyExt as _;
use hugr_auth::{Anonymous, ApiKey, AuthChain, Secret};
use hugr_core::engine::JqPrograms;
use hugr_core::http::RouterOptions;
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request as GraphqlRequest};
use serde_json::{Value, json};
use tower::ServiceExt as _;

mod audit;
mod browsers;
mod clients;
mod limits;
mod pages;
mod roles;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;
type Headers<'a> = &'a [(&'a str, &'a str)];

const RESPONSE_JSON: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const KEY: &str = "open sesame";
const KEY_HEADER: &str = "x-hugr-secret-key";

const SDL: &str = r#"
type numbers @view(name: "numbers", sql: "SELECT i::INTEGER AS id, 'n' || i AS name, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS at, i // 2 AS half_id FROM range(10) t(i)") {
  id: Int! @pk
  name: String
  at: Timestamp
  half_id: Int @field_references(references_name: "numbers", field: "id", query: "half", references_query: "doubles")
}
type endless @view(name: "endless", sql: "SELECT sum(a.range * b.range)::DOUBLE AS total FROM range(10000000) a, range(10000000) b") {
  total: Float
}"#;

/// What came back.
struct Reply {
    status: StatusCode,
    media_type: String,
    encoding: String,
    retry_after: String,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Outcome<Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// Returns the code of the first error.
    fn error_code(&self) -> Outcome<String> {
        let code = self.json()?["errors"][0]["extensions"]["code"].clone();
        Ok(code.as_str().ok_or("no error code")?.to_owned())
    }
}

/// The router of an engine, and a way to send it requests.
struct Service {
    router: Router,
}

impl Service {
    async fn new(auth: AuthChain) -> Outcome<Self> {
        let options = RouterOptions::default().with_metrics(|| "hugr_up 1\n".to_owned());
        Ok(Self {
            router: engine(auth).await?.router_with(options),
        })
    }

    async fn open() -> Outcome<Self> {
        Self::new(AuthChain::new().with(Anonymous::role("public"))).await
    }

    async fn send(&self, request: Request<Body>) -> Outcome<Reply> {
        let reply = self.router.clone().oneshot(request).await?;
        let (parts, body) = reply.into_parts();
        let header = |name| {
            let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Ok(Reply {
            status: parts.status,
            media_type: header(CONTENT_TYPE),
            encoding: header(CONTENT_ENCODING),
            retry_after: header(RETRY_AFTER),
            body: body.collect().await?.to_bytes().to_vec(),
        })
    }

    /// Posts `body` with `headers`.
    async fn post(&self, body: impl Into<Body>, headers: Headers<'_>) -> Outcome<Reply> {
        let mut request = Request::post("/query").header(CONTENT_TYPE, JSON);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into())?).await
    }

    async fn query(&self, query: &str, headers: Headers<'_>) -> Outcome<Reply> {
        self.post(json!({ "query": query }).to_string(), headers).await
    }

    async fn get(&self, path: &str) -> Outcome<Reply> {
        self.send(Request::get(path).body(Body::empty())?).await
    }

    /// Checks that a plain query is answered.
    async fn still_serves(&self) -> Outcome {
        let reply = self.query("{ numbers_by_pk(id: 4) { name } }", &[]).await?;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(
            reply.json()?,
            json!({ "data": { "numbers_by_pk": { "name": "n4" } } })
        );
        Ok(())
    }
}

async fn engine(auth: AuthChain) -> Outcome<HugrEngine> {
    let config = EngineConfig {
        jq: JqPrograms::InProcess,
        ..EngineConfig::default()
    };
    configured(auth, config).await
}

async fn configured(auth: AuthChain, config: EngineConfig) -> Outcome<HugrEngine> {
    let engine = HugrEngine::builder()
        .with_auth(auth)
        .with_config(config)
        .with_source(DataSource::duckdb("numbers", ":memory:").with_sdl(SDL))
        .build()
        .await?;
    Ok(engine)
}

#[tokio::test]
async fn data_has_status_200_in_the_media_type_that_is_accepted() -> Outcome {
    let service = Service::open().await?;
    let cases: [(Headers<'_>, &str); 5] = [
        (&[], JSON),
        (&[("accept", "*/*")], JSON),
        (&[("accept", JSON)], JSON),
        (&[("accept", RESPONSE_JSON)], RESPONSE_JSON),
        (
            &[(
                "accept",
                "application/graphql-response+json, application/json;q=0.9",
            )],
            RESPONSE_JSON,
        ),
    ];
    for (headers, media_type) in cases {
        let reply = service.query("{ numbers(limit: 1) { name } }", headers).await?;
        assert_eq!(
            (reply.status, reply.media_type.as_str()),
            (StatusCode::OK, media_type)
        );
        assert_eq!(
            reply.json()?,
            json!({ "data": { "numbers": [{ "name": "n0" }] } })
        );
    }
    Ok(())
}

#[tokio::test]
async fn graphql_errors_have_a_status_for_clients_that_understand_it() -> Outcome {
    let service = Service::open().await?;
    let cases = [
        ("{ numbers { id }", "GRAPHQL_PARSE"),
        ("{ numbers { nothing } }", "GRAPHQL_VALIDATION"),
        (
            "{ numbers(filter: {name: {regex: \"(\"}}) { id } }",
            "BAD_REQUEST",
        ),
        (
            "query ($id: Int!) { numbers_by_pk(id: $id) { id } }",
            "GRAPHQL_VALIDATION",
        ),
    ];
    for (query, code) in cases {
        for (accept, status) in [
            (RESPONSE_JSON, StatusCode::BAD_REQUEST),
            (JSON, StatusCode::OK),
            ("*/*", StatusCode::OK),
        ] {
            let reply = service.query(query, &[("accept", accept)]).await?;
            assert_eq!(reply.status, status, "{query} as {accept}");
            assert_eq!(reply.error_code()?, code, "{query}");
        }
    }
    let missing = "mutation { core { delete_catalogs(filter: {catalog_name: {eq: \"x\"}}) { success } } }";
    assert_eq!(service.query(missing, &[]).await?.status, StatusCode::OK);
    service.still_serves().await
}

#[tokio::test]
async fn get_carries_the_request_in_the_url() -> Outcome {
    let service = Service::open().await?;
    let query = "query=query%20a(%24id%3AInt!)%7Bnumbers_by_pk(id%3A%24id)%7Bname%7D%7D";
    let reply = service
        .get(&format!(
            "/query?{query}&variables=%7B%22id%22%3A3%7D&operationName=a"
        ))
        .await?;
    assert_eq!(
        reply.json()?,
        json!({ "data": { "numbers_by_pk": { "name": "n3" } } })
    );
    for bad in [
        "/query".to_owned(),
        "/query?query=".to_owned(),
        format!("/query?{query}&variables=%7B"),
        format!("/query?{query}&variables=3"),
    ] {
        let reply = service.get(&bad).await?;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
        assert_eq!(reply.error_code()?, "BAD_REQUEST", "{bad}");
    }
    service.still_serves().await
}

#[tokio::test]
async fn both_paths_answer_alike() -> Outcome {
    let service = Service::open().await?;
    for path in ["/query", "/graphql"] {
        let request = Request::post(path).header(CONTENT_TYPE, JSON);
        let reply = service
            .send(request.body(Body::from(r#"{"query":"{ __typename }"}"#))?)
            .await?;
        assert_eq!(reply.json()?, json!({ "data": { "__typename": "Query" } }));
    }
    Ok(())
}

#[tokio::test]
async fn jq_answers_with_the_outcome_alone() -> Outcome {
    let service = Service::open().await?;
    for (jq, status) in [(".data | keys", 200), (".[", 400), ("error", 400)] {
        let body = json!({ "jq": jq, "query": { "query": "{ __typename }" } }).to_string();
        let reply = service
            .send(
                Request::post("/jq-query")
                    .header(CONTENT_TYPE, JSON)
                    .body(body.into())?,
            )
            .await?;
        assert_eq!(reply.status.as_u16(), status, "{jq}");
        assert_eq!(reply.json()?.is_array(), status == 200, "{jq}");
    }
    service.still_serves().await
}

#[tokio::test]
async fn unreadable_bodies_are_bad_requests_for_every_client() -> Outcome {
    let service = Service::open().await?;
    let bodies: [&[u8]; 12] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\"{ __typename }\"",
        b"{}",
        b"{\"query\": 5}",
        b"{\"query\": \"\"}",
        b"{\"query\": \"{ __typename }\", \"variables\": []}",
        b"{\"query\": \"{ __typename }\", \"operationName\": {}}",
        b"\xff\xfe{\"query\": \"{ __typename }\"}",
        b"{\"query\": \"\\ud800\"}",
    ];
    for body in bodies {
        for accept in [RESPONSE_JSON, JSON] {
            let reply = service.post(body, &[("accept", accept)]).await?;
            let shown = String::from_utf8_lossy(body);
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{shown}");
            assert_eq!(reply.error_code()?, "BAD_REQUEST", "{shown}");
            assert_eq!(reply.media_type, accept);
        }
    }
    service.still_serves().await
}

#[tokio::test]
async fn nulls_and_unknown_members_of_the_body_do_not_matter() -> Outcome {
    let service = Service::open().await?;
    let body = r#"{"query":"{ __typename }","variables":null,"operationName":null,"extensions":{"x":1}}"#;
    let reply = service.post(body, &[]).await?;
    assert_eq!(reply.json()?, json!({ "data": { "__typename": "Query" } }));
    Ok(())
}

#[tokio::test]
async fn wrong_methods_and_paths() -> Outcome {
    let service = Service::open().await?;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = Request::builder().method(&method).uri("/query");
        let reply = service.send(request.body(Body::empty())?).await?;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{method}");
        assert_eq!(reply.error_code()?, "BAD_REQUEST");
    }
    assert_eq!(service.get("/nowhere").await?.status, StatusCode::NOT_FOUND);
    service.still_serves().await
}

#[tokio::test]
async fn the_key_opens_and_a_wrong_one_never_becomes_anonymous() -> Outcome {
    let secret = ApiKey::secret_key(&Secret::new(KEY))?;
    let locked = Service::new(AuthChain::new().with(secret.clone())).await?;
    let both = Service::new(AuthChain::new().with(secret).with(Anonymous::role("public"))).await?;
    let nobody = Service::new(AuthChain::new()).await?;
    let query = "{ __typename }";
    let (right, wrong) = ([(KEY_HEADER, KEY)], [(KEY_HEADER, "guess")]);
    let cases: [(&Service, Headers<'_>, StatusCode); 6] = [
        (&locked, &right, StatusCode::OK),
        (&locked, &wrong, StatusCode::UNAUTHORIZED),
        (&locked, &[], StatusCode::UNAUTHORIZED),
        (&both, &[], StatusCode::OK),
        (&both, &wrong, StatusCode::UNAUTHORIZED),
        (&nobody, &right, StatusCode::UNAUTHORIZED),
    ];
    for (service, headers, status) in cases {
        let reply = service.query(query, headers).await?;
        assert_eq!(reply.status, status, "{headers:?}");
        if status == StatusCode::UNAUTHORIZED {
            assert_eq!(reply.error_code()?, "UNAUTHENTICATED");
            assert!(!String::from_utf8_lossy(&reply.body).contains("guess"));
        }
    }
    // Nothing is told about a body before its sender is known.
    assert_eq!(locked.post("{", &[]).await?.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn instants_are_shown_in_the_time_zone_of_the_header() -> Outcome {
    let service = Service::open().await?;
    let cases: [(Headers<'_>, &str); 5] = [
        (&[], "2024-01-01T00:00:00Z"),
        (&[("x-hugr-timezone", "Asia/Tokyo")], "2024-01-01T09:00:00+09:00"),
        (&[("time-zone", "Asia/Tokyo")], "2024-01-01T09:00:00+09:00"),
        (&[("x-hugr-timezone", "Nowhere/At_all")], "2024-01-01T00:00:00Z"),
        (&[("x-hugr-timezone", "'; DROP TABLE x")], "2024-01-01T00:00:00Z"),
    ];
    for (headers, instant) in cases {
        let reply = service.query("{ numbers_by_pk(id: 1) { at } }", headers).await?;
        assert_eq!(
            reply.json()?,
            json!({ "data": { "numbers_by_pk": { "at": instant } } })
        );
    }
    Ok(())
}

#[tokio::test]
async fn answers_are_compressed_for_clients_that_ask() -> Outcome {
    let service = Service::open().await?;
    let query = "{ __schema { types { name fields { name description } } } }";
    let reply = service
        .query(query, &[(ACCEPT_ENCODING.as_str(), "gzip")])
        .await?;
    assert_eq!((reply.status, reply.encoding.as_str()), (StatusCode::OK, "gzip"));
    assert!(reply.body.starts_with(&[0x1f, 0x8b]));
    assert_eq!(service.query(query, &[]).await?.encoding, "");
    Ok(())
}

#[tokio::test]
async fn validation_alone_runs_nothing() -> Outcome {
    let service = Service::open().await?;
    let body = json!({ "query": "{ numbers(limit: 1) { id } }", "validateOnly": true }).to_string();
    let reply = service.post(body, &[]).await?;
    assert_eq!(reply.json()?, json!({ "data": { "numbers": null } }));
    Ok(())
}

/// A generator of numbers that are the same in every run.
struct Lot(u64);

impl Lot {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }

    /// Returns `query` with some of its characters removed, repeated, swapped or replaced.
    fn mutated(&mut self, query: &str) -> String {
        const PIECES: [&str; 14] = [
            "{", "}", "(", ")", "[", "]", ":", "$", "@", "...", "\"", "null", "-1", "\u{0}é",
        ];
        let mut characters: Vec<String> = query.chars().map(String::from).collect();
        for _ in 0..=self.below(4) {
            let position = self.below(characters.len());
            match self.below(4) {
                0 => {
                    characters.remove(position);
                }
                1 => characters.insert(position, PIECES[self.below(PIECES.len())].to_owned()),
                2 => {
                    let other = self.below(characters.len());
                    characters.swap(position, other);
                }
                _ => PIECES[self.below(PIECES.len())].clone_into(&mut characters[position]),
            }
        }
        characters.concat()
    }
}

#[tokio::test]
async fn mutated_queries_are_answered_or_refused() -> Outcome {
    let engine = engine(AuthChain::new().with(Anonymous::role("public"))).await?;
    let identity = engine.authenticate_anonymous().await?;
    let queries = [
        "query a($id: Int = 1) { numbers_by_pk(id: $id) { id half { id } ...f @include(if: true) } } fragment f on numbers { name }",
        "{ numbers(filter: {_or: [{id: {in: [1, 2]}}, {half: {name: {like: \"n%\"}}}]}, order_by: [{field: \"id\", direction: DESC}], limit: 2) { id doubles(nested_limit: 1, inner: true) { name } } }",
        "{ __schema { types { name } } a: __type(name: \"numbers\") { fields { name } } }",
        "mutation { core { update_data_sources(filter: {name: {eq: \"x\"}}, data: {description: \"y\"}) { success } } }",
        "{ core { data_sources { name catalogs { name } } } function { core { info { version } } } }",
    ];
    let mut lot = Lot(0x9e37_79b9_7f4a_7c15);
    for round in 0..400 {
        let query = lot.mutated(queries[round % queries.len()]);
        let response = engine
            .execute(GraphqlRequest::new(query.clone()), &identity)
            .await;
        for error in response.error_list() {
            assert_ne!(error.code().as_str(), "INTERNAL", "{query}: {error}");
        }
        let answer: Value = serde_json::from_str(&response.into_json_text())?;
        assert!(
            answer.get("data").is_some() != answer.get("errors").is_some(),
            "{query}"
        );
    }
    Ok(())
}
