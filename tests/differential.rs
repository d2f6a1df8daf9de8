//! The engine answers generated queries as plain SQL does; `hugr_tests::differential` says how.
//!
//! `HUGR_DIFFERENTIAL` is the number of queries, `HUGR_DIFFERENTIAL_SEED` where they begin.

use std::num::NonZeroUsize;
use std::path::Path;

use arrow::array::AsArray;
use hugr_auth::{Identity, RoleName};
use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::differential::model::{Ask, Query};
use hugr_tests::differential::plain::Spelling;
use hugr_tests::differential::random::Random;
use hugr_tests::differential::{data, generate, graphql, plain};
use hugr_tests::services::postgres::postgres;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Queries of an ordinary run.
const QUERIES: u64 = 150;

/// Difference that the order of additions may make.
const TOLERANCE: f64 = 1e-9;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::test]
async fn generated_queries_are_answered_as_plain_sql_does() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("rows.duckdb");
    let bare = database(None).await?;
    bare.run(|session| session.execute_batch(&data::statements(1)))
        .await?;
    let other = database(Some(file.clone())).await?;
    other
        .run(|session| session.execute_batch(&data::statements(1)))
        .await?;
    other.close().await;
    let engine = HugrEngine::builder()
        .with_source(DataSource::duckdb("rows", file.display().to_string()).with_sdl(data::SDL))
        .build()
        .await?;
    compare(&engine, &plain::DuckDb, async |sql| {
        let rows = bare.run(move |session| session.query(&sql, &[])).await?;
        let texts = rows
            .batches
            .iter()
            .flat_map(|batch| batch.column(0).as_string::<i32>());
        Ok(texts.map(|text| text.unwrap_or("null").to_owned()).collect())
    })
    .await
}

#[tokio::test]
async fn postgresql_answers_generated_queries_itself() -> Outcome {
    let url = postgres().await?.create_database().await?;
    let mut bare = PgConnection::connect(&url).await?;
    sqlx::raw_sql(AssertSqlSafe(data::statements(1)))
        .execute(&mut bare)
        .await?;
    let engine = HugrEngine::builder()
        .with_config(EngineConfig {
            database: DatabaseOptions {
                extension_directory: option_env!("DUCKDB_LIB_DIR")
                    .map(|library| Path::new(library).join("../extensions")),
                ..DatabaseOptions::default()
            },
            ..EngineConfig::default()
        })
        .with_source(DataSource::postgres("rows", url).with_sdl(data::SDL))
        .build()
        .await?;
    let caller = Identity::anonymous(RoleName::new("public"));
    for seed in 0..QUERIES {
        let document = graphql::document(&generate::query(&mut Random::new(seed)));
        let explained = engine
            .explain(&Request::new(document), &caller)
            .map_err(|errors| format!("{errors:?}"))?;
        let detour = explained.steps.iter().find_map(|step| step.detour.as_ref());
        assert_eq!(detour, None, "seed {seed}");
    }
    compare(&engine, &plain::Postgres, async |sql| {
        Ok(sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut bare)
            .await?)
    })
    .await
}

/// Compares the answers of `engine` with what `bare` makes of the plain statements: rows of one JSON text each.
async fn compare(
    engine: &HugrEngine,
    spelling: &dyn Spelling,
    mut bare: impl AsyncFnMut(String) -> Outcome<Vec<String>>,
) -> Outcome {
    let count = setting("HUGR_DIFFERENTIAL").unwrap_or(QUERIES);
    let first = setting("HUGR_DIFFERENTIAL_SEED").unwrap_or(0);
    let caller = Identity::anonymous(RoleName::new("public"));
    let mut differences = Vec::new();
    for seed in first..first + count {
        let query = generate::query(&mut Random::new(seed));
        let document = graphql::document(&query);
        let response = engine.execute(Request::new(document.clone()), &caller).await;
        let answer: Value = serde_json::from_str(&response.into_json_text())?;
        let sql = plain::statement(&query, spelling);
        let rows = bare(sql.clone())
            .await
            .map_err(|error| format!("{error}\n{sql}"))?;
        let expected = answer_of(&query, &rows)?;
        if !is_same(&answer, &json!({ "data": { "answer": expected } })) {
            differences.push(format!(
                "seed {seed}\n{document}\n{sql}\nexpected {expected}\nanswer   {answer}"
            ));
        }
    }
    let shown: Vec<_> = differences.iter().take(3).map(String::as_str).collect();
    assert!(
        differences.is_empty(),
        "{} of {count} queries differ\n{}",
        differences.len(),
        shown.join("\n\n")
    );
    Ok(())
}

fn setting(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

async fn database(path: Option<std::path::PathBuf>) -> Outcome<Database> {
    let options = DatabaseOptions {
        path,
        connections: NonZeroUsize::MIN,
        ..DatabaseOptions::default()
    };
    Ok(Database::open(options).await?)
}

fn answer_of(query: &Query, rows: &[String]) -> Outcome<Value> {
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        values.push(serde_json::from_str(row)?);
    }
    Ok(match query.ask {
        Ask::Aggregate(_) => values.pop().unwrap_or(Value::Null),
        Ask::Rows { .. } | Ask::Groups { .. } => Value::Array(values),
    })
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => (one - other).abs() <= TOLERANCE * one.abs().max(1.0),
            _ => one == other,
        },
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| is_same(value, other)))
        }
        _ => one == other,
    }
}
