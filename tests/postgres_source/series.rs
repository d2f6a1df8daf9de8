//! Time series in hypertables, which TimescaleDB knows.

use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request, SourceDefinition};
use hugr_tests::services::Timescale;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::breadth::is_same;
use crate::shop::{Outcome, admin, ask, small_database};

const SDL: &str = r#"
type readings @table(name: "readings") @hypertable {
  sensor: Int! @pk
  at: Timestamp! @pk @timescale_key
  value: Float
}
"#;

const TABLE: &str =
    "CREATE TABLE readings (sensor int, at timestamptz NOT NULL, value float8, PRIMARY KEY (sensor, at));";
const HYPERTABLE: &str =
    "SELECT create_hypertable('readings', 'at', chunk_time_interval => INTERVAL '2 days');";
const TABLE_OF_DUCKDB: &str = "CREATE TABLE readings (sensor INTEGER, \"at\" TIMESTAMPTZ NOT NULL, value DOUBLE, PRIMARY KEY (sensor, \"at\"));";
const ROWS: &str =
    "INSERT INTO readings SELECT i % 3, TIMESTAMPTZ '2024-01-01 00:00:00+00' + i * INTERVAL '95 minutes', i
    FROM generate_series(0, 119) AS s(i) WHERE i % 40 < 25;";

const QUERIES: [&str; 7] = [
    "{ readings(filter: {sensor: {eq: 1}}, order_by: [{field: \"at\"}], limit: 4) { at day: at(bucket: day) quarter: at(bucket_interval: \"15m\") value } }",
    "{ readings_bucket_aggregation(order_by: [{field: \"key.at\"}]) { key { at(bucket_interval: \"6h\") } aggregations { _rows_count value { sum avg } } } }",
    "{ readings_bucket_aggregation(order_by: [{field: \"key.at\"}]) { key { at(bucket: week) } aggregations { _rows_count } } }",
    "{ readings_bucket_aggregation(order_by: [{field: \"key.at\"}]) { key { at(bucket_interval: \"6h\", gapfill: true) } aggregations { _rows_count value { sum } } } }",
    "{ readings_bucket_aggregation(filter: {at: {gte: \"2024-01-02\", lt: \"2024-01-06\"}}, order_by: [{field: \"key.sensor\"}, {field: \"key.at\"}]) { key { sensor at(bucket: day, gapfill: true) } aggregations { _rows_count } } }",
    "{ readings_bucket_aggregation(order_by: [{field: \"key.at\"}], limit: 3) { key { at(bucket_interval: \"36h\") } aggregations { value { last any: max } } } }",
    "{ readings_by_pk(sensor: 1, at: \"2024-01-01T01:35:00Z\") { value } readings_aggregation { at { min max } _rows_count } }",
];

async fn engine_of(source: SourceDefinition) -> Outcome<HugrEngine> {
    let config = EngineConfig {
        database: small_database(),
        ..EngineConfig::default()
    };
    let builder = HugrEngine::builder().with_config(config).with_source(source);
    Ok(builder.build().await?)
}

#[tokio::test]
async fn hypertables_answer_as_duckdb_does() -> Outcome {
    let server = Timescale::start()?;
    let mut session = PgConnection::connect(server.url()).await?;
    for statements in [TABLE, HYPERTABLE, ROWS] {
        sqlx::raw_sql(statements).execute(&mut session).await?;
    }
    session.close().await?;
    let path = format!("{}?pool_size=1&prepared_statements=false", server.url());
    let postgres = engine_of(DataSource::postgres("series", path).with_sdl(SDL)).await?;

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("rows.duckdb");
    let rows = Database::open(DatabaseOptions {
        path: Some(file.clone()),
        ..small_database()
    })
    .await?;
    rows.run(|session| {
        session.execute_batch(TABLE_OF_DUCKDB)?;
        session.execute_batch(ROWS)
    })
    .await?;
    rows.close().await;
    let duckdb = engine_of(DataSource::duckdb("series", file.display().to_string()).with_sdl(SDL)).await?;

    for query in QUERIES {
        let expected = ask(&duckdb, Request::new(query)).await?;
        let found = ask(&postgres, Request::new(query)).await?;
        assert!(expected.get("errors").is_none(), "{query}: {expected:#}");
        assert!(is_same(&expected, &found, 1e-9), "{query}\n{expected}\n{found}");
    }
    let explained = postgres
        .explain(&Request::new(QUERIES[1]), &admin())
        .map_err(|errors| format!("{errors:?}"))?;
    assert!(explained.to_string().contains("time_bucket("), "{explained}");

    let change = "mutation { insert_readings(data: {sensor: 9, at: \"2024-03-01T00:00:00Z\", value: 1}) { at value } }";
    let expected = json!({"data": {"insert_readings": {"at": "2024-03-01T00:00:00Z", "value": 1}}});
    assert_eq!(ask(&postgres, Request::new(change)).await?, expected);
    Ok(())
}
