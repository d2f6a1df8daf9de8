//! Requests of every kind, on a PostgreSQL database and on the same rows in DuckDB.

use hugr_core::{DataSource, EngineConfig, HugrEngine, Request, SourceDefinition};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::shop::{Outcome, admin, ask, small_database};

const SCHEMA: &str = include_str!("breadth/schema.graphql");
const SCHEMA_OF_RANGES: &str = include_str!("breadth/ranges.graphql");
const TABLES: &str = include_str!("breadth/postgres.sql");
const TABLES_OF_DUCKDB: &str = include_str!("breadth/duckdb.sql");
const ROWS: &str = include_str!("breadth/rows.sql");

/// Requests that both databases answer alike.
const QUERIES: &str = include_str!("breadth/queries.graphql");
/// Requests about what DuckDB does not have.
const QUERIES_OF_RANGES: &str = include_str!("breadth/ranges.queries.graphql");
/// Changes in order, and requests that show what they left.
const CHANGES: &str = include_str!("breadth/changes.graphql");

/// A request and its answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) request: String,
    pub(crate) answer: Value,
}

/// Returns the requests that both databases answer, the changes last.
pub(crate) fn shared_requests() -> impl Iterator<Item = &'static str> {
    requests(QUERIES).chain(requests(CHANGES))
}

/// Returns all requests for PostgreSQL, the changes last.
pub(crate) fn all_requests() -> impl Iterator<Item = &'static str> {
    requests(QUERIES)
        .chain(requests(QUERIES_OF_RANGES))
        .chain(requests(CHANGES))
}

/// One on each line that is no comment.
fn requests(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Makes the tables and their rows in the empty database at `url`.
pub(crate) async fn fill(url: &str) -> Outcome {
    let mut session = PgConnection::connect(url).await?;
    for statements in [TABLES, ROWS] {
        sqlx::raw_sql(statements).execute(&mut session).await?;
    }
    Ok(session.close().await?)
}

/// Returns the schema of the tables in PostgreSQL.
pub(crate) fn postgres_schema() -> String {
    format!("{SCHEMA}{SCHEMA_OF_RANGES}")
}

/// Opens an engine over the empty database at `url`, filled with the rows.
pub(crate) async fn postgres_engine(url: &str) -> Outcome<HugrEngine> {
    fill(url).await?;
    engine(DataSource::postgres("shop", url).with_sdl(postgres_schema())).await
}

/// Opens an engine over the same rows in DuckDB, in a file of `folder`.
pub(crate) async fn duckdb_engine(folder: &std::path::Path) -> Outcome<HugrEngine> {
    let file = folder.join("rows.duckdb");
    let database = hugr_core::db::Database::open(hugr_core::db::DatabaseOptions {
        path: Some(file.clone()),
        ..small_database()
    })
    .await?;
    database
        .run(|session| {
            session.execute_batch(TABLES_OF_DUCKDB)?;
            session.execute_batch(ROWS)
        })
        .await?;
    database.close().await;
    engine(DataSource::duckdb("shop", file.display().to_string()).with_sdl(SCHEMA)).await
}

async fn engine(source: SourceDefinition) -> Outcome<HugrEngine> {
    let config = EngineConfig {
        database: small_database(),
        ..EngineConfig::default()
    };
    let builder = HugrEngine::builder().with_config(config).with_source(source);
    Ok(builder.build().await?)
}

/// Answers `requests` in order.
pub(crate) async fn answers(
    engine: &HugrEngine,
    requests: impl Iterator<Item = &'static str>,
) -> Outcome<Vec<Answered>> {
    let mut answered = Vec::new();
    for request in requests {
        answered.push(Answered {
            request: request.to_owned(),
            answer: ask(engine, Request::new(request)).await?,
        });
    }
    Ok(answered)
}

/// Returns the steps of `request` that go through DuckDB, each with the reason.
pub(crate) fn detours(engine: &HugrEngine, request: &str) -> Outcome<Vec<String>> {
    let explained = engine
        .explain(&Request::new(request), &admin())
        .map_err(|errors| format!("{request}: {errors:?}"))?;
    let detours = explained.steps.iter().filter_map(|step| step.detour.as_ref());
    Ok(detours.map(|detour| format!("{request}: {detour:?}")).collect())
}

/// Fails with all that are errors.
pub(crate) fn expect_no_errors(answered: &[Answered]) {
    let errors: Vec<_> = answered
        .iter()
        .filter(|answered| answered.answer.get("errors").is_some())
        .map(|answered| format!("{}\n{}", answered.request, answered.answer))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n\n"));
}

/// Fails with all that differs.
pub(crate) fn compare(expected: &[Answered], found: &[Answered]) {
    let differences: Vec<_> = expected
        .iter()
        .zip(found)
        .filter(|(expected, found)| !is_same(&expected.answer, &found.answer, 1e-9))
        .map(|(expected, found)| {
            format!(
                "{}\nexpected {}\nfound    {}",
                expected.request, expected.answer, found.answer
            )
        })
        .collect();
    assert_eq!(expected.len(), found.len());
    assert!(
        differences.is_empty(),
        "{} answers differ\n\n{}",
        differences.len(),
        differences.join("\n\n")
    );
}

/// Numbers may differ by a fraction of `tolerance`, as the order of additions makes them; an error needs the same code, in
/// words of its own.
pub(crate) fn is_same(expected: &Value, found: &Value, tolerance: f64) -> bool {
    match (expected, found) {
        (Value::Number(expected), Value::Number(found)) => match (expected.as_f64(), found.as_f64()) {
            (Some(one), Some(other)) if expected.is_f64() || found.is_f64() => {
                (one - other).abs() <= tolerance * one.abs().max(1.0)
            }
            _ => expected == found,
        },
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .zip(found)
                    .all(|(expected, found)| is_same(expected, found, tolerance))
        }
        (Value::Object(expected), Value::Object(found)) => {
            expected.len() == found.len()
                && expected.iter().all(|(name, value)| {
                    found
                        .get(name)
                        .is_some_and(|other| name == "message" || is_same(value, other, tolerance))
                })
        }
        _ => expected == found,
    }
}
