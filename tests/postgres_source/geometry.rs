//! Geometries, which PostGIS knows.

use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::services::postgres::postgres;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::shop::{Outcome, ask, plan_of, small_database};

const SDL: &str = r#"
type zones @table(name: "zones") {
  id: Int! @pk
  kind: Int
  area: Geometry @geometry_info(type: POLYGON, srid: 4326)
}
"#;

const TABLES: &str = "
CREATE EXTENSION postgis;
CREATE TABLE zones (id int PRIMARY KEY, kind int, area geometry(Polygon, 4326));
INSERT INTO zones SELECT i, i % 2, ST_MakeEnvelope(i, 0, i + 2.5, 1, 4326) FROM generate_series(0, 999) i;
INSERT INTO zones VALUES (1000, 2, NULL);
CREATE INDEX zones_area ON zones USING gist (area);
ANALYZE zones;
";

async fn open(tables: &str) -> Outcome<(HugrEngine, PgConnection)> {
    let url = postgres().await?.create_database().await?;
    let mut session = PgConnection::connect(&url).await?;
    sqlx::raw_sql(AssertSqlSafe(tables.to_owned()))
        .execute(&mut session)
        .await?;
    let engine = HugrEngine::builder()
        .with_config(EngineConfig {
            database: small_database(),
            ..EngineConfig::default()
        })
        .with_source(DataSource::postgres("map", url).with_sdl(SDL))
        .build()
        .await?;
    Ok((engine, session))
}

#[tokio::test]
async fn filters_use_the_index() -> Outcome {
    let (engine, mut session) = open(TABLES).await?;
    for (operator, value, found) in [
        ("intersects", "POINT(10.25 0.5)", json!([8, 9, 10])),
        ("contains", "POINT(10.25 0.5)", json!([8, 9, 10])),
        ("intersects", "POINT(10.25 7)", json!([])),
    ] {
        let filter = format!(
            "{{ zones(filter: {{area: {{{operator}: \"{value}\"}}}}, order_by: [{{field: \"id\"}}]) {{ id }} }}"
        );
        let answer = ask(&engine, Request::new(filter.as_str())).await?;
        let ids = answer.pointer("/data/zones").and_then(|rows| rows.as_array());
        let ids: Vec<_> = ids.into_iter().flatten().map(|row| row["id"].clone()).collect();
        assert_eq!(json!(ids), found, "{answer}");
        let plan = plan_of(&engine, &mut session, &filter).await?;
        assert!(plan.contains("zones_area"), "{plan}");
    }
    Ok(())
}

#[tokio::test]
async fn aggregations_join_and_cut() -> Outcome {
    let (engine, _session) = open(TABLES).await?;
    let query =
        "{ zones_bucket_aggregation(filter: {id: {in: [1, 2, 3, 1000]}}, order_by: [{field: \"key.kind\"}]) {
        key { kind } aggregations { area { intersection extent } } } }";
    let answer = ask(&engine, Request::new(query)).await?;
    let buckets = answer
        .pointer("/data/zones_bucket_aggregation")
        .cloned()
        .unwrap_or_default();
    // 2 alone; 1 with 3; nothing.
    for (index, from, to) in [(0, 2.0, 4.5), (1, 3.0, 3.5)] {
        let shown = &buckets[index]["aggregations"]["area"]["intersection"];
        assert!(
            is_rectangle(shown, from, to),
            "{shown} is not from {from} to {to}"
        );
    }
    assert_eq!(buckets[2]["aggregations"]["area"]["intersection"], json!(null));
    Ok(())
}

/// Whatever the order of its corners.
fn is_rectangle(shown: &serde_json::Value, from: f64, to: f64) -> bool {
    let corners = shown["coordinates"][0].as_array().cloned().unwrap_or_default();
    let has = |x: f64, y: f64| {
        corners
            .iter()
            .any(|corner| corner[0].as_f64() == Some(x) && corner[1].as_f64() == Some(y))
    };
    corners.len() == 5 && has(from, 0.0) && has(from, 1.0) && has(to, 0.0) && has(to, 1.0)
}

#[tokio::test]
async fn malformed_geometries_are_the_callers_mistake() -> Outcome {
    let (engine, _session) = open(TABLES).await?;
    for value in [
        "POINT(1",
        "",
        "POLYGON((0 0, 1 1))",
        "{x",
        r#"{\"type\":\"Point\"}"#,
    ] {
        let query = format!("{{ zones(filter: {{area: {{intersects: \"{value}\"}}}}) {{ id }} }}");
        let answer = ask(&engine, Request::new(query)).await?;
        assert_eq!(
            answer.pointer("/errors/0/extensions/code"),
            Some(&json!("GRAPHQL_VALIDATION")),
            "{value}: {answer:#}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_extension_is_named() -> Outcome {
    let (engine, _session) = open("CREATE TABLE zones (id int PRIMARY KEY, kind int, area text)").await?;
    for query in [
        "{ zones { area } }",
        "{ zones(filter: {area: {intersects: \"POINT(1 1)\"}}) { id } }",
    ] {
        let answer = ask(&engine, Request::new(query)).await?;
        assert_eq!(
            answer.pointer("/errors/0/extensions/code"),
            Some(&json!("UNSUPPORTED")),
            "{answer:#}"
        );
        assert!(answer.to_string().contains("`postgis`"), "{answer:#}");
    }
    Ok(())
}

#[tokio::test]
async fn joins_take_coordinates_as_they_are_in_any_reference_system() -> Outcome {
    let url = postgres().await?.create_database().await?;
    let mut session = PgConnection::connect(&url).await?;
    sqlx::raw_sql(
        "CREATE EXTENSION postgis; CREATE TABLE zones (id int PRIMARY KEY, area geometry(Polygon, 4326)); \
         CREATE TABLE spots (id int PRIMARY KEY, spot geometry(Point, 3857), loose geometry); \
         INSERT INTO zones VALUES (1, ST_MakeEnvelope(0, 0, 2, 2, 4326)), (2, ST_MakeEnvelope(10, 10, 12, 12, 4326)); \
         INSERT INTO spots SELECT i, ST_SetSRID(ST_MakePoint(i, i), 3857), ST_MakePoint(i, i) FROM generate_series(1, 3) i",
    )
    .execute(&mut session)
    .await?;
    let sdl = r#"
        type zones @table(name: "zones") { id: Int! @pk area: Geometry @geometry_info(type: POLYGON, srid: 4326) }
        type spots @table(name: "spots") { id: Int! @pk spot: Geometry @geometry_info(type: POINT, srid: 3857) loose: Geometry }
    "#;
    let config = EngineConfig {
        database: small_database(),
        ..EngineConfig::default()
    };
    let engine = HugrEngine::builder()
        .with_config(config)
        .with_source(DataSource::postgres("map", url).with_sdl(sdl))
        .build()
        .await?;
    for (join, near, far) in [
        (
            "_spatial(field: \"area\", type: INTERSECTS) { spots(field: \"spot\", nested_order_by: [{field: \"id\"}]) { id } }",
            json!({"spots": [{"id": 1}, {"id": 2}]}),
            json!({"spots": null}),
        ),
        (
            "_spatial(field: \"area\", type: CONTAINS) { spots(field: \"loose\") { id } }",
            json!({"spots": [{"id": 1}]}),
            json!({"spots": null}),
        ),
        (
            "_spatial(field: \"area\", type: DWITHIN, buffer: 1000) { spots_aggregation(field: \"spot\") { _rows_count } }",
            json!({"spots_aggregation": {"_rows_count": 2}}),
            json!({"spots_aggregation": null}),
        ),
        (
            "_spatial(field: \"area\", type: DISJOIN) { spots_aggregation(field: \"loose\") { _rows_count } }",
            json!({"spots_aggregation": {"_rows_count": 1}}),
            json!({"spots_aggregation": {"_rows_count": 3}}),
        ),
    ] {
        let query = format!("{{ zones(order_by: [{{field: \"id\"}}]) {{ id {join} }} }}");
        let expected = json!({"data": {"zones": [{"id": 1, "_spatial": near}, {"id": 2, "_spatial": far}]}});
        assert_eq!(ask(&engine, Request::new(query)).await?, expected, "{join}");
    }
    Ok(())
}
