//! A pooler between us and the server, which may give each transaction another session.

use hugr_core::Request;
use hugr_tests::services::own_postgres::OwnPostgres;
use hugr_tests::services::pgbouncer::PgBouncer;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use crate::shop::{Outcome, TABLES, ask, engine, wait_for_rest};

const WORKERS: usize = 8;
const TURNS: usize = 25;

/// Pages, aggregations and parts of instants in the time zone of the request.
const QUERY: &str = "query ($id: BigInt!) {
  books_by_pk(id: $id) { id _out_at_part(extract: hour) author { id books(nested_limit: 1, nested_order_by: [{field: \"id\"}]) { id } } }
  books_aggregation(filter: {id: {lte: 60}}) { _rows_count }
}";

#[tokio::test]
async fn nothing_is_left_in_sessions_that_others_use() -> Outcome {
    let server = OwnPostgres::start(&[]).await?;
    let mut session = PgConnection::connect(&server.url()).await?;
    let in_schema = format!("CREATE SCHEMA app; SET search_path = app; {TABLES}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(in_schema))
        .execute(&mut session)
        .await?;
    let bouncer = PgBouncer::start(server.port()).await?;
    let path = format!(
        "{}?application_name=hugr_test&prepared_statements=false&search_path=app&statement_timeout=20s",
        bouncer.url("postgres")
    );
    let engine = engine(&path).await?;
    let mut workers: JoinSet<Outcome> = JoinSet::new();
    for worker in 0..WORKERS {
        let engine = engine.clone();
        workers.spawn(async move {
            // 2024-01-01 10:00 UTC and `id` times an hour and 1.5 seconds.
            let (zone, hour) = if worker % 2 == 0 {
                ("UTC", 12)
            } else {
                ("Asia/Tokyo", 21)
            };
            for _ in 0..TURNS {
                let request = Request {
                    time_zone: Some(zone.to_owned()),
                    ..Request::new(QUERY).with_variables([("id".to_owned(), json!(2))].into_iter().collect())
                };
                let answer = ask(&engine, request).await?;
                let expected = json!({"data": {
                    "books_by_pk": {"id": 2, "_out_at_part": hour, "author": {"id": 3, "books": [{"id": 2}]}},
                    "books_aggregation": {"_rows_count": 60},
                }});
                assert_eq!(answer, expected, "{zone}");
            }
            Ok(())
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    wait_for_rest(&mut session).await?;
    let mut pooled = PgConnection::connect(&bouncer.url("postgres")).await?;
    for _ in 0..WORKERS {
        let row: (String, String) =
            sqlx::query_as("SELECT current_setting('search_path'), current_setting('statement_timeout')")
                .persistent(false)
                .fetch_one(&mut pooled)
                .await?;
        assert_eq!(row, ("\"$user\", public".to_owned(), "0".to_owned()));
    }
    Ok(())
}
