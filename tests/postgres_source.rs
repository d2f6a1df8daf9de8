//! PostgreSQL sources that answer themselves: the same answers as through DuckDB, and what happens when a server goes away.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use hugr_auth::{Identity, RoleName};
use hugr_core::db::DatabaseOptions;
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::services::postgres::postgres;
use serde_json::{Map, Value, json};
use sqlx::{Connection, PgConnection};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const TABLES: &str = "
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL, mood mood, tag uuid, born date, rate numeric(8,3), facts jsonb);
CREATE TABLE books (id bigint PRIMARY KEY, author_id int REFERENCES authors, title varchar(80) NOT NULL, sold int,
    labels text[], out_at timestamptz, pages int4range);
INSERT INTO authors SELECT i, 'author ' || i, CASE WHEN i % 2 = 0 THEN 'glad' ELSE 'sad' END::mood,
    ('00000000-0000-0000-0000-00000000000' || i)::uuid, DATE '1950-01-01' + i, i * 1.125,
    jsonb_build_object('city', 'c' || i % 3, 'size', i) FROM generate_series(1, 9) i;
INSERT INTO books SELECT i, 1 + i % 9, 'book ' || i, NULLIF(i % 7, 0), ARRAY['l' || i % 4, 'all'],
    TIMESTAMPTZ '2024-01-01 10:00:00+00' + i * INTERVAL '1 hour 1.5 seconds', int4range(i, i + 10) FROM generate_series(1, 60) i;
INSERT INTO books VALUES (100, NULL, 'it''s a \"quoted\" \\ 100% { }', 1, ARRAY['a,b', 'q\"\\'], NULL, NULL);
CREATE FUNCTION slow(seconds double precision) RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM pg_sleep(seconds) $$;
";

const SDL: &str = r#"
type facts { city: String size: Int }
type authors @table(name: "authors") {
  id: Int! @pk
  name: String!
  mood: String
  tag: String
  born: Date
  rate: Float
  facts: facts
}
type books @table(name: "books") @hypertable {
  id: BigInt! @pk
  author_id: Int @field_references(name: "book_author", references_name: "authors", field: "id", query: "author", references_query: "books")
  title: String!
  sold: Int
  labels: [String!]
  out_at: Timestamp @timescale_key
  pages: IntRange
}
extend type Function {
  slow(seconds: Float!): Int @function(name: "slow")
}
"#;

/// Root fields that both ways must answer alike; `@no_pushdown` is put in the place of the `#`.
const QUERIES: [&str; 11] = [
    "authors_by_pk(id: 3) # { id name mood tag born rate }",
    "books(order_by: [{field: \"sold\", direction: DESC}, {field: \"id\"}], limit: 12, offset: 3) # { id sold title labels out_at }",
    "authors(order_by: [{field: \"id\"}]) # { id books(nested_limit: 2, nested_offset: 1, nested_order_by: [{field: \"id\", direction: DESC}]) { id title author { name } } }",
    "authors(filter: {books: {any_of: {sold: {gt: 5}}}}, order_by: [{field: \"id\"}]) # { id books_aggregation { _rows_count sold { sum avg max } } }",
    "books_aggregation(filter: {labels: {contains: [\"l1\"]}}) # { _rows_count sold { sum count avg min } title { any } }",
    "books_bucket_aggregation(order_by: [{field: \"key.at\"}]) # { key { at: out_at(bucket: day) } aggregations { _rows_count sold { sum } } }",
    "books(filter: {title: {like: \"%\\\\ 100%\"}}) # { id title labels }",
    "books(filter: {id: {in: [1, 2, 99, 60]}, out_at: {gte: \"2024-01-01T12:00:00Z\"}}, order_by: [{field: \"id\"}]) # { id _out_at_part(extract: hour) }",
    "books(distinct_on: [\"author_id\"], order_by: [{field: \"author_id\"}, {field: \"id\", direction: DESC}]) # { author_id id }",
    "books_bucket_aggregation(filter: {sold: {gt: 4}, out_at: {lt: \"2024-01-03\"}}, order_by: [{field: \"key.sold\"}, {field: \"key.at\"}]) # { key { sold at: out_at(bucket_interval: \"20m\", gapfill: true) } aggregations { _rows_count id { sum } } }",
    "authors(order_by: [{field: \"id\"}]) # { id books_bucket_aggregation(nested_limit: 3, nested_offset: 1) { key { at: out_at(bucket: hour, gapfill: true) } aggregations { _rows_count } } }",
];

struct Shop {
    engine: HugrEngine,
    admin: PgConnection,
}

impl Shop {
    async fn open() -> Outcome<Self> {
        let url = postgres().await?.create_database().await?;
        let mut admin = PgConnection::connect(&url).await?;
        sqlx::raw_sql(TABLES).execute(&mut admin).await?;
        let separator = if url.contains('?') { '&' } else { '?' };
        let path = format!("{url}{separator}pool_size=4&application_name=hugr_test");
        let options = DatabaseOptions {
            extension_directory: option_env!("DUCKDB_LIB_DIR")
                .map(|library| Path::new(library).join("../extensions")),
            connections: NonZeroUsize::MIN.saturating_add(1),
            ..DatabaseOptions::default()
        };
        let engine = HugrEngine::builder()
            .with_config(EngineConfig {
                database: options,
                ..EngineConfig::default()
            })
            .with_source(DataSource::postgres("shop", path).with_sdl(SDL))
            .build()
            .await?;
        Ok(Self { engine, admin })
    }

    async fn ask(&self, request: Request) -> Outcome<Value> {
        let text = self.engine.execute(request, &admin()).await.into_json_text();
        Ok(serde_json::from_str(&text)?)
    }

    /// Returns how many sessions of the engine the server has in one of `states`.
    async fn sessions(&mut self, states: &str) -> Outcome<i64> {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                   AND application_name = 'hugr_test' AND state = ANY(string_to_array($1, ','))";
        Ok(sqlx::query_scalar(sql)
            .bind(states)
            .fetch_one(&mut self.admin)
            .await?)
    }
}

fn admin() -> Identity {
    Identity::anonymous(RoleName::new("admin"))
}

#[tokio::test]
async fn both_ways_answer_alike() -> Outcome {
    let shop = Shop::open().await?;
    for query in QUERIES {
        let itself = Request::new(format!("{{ {} }}", query.replace('#', "")));
        let explained = shop
            .engine
            .explain(&itself, &admin())
            .map_err(|errors| format!("{errors:?}"))?;
        let explained = explained.to_string();
        assert!(explained.contains(", itself"), "{explained}");
        assert!(!explained.contains("through DuckDB"), "{explained}");
        let detour = Request::new(format!("{{ {} }}", query.replace('#', "@no_pushdown")));
        let (itself, detour) = (shop.ask(itself).await?, shop.ask(detour).await?);
        assert!(itself.get("errors").is_none(), "{query}: {itself:#}");
        assert_eq!(itself, detour, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn types_of_its_own_are_compared_and_shown() -> Outcome {
    let shop = Shop::open().await?;
    for (query, expected) in [
        (
            r#"{ authors(filter: {mood: {eq: "glad"}, id: {lt: 4}}) { id mood } }"#,
            json!({"authors": [{"id": 2, "mood": "glad"}]}),
        ),
        (
            r#"{ authors(filter: {tag: {in: ["00000000-0000-0000-0000-000000000007"]}}) { id facts { size } } }"#,
            json!({"authors": [{"id": 7, "facts": {"size": 7}}]}),
        ),
        (
            r#"{ authors(filter: {facts: {city: {eq: "c1"}, size: {gt: 4}}}) { id } }"#,
            json!({"authors": [{"id": 7}]}),
        ),
        (
            r#"{ books(filter: {pages: {includes: "[60,65]"}}, order_by: [{field: "id"}]) { id pages } }"#,
            json!({"books": [
                {"id": 56, "pages": "[56,66)"}, {"id": 57, "pages": "[57,67)"}, {"id": 58, "pages": "[58,68)"},
                {"id": 59, "pages": "[59,69)"}, {"id": 60, "pages": "[60,70)"}]}),
        ),
    ] {
        let answer = shop.ask(Request::new(query)).await?;
        assert_eq!(answer.get("data"), Some(&expected), "{query}: {answer:#}");
    }
    Ok(())
}

#[tokio::test]
async fn hostile_text_stays_text() -> Outcome {
    let shop = Shop::open().await?;
    let title = r#"it's a "quoted" \ 100% { }"#;
    for filter in [
        json!({"title": {"eq": title}}),
        json!({"title": {"in": [title, "'; DROP TABLE books; --"]}}),
        json!({"labels": {"contains": ["a,b", "q\"\\"]}}),
    ] {
        let query = "query ($filter: books_filter) { books(filter: $filter) { id title } }";
        let mut variables = Map::new();
        variables.insert("filter".to_owned(), filter.clone());
        let answer = shop.ask(Request::new(query).with_variables(variables)).await?;
        let found = answer.pointer("/data/books");
        assert_eq!(
            found,
            Some(&json!([{"id": 100, "title": title}])),
            "{filter}: {answer:#}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn closed_connections_are_replaced() -> Outcome {
    let mut shop = Shop::open().await?;
    let query = "{ authors_by_pk(id: 1) { name } }";
    for _ in 0..3 {
        let answer = shop.ask(Request::new(query)).await?;
        assert_eq!(
            answer.pointer("/data/authors_by_pk/name"),
            Some(&json!("author 1")),
            "{answer:#}"
        );
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND application_name = 'hugr_test'";
        sqlx::query(end).fetch_all(&mut shop.admin).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_request_that_ends_early_leaves_nothing() -> Outcome {
    let mut shop = Shop::open().await?;
    let slow = Request {
        timeout: Some(Duration::from_millis(300)),
        ..Request::new("{ function { slow(seconds: 60) } }")
    };
    let answer = shop.ask(slow).await?;
    assert_eq!(
        answer.pointer("/errors/0/extensions/code"),
        Some(&json!("TIMEOUT")),
        "{answer:#}"
    );
    let stopped = async {
        while shop.sessions("active,idle in transaction").await? > 0 {
            tokio::task::yield_now().await;
        }
        Outcome::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(10), stopped).await??;
    let answer = shop
        .ask(Request::new(
            "{ books_by_pk(id: 1) { id author { books { id } } } }",
        ))
        .await?;
    assert_eq!(
        answer.pointer("/data/books_by_pk/id"),
        Some(&json!(1)),
        "{answer:#}"
    );
    Ok(())
}
