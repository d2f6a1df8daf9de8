//! Vectors, which pgvector knows.

use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::services::postgres::postgres;
use hugr_tests::services::postgres_versions::postgres_with_vector;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::breadth::is_same;
use crate::shop::{Outcome, ask, plan_of, small_database};

const SDL: &str = r#"
type docs @table(name: "docs") {
  id: Int! @pk
  kind: Int
  vec: Vector @dim(len: 3)
}
type kinds @table(name: "kinds") {
  id: Int! @pk
  docs: [docs] @join(references_name: "docs", source_fields: ["id"], references_fields: ["kind"])
}
"#;

const EXTENSION: &str =
    "CREATE EXTENSION vector; CREATE TABLE docs (id int PRIMARY KEY, kind int, vec vector(3));";

const ROWS: &str = "
CREATE TABLE kinds (id int PRIMARY KEY);
INSERT INTO kinds VALUES (0), (1);
INSERT INTO docs VALUES (1, 0, '[1,0,0]'), (2, 1, '[0,1,0]'), (3, 0, '[0.5,0.5,0]'), (4, 1, '[-1,0,0]'), (5, 0, '[0,0,0]'), (6, 1, NULL),
    (7, 0, '[2,0,1]');
";

const TABLE_OF_DUCKDB: &str = "CREATE TABLE docs (id INTEGER PRIMARY KEY, kind INTEGER, vec FLOAT[3]);";

/// DuckDB computes with numbers of single precision.
const SINGLE: f64 = 1e-6;

/// Requests that both databases answer alike.
const QUERIES: [&str; 12] = [
    "{ docs(similarity: {name: \"vec\", vector: [1, 0.1, 0], distance: L2, limit: 4}) { id } }",
    "{ docs(similarity: {name: \"vec\", vector: [1, 0.1, 0], distance: Cosine, limit: 4}) { id d: _vec_distance(vector: [1, 0.1, 0], distance: Cosine) } }",
    "{ docs(similarity: {name: \"vec\", vector: \"[1,0.1,0]\", distance: Inner, limit: 3}) { id d: _vec_distance(vector: \"[1,0.1,0]\", distance: Inner) } }",
    "{ docs(filter: {kind: {eq: 1}}, similarity: {name: \"vec\", vector: [1, 0.1, 0], distance: L2, limit: 2}) { id kind } }",
    "{ docs(similarity: {name: \"vec\", vector: [1, 0, 0], distance: L2, limit: 3}, order_by: [{field: \"id\", direction: DESC}], limit: 2, offset: 1) { id } }",
    "{ docs(filter: {vec: {is_null: true}}) { id } b: docs(filter: {vec: {is_null: false}}, order_by: [{field: \"id\"}]) { id } }",
    "{ docs(order_by: [{field: \"d\"}, {field: \"id\"}]) { id d: _vec_distance(vector: [1, 0.1, 0], distance: Cosine) } }",
    "{ docs(order_by: [{field: \"d\", direction: DESC}, {field: \"id\"}], limit: 3) { id d: _vec_distance(vector: [0, 1, 0], distance: L2) } }",
    "{ docs_aggregation(similarity: {name: \"vec\", vector: [1, 0.1, 0], distance: L2, limit: 3}) { _rows_count id { min max } _vec_distance(vector: [1, 0.1, 0], distance: L2) { max } } }",
    "{ docs_bucket_aggregation(similarity: {name: \"vec\", vector: [1, 0.1, 0], distance: L2, limit: 3}, order_by: [{field: \"key.kind\"}]) { key { kind } aggregations { _rows_count } } }",
    "{ kinds(order_by: [{field: \"id\"}]) { id docs(nested_order_by: [{field: \"id\"}]) { id } _join(fields: [\"id\"]) { docs(fields: [\"kind\"], similarity: {name: \"vec\", vector: [1, 0.1, 0], distance: L2, limit: 3}, nested_order_by: [{field: \"id\"}]) { id } } } }",
    "{ docs(similarity: {name: \"vec\", vector: [1, 0], distance: L2, limit: 3}) { id } }",
];

async fn engine_of(source: hugr_core::SourceDefinition) -> Outcome<HugrEngine> {
    let config = EngineConfig {
        database: small_database(),
        ..EngineConfig::default()
    };
    let builder = HugrEngine::builder().with_config(config).with_source(source);
    Ok(builder.build().await?)
}

async fn open() -> Outcome<(HugrEngine, PgConnection)> {
    let url = postgres_with_vector().await?.create_database().await?;
    let mut session = PgConnection::connect(&url).await?;
    for statements in [EXTENSION, ROWS] {
        sqlx::raw_sql(statements).execute(&mut session).await?;
    }
    Ok((
        engine_of(DataSource::postgres("library", url).with_sdl(SDL)).await?,
        session,
    ))
}

#[tokio::test]
async fn answers_are_those_of_duckdb() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("rows.duckdb");
    let rows = hugr_core::db::Database::open(hugr_core::db::DatabaseOptions {
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
    let duckdb = engine_of(DataSource::duckdb("library", file.display().to_string()).with_sdl(SDL)).await?;
    let (postgres, _session) = open().await?;
    for query in QUERIES {
        let expected = ask(&duckdb, Request::new(query)).await?;
        let found = ask(&postgres, Request::new(query)).await?;
        assert!(is_same(&expected, &found, SINGLE), "{query}\n{expected}\n{found}");
    }
    Ok(())
}

#[tokio::test]
async fn vectors_are_written_and_read() -> Outcome {
    let (engine, _session) = open().await?;
    for (request, expected) in [
        (
            "mutation { a: insert_docs(data: {id: 20, vec: [1, 2.5, -3]}) { id vec } b: insert_docs(data: {id: 21, vec: \"[4,5,6]\"}) { vec } }",
            json!({"data": {"a": {"id": 20, "vec": "[1,2.5,-3]"}, "b": {"vec": "[4,5,6]"}}}),
        ),
        (
            "mutation { update_docs(filter: {id: {eq: 20}}, data: {vec: [7, 8, 9]}) { affected_rows } }",
            json!({"data": {"update_docs": {"affected_rows": 1}}}),
        ),
        (
            "mutation { insert_many_docs(data: [{id: 22, vec: [1, 1, 1]}, {id: 23}]) { affected_rows } }",
            json!({"data": {"insert_many_docs": {"affected_rows": 2}}}),
        ),
        (
            "{ docs(filter: {id: {gte: 20}}, order_by: [{field: \"id\"}]) { id vec } docs_by_pk(id: 5) { vec } }",
            json!({"data": {
                "docs": [{"id": 20, "vec": "[7,8,9]"}, {"id": 21, "vec": "[4,5,6]"}, {"id": 22, "vec": "[1,1,1]"}, {"id": 23, "vec": null}],
                "docs_by_pk": {"vec": "[0,0,0]"},
            }}),
        ),
    ] {
        assert_eq!(ask(&engine, Request::new(request)).await?, expected, "{request}");
    }
    let short = "mutation { insert_docs(data: {id: 30, vec: [1, 2]}) { id } }";
    let refused = ask(&engine, Request::new(short)).await?;
    assert_eq!(code(&refused), Some(&json!("GRAPHQL_VALIDATION")), "{refused:#}");
    Ok(())
}

fn code(answer: &Value) -> Option<&Value> {
    answer.pointer("/errors/0/extensions/code")
}

#[tokio::test]
async fn nearest_rows_come_from_the_index() -> Outcome {
    let (engine, mut session) = open().await?;
    sqlx::raw_sql(
        "INSERT INTO docs SELECT i, i % 5, ARRAY[sin(i), cos(i), i % 7 + 1]::vector FROM generate_series(100, 5000) i; \
         CREATE INDEX docs_l2 ON docs USING hnsw (vec vector_l2_ops); \
         CREATE INDEX docs_cosine ON docs USING hnsw (vec vector_cosine_ops); \
         CREATE INDEX docs_inner ON docs USING ivfflat (vec vector_ip_ops) WITH (lists = 4); ANALYZE docs",
    )
    .execute(&mut session)
    .await?;
    for (measure, index) in [
        ("L2", "docs_l2"),
        ("Cosine", "docs_cosine"),
        ("Inner", "docs_inner"),
    ] {
        for request in [
            format!(
                "{{ docs(similarity: {{name: \"vec\", vector: [1, 2, 3], distance: {measure}, limit: 5}}) {{ id }} }}"
            ),
            format!(
                "{{ docs(order_by: [{{field: \"d\"}}], limit: 5) {{ id d: _vec_distance(vector: [1, 2, 3], distance: {measure}) }} }}"
            ),
        ] {
            let plan = plan_of(&engine, &mut session, &request).await?;
            assert!(plan.contains(index), "{request}\n{plan}");
            let answer = ask(&engine, Request::new(request.clone())).await?;
            let rows = answer.pointer("/data/docs").and_then(Value::as_array);
            assert_eq!(rows.map(Vec::len), Some(5), "{request}: {answer:#}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_extension_is_named() -> Outcome {
    let url = postgres().await?.create_database().await?;
    let mut session = PgConnection::connect(&url).await?;
    sqlx::raw_sql("CREATE TABLE docs (id int PRIMARY KEY, kind int, vec text)")
        .execute(&mut session)
        .await?;
    let engine = engine_of(DataSource::postgres("library", url).with_sdl(SDL)).await?;
    for query in [
        "{ docs(similarity: {name: \"vec\", vector: [1, 2, 3], distance: L2, limit: 5}) { id } }",
        "{ docs { _vec_distance(vector: [1, 2, 3], distance: Cosine) } }",
    ] {
        let answer = ask(&engine, Request::new(query)).await?;
        assert_eq!(code(&answer), Some(&json!("UNSUPPORTED")), "{query}: {answer:#}");
        assert!(answer.to_string().contains("`vector`"), "{query}: {answer:#}");
    }
    Ok(())
}

#[tokio::test]
async fn tables_describe_their_vectors() -> Outcome {
    let url = postgres_with_vector().await?.create_database().await?;
    let mut session = PgConnection::connect(&url).await?;
    for statements in [EXTENSION, ROWS] {
        sqlx::raw_sql(statements).execute(&mut session).await?;
    }
    let engine = engine_of(DataSource::postgres("library", url).self_defined()).await?;
    let query = "{ docs(similarity: {name: \"vec\", vector: [0, 1, 0], distance: L2, limit: 1}) { id vec } }";
    let answer = ask(&engine, Request::new(query)).await?;
    assert_eq!(answer, json!({"data": {"docs": [{"id": 2, "vec": "[0,1,0]"}]}}));
    Ok(())
}
