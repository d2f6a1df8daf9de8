//! The GraphQL samples of the clustered deployment's documentation, in the order of a working day, each sent as it is
//! written there: only names, paths and URLs are those of the test.

use std::fs;

use hugr_tests::processes::{Client, Cluster, Outcome, Worker};
use hugr_tests::services::{self, Bucket};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use super::Stage;

const NODES_VIEW: &str = include_str!("seed/nodes_view.graphql");
const STORAGES_VIEW: &str = include_str!("seed/storages_view.graphql");
const NODES_FUNCTION: &str = include_str!("seed/nodes_function.graphql");
const STORAGES_FUNCTION: &str = include_str!("seed/storages_function.graphql");
const DATA_SOURCE_STATUS: &str = include_str!("seed/data_source_status.graphql");
const LIST_DATA_SOURCES: &str = include_str!("seed/list_data_sources.graphql");
const LOAD_DATA_SOURCE: &str = include_str!("seed/load_data_source.graphql");
const UNLOAD_DATA_SOURCE: &str = include_str!("seed/unload_data_source.graphql");
const ADD_DATA_SOURCE: &str = include_str!("seed/add_data_source.graphql");
const ADD_DATA_SOURCE_VARIABLES: &str = include_str!("seed/add_data_source.json");
const UPDATE_DATA_SOURCE: &str = include_str!("seed/update_data_source.graphql");
const DELETE_DATA_SOURCE: &str = include_str!("seed/delete_data_source.graphql");
const REGISTER_STORAGE: &str = include_str!("seed/register_storage.graphql");
const REGISTER_STORAGE_WITH_VARIABLES: &str = include_str!("seed/register_storage_with_variables.graphql");
const REGISTER_STORAGE_VARIABLES: &str = include_str!("seed/register_storage_with_variables.json");
const UNREGISTER_STORAGE: &str = include_str!("seed/unregister_storage.graphql");

const TABLE: &str = "CREATE TABLE visits (id integer PRIMARY KEY, page text NOT NULL);
    INSERT INTO visits VALUES (1, '/'), (2, '/shop')";
const SDL: &str = "type visits @table(name: \"visits\") { id: Int! @pk page: String! }";
const VISITS: &str = "{ analytics { visits(order_by: [{field: \"id\"}]) { id page } } }";
const PRICES: &str = "{ prices { id price } }";

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("documented_samples_of_data_sources", data_sources),
        stage.test("documented_samples_of_object_storages", object_storages),
    ]
}

async fn data_sources(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;

    list_nodes(&first, &second).await?;
    let (variables, database) = analytics(cluster).await?;
    let added = first
        .client()
        .data_of(ADD_DATA_SOURCE, variables, "/core/insert_data_sources")
        .await?;
    let catalog = json!([{ "name": "analytics_schema", "type": "uri",
                           "path": cluster.folder().join("schema") }]);
    let shown_path = database.replace(":password@", ":***@");
    assert_eq!(
        added,
        json!({ "name": "analytics", "type": "postgres", "description": "Analytics database",
                "path": shown_path, "catalogs": catalog })
    );
    let listed = sample(&second, LIST_DATA_SOURCES, "/core/data_sources").await?;
    assert_eq!(
        listed,
        json!([{ "name": "analytics", "type": "postgres", "description": "Analytics database", "prefix": "an",
                 "path": shown_path, "disabled": false, "catalogs": catalog }])
    );
    let refusal = second.client().refusal(VISITS).await?;
    assert_eq!(
        refusal["extensions"]["code"], "GRAPHQL_VALIDATION",
        "adding does not load"
    );

    let loaded = sample(
        &second,
        LOAD_DATA_SOURCE,
        "/function/core/cluster/load_data_source",
    )
    .await?;
    assert_eq!(
        loaded,
        json!({ "success": true, "message": "Datasource was loaded" })
    );
    let visits = json!([{ "id": 1, "page": "/" }, { "id": 2, "page": "/shop" }]);
    for worker in [&first, &second] {
        assert_eq!(worker.client().data(VISITS, "/analytics/visits").await?, visits);
    }
    assert_eq!(
        status(&first).await?,
        attached_on(&["worker-1", "worker-2"], "attached")
    );

    let change = json!({ "name": "analytics", "data": { "description": "Figures", "disabled": false } });
    let updated = second
        .client()
        .data_of(UPDATE_DATA_SOURCE, change, "/core/update_data_sources")
        .await?;
    assert_eq!(
        updated,
        json!({ "name": "analytics", "description": "Figures", "path": shown_path, "disabled": false })
    );

    let unloaded = sample(
        &first,
        UNLOAD_DATA_SOURCE,
        "/function/core/cluster/unload_data_source",
    )
    .await?;
    assert_eq!(
        unloaded,
        json!({ "success": true, "message": "Datasource was unloaded" })
    );
    assert_eq!(
        status(&second).await?,
        attached_on(&["worker-1", "worker-2"], "detached")
    );

    delete_source(&first, &second).await
}

async fn list_nodes(first: &Worker, second: &Worker) -> Outcome {
    let nodes = sample(first, NODES_VIEW, "/core/cluster/cluster_nodes").await?;
    assert_eq!(names(&nodes, "name"), ["worker-1", "worker-2"]);
    assert_eq!(names(&nodes, "url"), [first.url(), second.url()]);
    assert_eq!(nodes[0]["ready"], true, "{nodes}");
    let by_function = sample(second, NODES_FUNCTION, "/function/core/cluster/nodes").await?;
    assert_eq!(without_time(by_function), without_time(nodes));
    Ok(())
}

/// Drops the one member that changes from one answer to the next.
fn without_time(mut nodes: Value) -> Value {
    for node in nodes.as_array_mut().into_iter().flatten() {
        node["last_seen"] = Value::Null;
    }
    nodes
}

async fn delete_source(first: &Worker, second: &Worker) -> Outcome {
    let deleted = first
        .client()
        .data_of(
            DELETE_DATA_SOURCE,
            json!({ "name": "analytics" }),
            "/core/delete_data_sources",
        )
        .await?;
    assert_eq!(deleted, json!({ "name": "analytics" }));
    let listed = sample(second, LIST_DATA_SOURCES, "/core/data_sources").await?;
    assert_eq!(listed, json!([]));
    Ok(())
}

async fn object_storages(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    let bucket = services::s3().await?.create_bucket().await?;
    bucket.put("prices.csv", "id,price\n1,2.5\n").await?;

    let outcome = "/function/core/cluster/register_object_storage";
    let registered = json!({ "success": true, "message": "Object storage registered" });
    let literal = of_bucket(REGISTER_STORAGE, &bucket);
    assert_eq!(first.client().data(&literal, outcome).await?, registered);
    load_prices(&second, &bucket).await?;
    check_prices(&[&first, &second]).await?;

    let storages = sample(&first, STORAGES_VIEW, "/core/cluster/registered_storages").await?;
    assert_eq!(names(&storages, "node"), ["worker-1", "worker-2"]);
    for storage in storages.as_array().into_iter().flatten() {
        assert_eq!(storage["name"], "minio-storage");
        assert_eq!(storage["type"], "s3");
        assert_eq!(storage["scope"], json!([format!("s3://{}", bucket.name())]));
        let parameters = storage["Parameters"].as_str().unwrap_or_default();
        assert!(parameters.contains("secret=redacted"), "{parameters}");
    }
    let by_function = sample(&second, STORAGES_FUNCTION, "/function/core/cluster/storages").await?;
    assert_eq!(by_function, storages);

    let unregistered = json!({ "success": true, "message": "Object storage unregistered" });
    let gone = sample(
        &second,
        UNREGISTER_STORAGE,
        "/function/core/cluster/unregister_object_storage",
    )
    .await?;
    assert_eq!(gone, unregistered);
    for worker in [&first, &second] {
        worker.client().refusal(PRICES).await?;
    }
    let storages = sample(&first, STORAGES_VIEW, "/core/cluster/registered_storages").await?;
    assert_eq!(storages, json!([]));

    let variables = serde_json::from_str(&of_bucket(REGISTER_STORAGE_VARIABLES, &bucket))?;
    let again = second
        .client()
        .data_of(REGISTER_STORAGE_WITH_VARIABLES, variables, outcome)
        .await?;
    assert_eq!(again, registered);
    // What comes late has it all.
    let late = cluster.start_worker("worker-3").await?;
    check_prices(&[&first, &second, &late]).await?;
    let storages = sample(&first, STORAGES_VIEW, "/core/cluster/registered_storages").await?;
    assert_eq!(names(&storages, "node"), ["worker-1", "worker-2", "worker-3"]);
    Ok(())
}

/// Creates the database and the schema folder of the sample; returns its variables, and the database's URL.
async fn analytics(cluster: &Cluster) -> Outcome<(Value, String)> {
    let database = services::postgres().await?.create_database().await?;
    let mut connection = PgConnection::connect(&database).await?;
    sqlx::raw_sql(TABLE).execute(&mut connection).await?;
    connection.close().await?;
    let database = database.replacen('@', ":password@", 1);
    let schema = cluster.folder().join("schema");
    fs::create_dir_all(&schema)?;
    fs::write(schema.join("visits.graphql"), SDL)?;
    let variables = ADD_DATA_SOURCE_VARIABLES
        .replace("postgres://user:password@postgres:5432/analytics", &database)
        .replace("/workspace/analytics/schema", &schema.display().to_string());
    Ok((serde_json::from_str(&variables)?, database))
}

/// Registers and loads a source that reads a file of the bucket.
async fn load_prices(worker: &Worker, bucket: &Bucket) -> Outcome {
    let sdl = format!(
        "type prices @view(name: \"prices\", sql: \"FROM '{}'\") {{ id: Int! @pk price: Float }}",
        bucket.url_of("prices.csv")
    );
    let source = json!({ "data": {
        "name": "files", "type": "duckdb", "prefix": "", "path": ":memory:",
        "catalogs": [{ "name": "prices", "type": "text", "path": sdl }],
    }});
    let client = worker.client();
    client
        .data_of(ADD_DATA_SOURCE, source, "/core/insert_data_sources")
        .await?;
    let load = LOAD_DATA_SOURCE.replace("your-datasource-name", "files");
    let outcome = client
        .data(&load, "/function/core/cluster/load_data_source")
        .await?;
    assert_eq!(outcome["success"], true, "{outcome}");
    Ok(())
}

async fn check_prices(workers: &[&Worker]) -> Outcome {
    for worker in workers {
        let prices = worker.client().data(PRICES, "/prices").await?;
        assert_eq!(prices, json!([{ "id": 1, "price": 2.5 }]), "{}", worker.name());
    }
    Ok(())
}

/// Sends a sample without variables, with the test's source in place of its name.
async fn sample(worker: &Worker, text: &str, pointer: &str) -> Outcome<Value> {
    let text = text.replace("your-datasource-name", "analytics");
    let client: &Client = worker.client();
    client.data(&text, pointer).await
}

fn of_bucket(text: &str, bucket: &Bucket) -> String {
    text.replace("my-bucket", bucket.name())
        .replace("http://minio:9000", bucket.endpoint())
}

async fn status(worker: &Worker) -> Outcome<Value> {
    sample(
        worker,
        DATA_SOURCE_STATUS,
        "/function/core/cluster/data_source_status",
    )
    .await
}

fn attached_on(nodes: &[&str], status: &str) -> Value {
    let rows = nodes
        .iter()
        .map(|node| json!({ "node": node, "status": status, "error": "" }));
    rows.collect()
}

fn names<'a>(rows: &'a Value, column: &str) -> Vec<&'a str> {
    let rows = rows.as_array().into_iter().flatten();
    rows.map(|row| row[column].as_str().unwrap_or_default()).collect()
}
