//! Sources are loaded, fail to load, are loaded anew and unloaded; requests see the old version or the new one.

use std::collections::HashMap;
use std::fs;

use hugr_core::store::DuckDbCoreStore;
use hugr_core::{EngineConfig, HugrEngine};
use serde_json::{Value, json};

use crate::driver::{Driver, Outcome, config};

const NUMBERS: &str = "{ numbers { id } }";
const STATUS: &str = "/function/core/data_source_status";

fn numbers(fields: &str) -> String {
    format!(
        "type numbers @view(name: \"numbers\", sql: \"SELECT 7 AS id, 'n' AS name\") {{ id: Int! @pk {fields} }}"
    )
}

fn text(name: &str, sdl: &str) -> Value {
    json!({ "name": name, "type": "text", "path": sdl })
}

async fn status(driver: &Driver, name: &str) -> Outcome<Value> {
    let query = format!("{{ function {{ core {{ data_source_status(name: \"{name}\") }} }} }}");
    driver.data(&query, STATUS).await
}

/// Changes columns of a source.
async fn update(driver: &Driver, name: &str, data: Value) -> Outcome {
    let query = "mutation ($name: String!, $data: data_sources_mut_data!) {
      core { update_data_sources(filter: {name: {eq: $name}}, data: $data) { affected_rows } } }";
    let variables = json!({ "name": name, "data": data });
    let changed = driver
        .data_of(query, variables, "/core/update_data_sources/affected_rows")
        .await?;
    assert_eq!(changed, 1);
    Ok(())
}

#[tokio::test]
async fn a_source_that_fails_at_start_is_named_and_the_rest_serves() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("core.duckdb");
    let data = folder.path().join("data.duckdb");
    let store = DuckDbCoreStore::open(&file).await?;
    let driver = Driver::over(store.clone()).await?;
    driver.insert_source("good", text("good", &numbers(""))).await?;
    let sdl = "type rows @view(name: \"rows\", sql: \"SELECT 1 AS id\") { id: Int! @pk }";
    driver.insert_source("lost", text("lost", sdl)).await?;
    update(&driver, "lost", json!({ "path": data })).await?;
    for name in ["good", "lost"] {
        assert_eq!(driver.load(name).await?.1, "Datasource was loaded");
    }
    driver.engine.close().await;
    store.close().await;
    fs::remove_file(&data)?;
    fs::create_dir(&data)?;

    let restarted = Driver::over(DuckDbCoreStore::open(&file).await?).await?;

    assert!(restarted.engine.is_ready());
    assert_eq!(restarted.data(NUMBERS, "/numbers/0/id").await?, 7);
    assert_eq!(status(&restarted, "good").await?, "attached");
    assert_eq!(status(&restarted, "lost").await?, "detached");
    let (is_loaded, message) = restarted.load("lost").await?;
    assert!(!is_loaded, "{message}");
    assert!(
        message.starts_with("load_data_source: data source `lost` cannot be opened: "),
        "{message}"
    );
    // What was missing is back: the same command brings the source.
    fs::remove_dir(&data)?;
    assert!(restarted.load("lost").await?.0);
    assert_eq!(restarted.data("{ rows { id } }", "/rows/0/id").await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_failed_reload_keeps_the_old_version_and_says_why() -> Outcome {
    let folder = tempfile::tempdir()?;
    let schema = folder.path().join("numbers.graphql");
    fs::write(&schema, numbers(""))?;
    let driver = Driver::over(DuckDbCoreStore::in_memory()).await?;
    let catalog = json!({ "name": "numbers", "type": "localFS", "path": folder.path() });
    driver.insert_source("shop", catalog).await?;
    assert!(driver.load("shop").await?.0);

    fs::write(&schema, numbers("name: Strin"))?;
    let (is_loaded, message) = driver.load("shop").await?;

    assert!(!is_loaded);
    assert!(message.contains("numbers.graphql:1:"), "{message}");
    assert!(message.contains("Strin"), "{message}");
    assert_eq!(driver.data(NUMBERS, "/numbers/0/id").await?, 7);

    fs::write(&schema, numbers("name: String"))?;
    assert!(driver.load("shop").await?.0);
    assert_eq!(
        driver.data("{ numbers { id name } }", "/numbers").await?,
        json!([{ "id": 7, "name": "n" }])
    );
    Ok(())
}

#[tokio::test]
async fn a_source_that_does_not_fit_is_served_once_it_does() -> Outcome {
    let driver = Driver::over(DuckDbCoreStore::in_memory()).await?;
    driver.insert_source("first", text("first", &numbers(""))).await?;
    driver
        .insert_source("second", text("second", &numbers("name: String")))
        .await?;
    assert!(driver.load("first").await?.0);

    let (is_loaded, message) = driver.load("second").await?;

    assert!(!is_loaded && message.contains("`numbers`"), "{message}");
    driver.refusal("{ numbers { name } }").await?;
    assert!(driver.unload("first").await?.0);
    assert_eq!(driver.data("{ numbers { name } }", "/numbers/0/name").await?, "n");
    assert_eq!(status(&driver, "second").await?, "attached");
    Ok(())
}

#[tokio::test]
async fn an_unloaded_source_is_gone_and_its_registration_stays() -> Outcome {
    let driver = Driver::over(DuckDbCoreStore::in_memory()).await?;
    driver
        .insert_source("shop", text("numbers", &numbers("")))
        .await?;
    let (is_unloaded, message) = driver.unload("shop").await?;
    assert!(!is_unloaded && message.contains("is not loaded"), "{message}");
    assert!(driver.load("shop").await?.0);

    assert_eq!(
        driver.unload("shop").await?,
        (true, "Datasource was unloaded".to_owned())
    );

    assert!(driver.refusal(NUMBERS).await?.contains("numbers"));
    assert_eq!(status(&driver, "shop").await?, "detached");
    assert!(!driver.unload("shop").await?.0);
    assert!(driver.load("shop").await?.0);
    assert_eq!(driver.data(NUMBERS, "/numbers/0/id").await?, 7);
    Ok(())
}

#[tokio::test]
async fn a_disabled_source_is_left_out_at_start() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("core.duckdb");
    let store = DuckDbCoreStore::open(&file).await?;
    let driver = Driver::over(store.clone()).await?;
    driver
        .insert_source("shop", text("numbers", &numbers("")))
        .await?;
    assert!(driver.load("shop").await?.0);
    update(&driver, "shop", json!({ "disabled": true })).await?;
    // What serves goes on until somebody asks for another version.
    assert_eq!(driver.data(NUMBERS, "/numbers/0/id").await?, 7);
    driver.engine.close().await;
    store.close().await;

    let restarted = Driver::over(DuckDbCoreStore::open(&file).await?).await?;

    restarted.refusal(NUMBERS).await?;
    assert_eq!(status(&restarted, "shop").await?, "detached");
    update(&restarted, "shop", json!({ "disabled": false })).await?;
    assert!(restarted.load("shop").await?.0);
    assert_eq!(restarted.data(NUMBERS, "/numbers/0/id").await?, 7);
    Ok(())
}

#[tokio::test]
async fn additions_to_a_source_go_with_it_and_come_back() -> Outcome {
    let driver = Driver::over(DuckDbCoreStore::in_memory()).await?;
    driver
        .insert_source("shop", text("numbers", &numbers("")))
        .await?;
    let sdl = "type labels @view(name: \"labels\", sql: \"SELECT 7 AS number, 'seven' AS label\") {
      number: Int! @pk  label: String }
    extend type numbers {
      labels: [labels] @join(references_name: \"labels\", source_fields: [\"id\"], references_fields: [\"number\"])
    }";
    driver.insert_source("words", text("labels", sdl)).await?;
    update(&driver, "words", json!({ "type": "extension" })).await?;
    assert!(driver.load("shop").await?.0);
    let (is_loaded, message) = driver.load("words").await?;
    assert!(is_loaded, "{message}");
    let labels = "{ numbers { id labels { label } } }";
    let expected = json!([{ "id": 7, "labels": [{ "label": "seven" }] }]);
    assert_eq!(driver.data(labels, "/numbers").await?, expected);

    let (is_unloaded, message) = driver.unload("shop").await?;

    assert!(is_unloaded, "{message}");
    driver.refusal(NUMBERS).await?;
    assert!(driver.load("shop").await?.0);
    assert_eq!(driver.data(labels, "/numbers").await?, expected);
    Ok(())
}

#[tokio::test]
async fn paths_name_variables_of_the_environment() -> Outcome {
    let folder = tempfile::tempdir()?;
    let variables = HashMap::from([("DATA".to_owned(), folder.path().display().to_string())]);
    let engine = EngineConfig {
        variables,
        ..config()
    };
    let driver = Driver::of(HugrEngine::builder().with_config(engine)).await?;
    fs::create_dir(folder.path().join("schema"))?;
    fs::write(folder.path().join("schema/numbers.graphql"), numbers(""))?;
    let catalog = json!({ "name": "numbers", "type": "localFS", "path": "[$DATA]/schema" });
    driver.insert_source("shop", catalog).await?;
    update(&driver, "shop", json!({ "path": "${DATA}/shop.duckdb" })).await?;

    let (is_loaded, message) = driver.load("shop").await?;

    assert!(is_loaded, "{message}");
    assert!(folder.path().join("shop.duckdb").is_file());
    assert_eq!(driver.data(NUMBERS, "/numbers/0/id").await?, 7);
    update(&driver, "shop", json!({ "path": "[$MISSING]/shop.duckdb" })).await?;
    let expected = "load_data_source: data source `shop`: environment variable `MISSING` is not set";
    assert_eq!(driver.load("shop").await?, (false, expected.to_owned()));
    Ok(())
}
