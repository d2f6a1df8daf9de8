//! An engine whose host limits the files that it may use.

use std::fs;

use hugr_core::db::AllowedFiles;
use hugr_core::store::DuckDbCoreStore;
use hugr_core::{EngineConfig, HugrEngine};
use serde_json::json;

use crate::driver::{Driver, Outcome, config};

const SETTINGS: &str = "DB_ALLOWED_DIRECTORIES";

#[tokio::test]
async fn a_source_outside_is_refused_with_the_setting() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    for place in [&inside, &outside] {
        fs::create_dir(place)?;
        fs::write(
            place.join("rows.graphql"),
            "type rows @view(name: \"rows\", sql: \"SELECT 1 AS id\") { id: Int! @pk }",
        )?;
        fs::write(place.join("rows.csv"), "id\n2\n")?;
    }
    let default = config();
    let limited = EngineConfig {
        database: hugr_core::db::DatabaseOptions {
            allowed_files: Some(AllowedFiles {
                directories: vec![inside.display().to_string()],
                paths: Vec::new(),
            }),
            ..default.database
        },
        ..default
    };
    // The core store is a file elsewhere: the limit is for queries.
    let store = DuckDbCoreStore::open(folder.path().join("core.duckdb")).await?;
    let driver = Driver::of(HugrEngine::builder().with_core_store(store).with_config(limited)).await?;
    let view = |path: &std::path::Path| {
        let sql = format!("SELECT id FROM read_csv('{}')", path.join("rows.csv").display());
        let sdl = format!("type read @view(name: \"read\", sql: \"{sql}\") {{ id: Int! @pk }}");
        json!({ "name": path, "type": "text", "path": sdl })
    };
    let catalog =
        |name: &str, path: &std::path::Path| json!({ "name": name, "type": "localFS", "path": path });
    for (name, path, catalog, is_allowed) in [
        ("a", inside.join("data.duckdb"), catalog("a", &inside), true),
        ("b", outside.join("data.duckdb"), catalog("b", &inside), false),
        ("c", inside.join("data.duckdb"), catalog("c", &outside), false),
    ] {
        driver.insert_source(name, catalog).await?;
        let update = "mutation ($name: String!, $path: String!) {
          core { update_data_sources(filter: {name: {eq: $name}}, data: {path: $path}) { success } } }";
        driver
            .data_of(update, json!({ "name": name, "path": path }), "/core")
            .await?;
        let (is_loaded, message) = driver.load(name).await?;
        assert_eq!(is_loaded, is_allowed, "{name}: {message}");
        assert_eq!(message.contains(SETTINGS), !is_allowed, "{name}: {message}");
        if is_allowed {
            assert_eq!(driver.data("{ rows { id } }", "/rows/0/id").await?, 1);
            driver.unload(name).await?;
        }
    }
    for (name, place, is_allowed) in [("d", &inside, true), ("e", &outside, false)] {
        driver.insert_source(name, view(place)).await?;
        let _ = driver.load(name).await?;
        let answer = driver.answer("{ read { id } }", json!({})).await?.to_string();
        assert_eq!(answer.contains("\"id\":2"), is_allowed, "{name}: {answer}");
        assert_eq!(answer.contains(SETTINGS), !is_allowed, "{name}: {answer}");
        driver.unload(name).await?;
    }
    Ok(())
}
