//! The same answers on every version of PostgreSQL, and as from DuckDB.

use hugr_core::store::testsuite::check_core_store;
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::core_store::PostgresPlace;
use hugr_tests::differential::random::Random;
use hugr_tests::differential::{data, generate, graphql};
use hugr_tests::services::Postgres;
use hugr_tests::services::postgres_versions::postgres_version;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::breadth::{self, Answered, all_requests, shared_requests};
use crate::shop::{Outcome, ask, small_database};

/// The version that the others are compared with.
const REFERENCE: u16 = 15;
/// Generated queries for each version.
const GENERATED: u64 = 100;

static EXPECTED: OnceCell<Vec<Answered>> = OnceCell::const_new();

/// Makes the tests of one version.
macro_rules! version {
    ($module:ident, $version:literal) => {
        mod $module {
            use super::*;

            #[tokio::test]
            async fn answers_are_the_same() -> Outcome {
                check_answers($version).await
            }

            #[tokio::test]
            async fn tables_describe_themselves() -> Outcome {
                check_description($version).await
            }

            #[tokio::test]
            async fn it_keeps_the_contract_of_core_stores() -> Outcome {
                let server = postgres_version($version).await?;
                check_core_store(|| PostgresPlace::new(&server)).await;
                Ok(())
            }
        }
    };
}

version!(version_13, 13);
version!(version_14, 14);
version!(version_15, 15);
version!(version_16, 16);
version!(version_17, 17);
version!(version_18, 18);

#[tokio::test]
async fn answers_are_those_of_duckdb() -> Outcome {
    let folder = tempfile::tempdir()?;
    let duckdb = breadth::duckdb_engine(folder.path()).await?;
    let expected = breadth::answers(&duckdb, shared_requests()).await?;
    breadth::expect_no_errors(&expected);
    let url = postgres_version(REFERENCE).await?.create_database().await?;
    let postgres = breadth::postgres_engine(&url).await?;
    breadth::compare(&expected, &breadth::answers(&postgres, shared_requests()).await?);
    Ok(())
}

/// Requests of every kind, then generated queries.
async fn check_answers(version: u16) -> Outcome {
    let expected = EXPECTED
        .get_or_try_init(async || {
            let server = postgres_version(REFERENCE).await?;
            let answered = answers_of(&server).await?;
            breadth::expect_no_errors(&answered);
            Outcome::Ok(answered)
        })
        .await?;
    let server = postgres_version(version).await?;
    breadth::compare(expected, &answers_of(&server).await?);
    Ok(())
}

async fn answers_of(server: &Postgres) -> Outcome<Vec<Answered>> {
    let engine = breadth::postgres_engine(&server.create_database().await?).await?;
    for request in all_requests() {
        let detours = breadth::detours(&engine, request)?;
        assert!(detours.is_empty(), "{request}: {detours:?}");
    }
    let mut answered = breadth::answers(&engine, all_requests()).await?;
    answered.extend(generated(server).await?);
    Ok(answered)
}

async fn generated(server: &Postgres) -> Outcome<Vec<Answered>> {
    let url = server.create_database().await?;
    let mut session = PgConnection::connect(&url).await?;
    sqlx::raw_sql(AssertSqlSafe(data::statements(1)))
        .execute(&mut session)
        .await?;
    let engine = HugrEngine::builder()
        .with_config(EngineConfig {
            database: small_database(),
            ..EngineConfig::default()
        })
        .with_source(DataSource::postgres("rows", url).with_sdl(data::SDL))
        .build()
        .await?;
    let mut answered = Vec::new();
    for seed in 0..GENERATED {
        let request = graphql::document(&generate::query(&mut Random::new(seed)));
        let answer = ask(&engine, Request::new(request.clone())).await?;
        answered.push(Answered { request, answer });
    }
    Ok(answered)
}

async fn check_description(version: u16) -> Outcome {
    let url = postgres_version(version).await?.create_database().await?;
    breadth::fill(&url).await?;
    let engine = HugrEngine::builder()
        .with_config(EngineConfig {
            database: small_database(),
            ..EngineConfig::default()
        })
        .with_source(DataSource::postgres("shop", url).self_defined())
        .build()
        .await?;
    let request = Request::new(
        "{ places(filter: {id: {eq: 1}}) { code mood labels seen price } \
         trips(filter: {id: {eq: 4}}) { km ref_trips_place_id_fkey { code ref_trips_place_id_fkey(nested_limit: 1, nested_order_by: [{field: \"id\"}]) { id } } } cards(filter: {id: {eq: 1}}) { pages big valid } }",
    );
    let answer = ask(&engine, request).await?;
    let expected = json!({"data": {
        "places": [{"code": "root", "mood": "glad", "labels": ["old", "big"], "seen": "2024-01-01T10:00:00Z", "price": 12.5}],
        "trips": [{"km": 12, "ref_trips_place_id_fkey": {"code": "ünï", "ref_trips_place_id_fkey": [{"id": 4}]}}],
        "cards": [{
            "pages": "[1,5)",
            "big": "[10,21)",
            "valid": "[\"2024-01-01 00:00:00+00\",\"2024-02-01 00:00:00+00\")",
        }],
    }});
    assert_eq!(answer, expected, "{answer:#}");
    Ok(())
}
