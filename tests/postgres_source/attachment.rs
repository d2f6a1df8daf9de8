//! DuckDB's extension for PostgreSQL is used when a statement needs it, and not before.

use hugr_core::db::DatabaseOptions;
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request, SourceDefinition};
use hugr_tests::services::postgres::postgres;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::breadth::{self, all_requests, expect_no_errors};
use crate::shop::{Outcome, ask, small_database};

async fn engine(database: DatabaseOptions, sources: Vec<SourceDefinition>) -> Outcome<HugrEngine> {
    let config = EngineConfig {
        database,
        ..EngineConfig::default()
    };
    let builder = HugrEngine::builder().with_config(config);
    let builder = sources
        .into_iter()
        .fold(builder, |builder, source| builder.with_source(source));
    Ok(builder.build().await?)
}

/// Options under which DuckDB finds no extension.
fn without_extensions(folder: &std::path::Path) -> DatabaseOptions {
    DatabaseOptions {
        extension_directory: Some(folder.to_owned()),
        ..small_database()
    }
}

#[tokio::test]
async fn what_the_source_answers_itself_needs_no_extension() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = postgres().await?.create_database().await?;
    breadth::fill(&url).await?;
    let sdl = breadth::postgres_schema();
    let engine = engine(
        without_extensions(folder.path()),
        vec![
            DataSource::postgres("shop", url.clone()).with_sdl(sdl),
            DataSource::postgres("described", url)
                .with_prefix("own")
                .self_defined(),
        ],
    )
    .await?;
    expect_no_errors(&breadth::answers(&engine, all_requests()).await?);
    let described = ask(
        &engine,
        Request::new("{ own_crews(filter: {id: {eq: 2}}) { title } }"),
    )
    .await?;
    assert_eq!(described, json!({"data": {"own_crews": [{"title": "beta"}]}}));

    let detour = ask(&engine, Request::new("{ crews @no_pushdown { id } }")).await?;
    let error = &detour["errors"][0];
    assert_eq!(
        error["extensions"]["code"],
        json!("SOURCE_UNAVAILABLE"),
        "{detour:#}"
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| message.contains("`postgres_scanner`")),
        "{detour:#}"
    );
    Ok(())
}

#[tokio::test]
async fn geometries_need_no_extension_of_duckdb() -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = postgres().await?.create_database().await?;
    let mut session = PgConnection::connect(&url).await?;
    sqlx::raw_sql(
        "CREATE EXTENSION postgis; CREATE TABLE spots (id int PRIMARY KEY, at_place geometry(Point, 4326)); \
         INSERT INTO spots VALUES (1, ST_SetSRID(ST_MakePoint(1, 2), 4326))",
    )
    .execute(&mut session)
    .await?;
    let sdl = "type spots @table(name: \"spots\") { id: Int! @pk at_place: Geometry @geometry_info(type: POINT, srid: 4326) }";
    let engine = engine(
        without_extensions(folder.path()),
        vec![DataSource::postgres("map", url).with_sdl(sdl)],
    )
    .await?;
    let answer = ask(
        &engine,
        Request::new("{ spots(filter: {at_place: {intersects: \"POINT(1 2)\"}}) { at_place } }"),
    )
    .await?;
    assert_eq!(
        answer,
        json!({"data": {"spots": [{"at_place": {"type": "Point", "coordinates": [1, 2]}}]}})
    );
    let detour = ask(&engine, Request::new("{ spots @no_pushdown { id } }")).await?;
    let error = &detour["errors"][0];
    assert_eq!(error["extensions"]["code"], json!("UNSUPPORTED"), "{detour:#}");
    Ok(())
}

#[tokio::test]
async fn statements_that_need_duckdb_attach_it() -> Outcome {
    let url = postgres().await?.create_database().await?;
    let mut session = PgConnection::connect(&url).await?;
    sqlx::raw_sql("CREATE TABLE items (id int PRIMARY KEY, title text); INSERT INTO items VALUES (1, 'one'), (2, 'two')")
        .execute(&mut session)
        .await?;
    let items = "type items @table(name: \"items\") { id: Int! @pk title: String }";
    let views = "type named @view(name: \"named\", sql: \"SELECT id, title FROM Shop.items WHERE id > 1\") { id: Int! @pk title: String } \
                 type own @view(name: \"own\", sql: \"SELECT 1 AS id\") { id: Int! @pk }";
    let engine = engine(
        small_database(),
        vec![
            DataSource::postgres("shop", url.clone()).with_sdl(items),
            DataSource::postgres("store", url)
                .with_prefix("st")
                .with_sdl(items),
            DataSource::duckdb("views", ":memory:").with_sdl(views),
        ],
    )
    .await?;
    for (query, expected) in [
        (
            "{ named { id title } }",
            json!({"named": [{"id": 2, "title": "two"}]}),
        ),
        (
            "{ st_items(order_by: [{field: \"id\"}]) @no_pushdown { id } }",
            json!({"st_items": [{"id": 1}, {"id": 2}]}),
        ),
        (
            "{ own { _join(fields: [\"id\"]) { st_items(fields: [\"id\"], inner: true) { title } } } }",
            json!({"own": [{"_join": {"st_items": [{"title": "one"}]}}]}),
        ),
    ] {
        let answer = ask(&engine, Request::new(query)).await?;
        assert_eq!(answer, json!({"data": expected}), "{query}");
    }
    Ok(())
}
