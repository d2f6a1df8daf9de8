//! What becomes of sessions.

use std::time::Duration;

use hugr_core::Request;
use hugr_tests::services::postgres::postgres;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::shop::{Outcome, Shop, TABLES, ask, engine, wait_for_rest};

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
    wait_for_rest(&mut shop.admin).await?;
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

#[tokio::test]
async fn no_moment_to_end_a_request_leaves_a_transaction() -> Outcome {
    let mut shop = Shop::open().await?;
    let levels =
        "{ authors(order_by: [{field: \"id\"}]) { id books(nested_limit: 2) { id author { id } } } }";
    for moment in 0..80 {
        let early = Request {
            timeout: Some(Duration::from_micros(150 * moment)),
            ..Request::new(levels)
        };
        let answer = shop.ask(early).await?;
        let code = answer.pointer("/errors/0/extensions/code");
        assert!(code.is_none() || code == Some(&json!("TIMEOUT")), "{answer:#}");
    }
    wait_for_rest(&mut shop.admin).await?;
    let answer = shop
        .ask(Request::new("{ authors_aggregation { _rows_count } }"))
        .await?;
    assert_eq!(
        answer.pointer("/data/authors_aggregation/_rows_count"),
        Some(&json!(9)),
        "{answer:#}"
    );
    Ok(())
}

#[tokio::test]
async fn sessions_have_a_name_and_look_where_they_are_told() -> Outcome {
    let url = postgres().await?.create_database().await?;
    let mut admin = PgConnection::connect(&url).await?;
    sqlx::raw_sql(
        "CREATE SCHEMA app; CREATE SCHEMA \"odd, one\"; CREATE TABLE public.authors (id int); CREATE TABLE public.books (id int)",
    )
    .execute(&mut admin)
    .await?;
    for (schema, quoted) in [("app", "app"), ("odd, one", "\"odd, one\"")] {
        let tables = format!("SET search_path = {quoted}; {TABLES} SET search_path = public;");
        sqlx::raw_sql(AssertSqlSafe(tables)).execute(&mut admin).await?;
        let path = quoted.replace(' ', "%20").replace('"', "%22").replace(',', "%2C");
        let engine = engine(&format!("{url}?search_path={path}")).await?;
        let found = "{ authors_by_pk(id: 3) { name } detour: authors @no_pushdown { id } }";
        let answer = ask(&engine, Request::new(found)).await?;
        assert_eq!(
            answer.pointer("/data/authors_by_pk"),
            Some(&json!({"name": "author 3"})),
            "{schema}: {answer:#}"
        );
        let detour = answer.pointer("/data/detour").and_then(|rows| rows.as_array());
        assert_eq!(detour.map(Vec::len), Some(9), "{schema}: {answer:#}");
        let named = "SELECT count(*) > 0 FROM pg_stat_activity \
                     WHERE datname = current_database() AND application_name = 'hugr'";
        assert!(sqlx::query_scalar::<_, bool>(named).fetch_one(&mut admin).await?);
    }
    Ok(())
}

#[tokio::test]
async fn connections_are_counted() -> Outcome {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let shop = Shop::open().await?;
    shop.ask(Request::new("{ authors_by_pk(id: 1) { name } }"))
        .await?;
    let text = recorder.handle().render();
    for state in ["open", "idle", "waiting"] {
        let found = text.lines().any(|line| {
            line.starts_with("hugr_source_connections{source=\"shop\",host=\"127.0.0.1:")
                && line.contains(&format!("state=\"{state}\"}} "))
        });
        assert!(found, "{state}: {text}");
    }
    Ok(())
}
