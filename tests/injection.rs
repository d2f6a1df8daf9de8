//! Whatever a client sends, the statements are the same: values are bound, never written into them.

use std::path::Path;

use hugr_auth::{Identity, RoleName};
use hugr_core::db::DatabaseOptions;
use hugr_core::engine::ExplainedStep;
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::services::postgres::postgres;
use serde_json::{Map, Value, json};
use sqlx::{Connection, PgConnection};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const SDL: &str = r#"
type notes @view(name: "notes", sql: "SELECT 1 AS id, 'x' AS title, ['x'] AS words, '{\"x\": 1}'::JSON AS body") {
  id: Int! @pk
  title: String
  words: [String]
  body: JSON
}
type found @view(name: "found", sql: "SELECT 1 AS id WHERE 'x' = [$word]") @args(name: "found_args", required: true) { id: Int! @pk }
input found_args { word: String! }
extend type Function { echo(word: String!, words: [String!]): String @function(name: "echo", sql: "[word] || len([words])") }
"#;

/// Texts that mean something to some database, and some that break what reads text carelessly.
const TEXTS: [&str; 25] = [
    "x",
    "",
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\'",
    "'; DROP TABLE notes; --",
    "' OR '1'='1",
    "x' UNION SELECT * FROM duckdb_settings() --",
    "/* x */",
    "-- x",
    "$1",
    "$$x$$",
    "?",
    "%s",
    "[$auth.role]",
    "[id]",
    "{\"a\":1}",
    "$.a\".b",
    "日本 \u{1F600} \u{202E}x",
    "\u{1}\t\r\n",
    "a.b.c",
    "a\0b",
];

/// Places for a text: a query with the variable `$t`.
const PLACES: [&str; 15] = [
    "query ($t: String) { notes(filter: {title: {eq: $t}}) { id } }",
    "query ($t: String) { notes(filter: {title: {like: $t}}) { id } }",
    "query ($t: String) { notes(filter: {title: {ilike: $t}}) { id } }",
    "query ($t: String!) { notes(filter: {title: {in: [$t, \"y\"]}}) { id } }",
    "query ($t: String!) { notes(filter: {words: {contains: [$t]}}) { id } }",
    "query ($t: String!) { notes(filter: {words: {intersects: [$t]}}) { id } }",
    "query ($t: String) { notes(filter: {body: {has: $t}}) { id } }",
    "query ($t: String!) { notes(filter: {body: {has_all: [$t]}}) { id } }",
    "query ($t: String!) { notes_aggregation { title { string_agg(sep: $t) } } }",
    "query ($t: String!) { notes_aggregation { body { string_agg(path: $t, sep: $t) sum(path: $t) list(path: $t) } } }",
    "query ($t: JSON) { notes_bucket_aggregation(having: [{field: \"key.title\", eq: $t}]) { key { title } } }",
    "query ($t: String!) { found(args: {word: $t}) { id } }",
    "query ($t: String!) { function { echo(word: $t, words: [$t]) } }",
    "query ($t: String!) { notes_bucket_aggregation { key { title } a: aggregations(filter: {title: {eq: $t}}) { _rows_count } b: aggregations { _rows_count } } }",
    "query ($t: String!) { notes(filter: {_not: {_or: [{title: {eq: $t}}, {title: {like: $t}}]}}) { id } }",
];

/// Places for the name of something: an unknown name is refused before there is a statement.
const NAMES: [&str; 4] = [
    "query ($t: String!) { notes(order_by: [{field: $t}]) { id } }",
    "query ($t: String!) { notes(distinct_on: [$t]) { id } }",
    "query ($t: String!) { notes(filter: {id: {eq: 1}}) { id _join(fields: [$t]) { notes(fields: [$t]) { id } } } }",
    "query ($t: String!) { notes_bucket_aggregation(having: [{field: $t, eq: 1}]) { key { id } } }",
];

/// The same on PostgreSQL, with columns of types of its own.
const POSTGRES_SDL: &str = r#"
type notes @table(name: "notes") {
  id: Int! @pk
  title: String
  words: [String]
  body: JSON
  mood: String
  tag: String
  short: String
}
type found @view(name: "found", sql: "SELECT 1 AS id WHERE 'x' = [$word]") @args(name: "found_args", required: true) { id: Int! @pk }
input found_args { word: String! }
extend type Function { echo(word: String!, words: [String!]): String @function(name: "echo") }
"#;

const POSTGRES_TABLES: &str = r#"
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE notes (id int PRIMARY KEY, title text, words text[], body jsonb, mood mood, tag uuid, short varchar(3));
INSERT INTO notes VALUES (1, 'x', '{x}', '{"x": 1}', 'glad', '00000000-0000-0000-0000-000000000001', 'x');
CREATE FUNCTION echo(word text, words text[]) RETURNS text LANGUAGE sql AS $$ SELECT word || cardinality(words) $$;
"#;

/// Further places, for PostgreSQL.
const POSTGRES_PLACES: [&str; 5] = [
    "query ($t: String) { notes(filter: {mood: {eq: $t}}) { id } }",
    "query ($t: String!) { notes(filter: {mood: {in: [$t, \"glad\"]}}) { id } }",
    "query ($t: String) { notes(filter: {tag: {eq: $t}}) { id } }",
    "query ($t: String) { notes(filter: {short: {eq: $t}}) { id } }",
    "query ($t: String) { notes(filter: {title: {regex: $t}}) { id } }",
];

#[tokio::test]
async fn no_text_changes_a_statement() -> Outcome {
    let engine = engine().await?;
    for place in PLACES {
        check(&engine, place).await?;
    }
    Ok(())
}

#[tokio::test]
async fn no_text_changes_a_statement_of_postgresql() -> Outcome {
    let url = postgres().await?.create_database().await?;
    let mut bare = PgConnection::connect(&url).await?;
    sqlx::raw_sql(POSTGRES_TABLES).execute(&mut bare).await?;
    let engine = HugrEngine::builder()
        .with_config(EngineConfig {
            database: DatabaseOptions {
                extension_directory: option_env!("DUCKDB_LIB_DIR")
                    .map(|library| Path::new(library).join("../extensions")),
                ..DatabaseOptions::default()
            },
            ..EngineConfig::default()
        })
        .with_source(DataSource::postgres("notes", url).with_sdl(POSTGRES_SDL))
        .build()
        .await?;
    for place in PLACES.iter().chain(&POSTGRES_PLACES) {
        for step in check(&engine, place).await? {
            assert_eq!(step.detour, None, "{place}");
        }
    }
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM notes")
        .fetch_one(&mut bare)
        .await?;
    assert_eq!(rows, 1);
    Ok(())
}

/// Checks that all texts at `place` give the same statements, which are returned, and no error of ours.
async fn check(engine: &HugrEngine, place: &str) -> Outcome<Vec<ExplainedStep>> {
    let caller = Identity::anonymous(RoleName::new("public"));
    let mut first: Option<Vec<ExplainedStep>> = None;
    let sql = |steps: &[ExplainedStep]| -> Vec<String> {
        steps.iter().map(|step| step.statement.sql.clone()).collect()
    };
    for text in TEXTS {
        let steps = engine
            .explain(&request(place, text), &caller)
            .map_err(|errors| format!("{place} with {text:?}: {errors:?}"))?
            .steps;
        let first = first.get_or_insert_with(|| steps.clone());
        assert_eq!(sql(&steps), sql(first), "{place} with {text:?}");
        let response = engine.execute(request(place, text), &caller).await;
        let internal = response
            .error_list()
            .iter()
            .find(|error| error.code().as_str() == "INTERNAL");
        assert!(internal.is_none(), "{place} with {text:?}: {internal:?}");
    }
    Ok(first.unwrap_or_default())
}

#[tokio::test]
async fn no_text_is_a_name() -> Outcome {
    let engine = engine().await?;
    let caller = Identity::anonymous(RoleName::new("public"));
    for place in NAMES {
        for text in TEXTS {
            let errors = engine.explain(&request(place, text), &caller).err();
            let error = errors.and_then(|errors| errors.into_iter().next());
            let code = error.map(|error| error.code().as_str());
            assert_eq!(code, Some("GRAPHQL_VALIDATION"), "{place} with {text:?}");
        }
    }
    Ok(())
}

async fn engine() -> Outcome<HugrEngine> {
    let source = DataSource::duckdb("notes", ":memory:").with_sdl(SDL);
    Ok(HugrEngine::builder().with_source(source).build().await?)
}

fn request(place: &str, text: &str) -> Request {
    let variables: Map<String, Value> = [("t".to_owned(), json!(text))].into_iter().collect();
    Request::new(place).with_variables(variables)
}
