//! The same answers as through DuckDB.

use hugr_core::Request;
use hugr_tests::services::postgres::postgres;
use serde_json::{Map, json};

use crate::shop::{Outcome, Shop, admin, ask, engine_of_answers, wait_for_rest};

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
async fn durations_are_counted_from_one_instant_in_every_zone() -> Outcome {
    let shop = Shop::open().await?;
    let query = "books_bucket_aggregation(order_by: [{field: \"key.at\"}]) # { key { at: out_at(bucket_interval: \"PT12H\") } aggregations { _rows_count } }";
    for zone in ["America/New_York", "Asia/Kolkata", "UTC"] {
        let in_zone = |mark: &str| Request {
            time_zone: Some(zone.to_owned()),
            ..Request::new(format!("{{ {} }}", query.replace('#', mark)))
        };
        let (itself, detour) = (
            shop.ask(in_zone("")).await?,
            shop.ask(in_zone("@no_pushdown")).await?,
        );
        assert!(itself.get("errors").is_none(), "{zone}: {itself:#}");
        assert_eq!(itself, detour, "{zone}");
    }
    Ok(())
}

#[tokio::test]
async fn long_lists_are_whole() -> Outcome {
    let mut shop = Shop::open().await?;
    sqlx::raw_sql(
        "INSERT INTO books SELECT i, 1 + i % 9, 'book ' || i, NULLIF(i % 7, 0), CASE WHEN i % 5 > 0 THEN ARRAY['l' || i % 4] END, \
         TIMESTAMPTZ '2024-01-01 10:00:00+00' + i * INTERVAL '1 second', int4range(i, i + 10) FROM generate_series(1000, 22000) i",
    )
    .execute(&mut shop.admin)
    .await?;
    for (list, rows) in [
        (
            "books(order_by: [{field: \"id\"}]) # { id title sold labels out_at }",
            21_062,
        ),
        (
            "books(order_by: [{field: \"id\"}], limit: 8192) # { id labels }",
            8_192,
        ),
        (
            "books(order_by: [{field: \"id\"}], limit: 4096, filter: {id: {gte: 1000}}) # { id }",
            4_096,
        ),
        ("books(filter: {id: {lt: 0}}) # { id }", 0),
    ] {
        let itself = shop
            .ask(Request::new(format!("{{ {} }}", list.replace('#', ""))))
            .await?;
        let detour = shop
            .ask(Request::new(format!(
                "{{ {} }}",
                list.replace('#', "@no_pushdown")
            )))
            .await?;
        let found = itself.pointer("/data/books").and_then(|found| found.as_array());
        assert_eq!(found.map(Vec::len), Some(rows), "{list}");
        assert!(itself == detour, "{list}");
    }
    Ok(())
}

#[tokio::test]
async fn long_lists_that_are_too_long_leave_no_statement_behind() -> Outcome {
    let url = postgres().await?.create_database().await?;
    let mut shop = Shop::open_at(&url, "pool_size=1").await?;
    let engine = engine_of_answers(&format!("{url}?application_name=hugr_test&pool_size=1"), 100_000).await?;
    sqlx::raw_sql("INSERT INTO books SELECT i, NULL, repeat('x', 70) FROM generate_series(1000, 90000) i")
        .execute(&mut shop.admin)
        .await?;
    let long = ask(&engine, Request::new("{ books { id title } }")).await?;
    let code = long.pointer("/errors/0/extensions/code");
    assert_eq!(code, Some(&json!("RESOURCE_EXHAUSTED")), "{long}");
    wait_for_rest(&mut shop.admin).await?;
    let short = ask(&engine, Request::new("{ books_by_pk(id: 1) { id } }")).await?;
    assert_eq!(short, json!({"data": {"books_by_pk": {"id": 1}}}));
    Ok(())
}
