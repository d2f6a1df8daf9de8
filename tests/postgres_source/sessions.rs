//! What becomes of sessions.

use std::time::Duration;

use hugr_core::Request;
use serde_json::json;

use crate::shop::{Outcome, Shop, wait_for_rest};

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
