//! Storages of every type, tried against a server that speaks the protocol of them all.

use hugr_core::store::DuckDbCoreStore;
use hugr_tests::services::{self, Bucket};
use serde_json::{Value, json};

use crate::driver::{Driver, Outcome};
use crate::storages::parquet;

const REGISTER: &str = "mutation ($type: String!, $scope: String!, $endpoint: String!, $account: String) {
  function { core { storage {
    register_object_storage(
      type: $type name: \"storage\" scope: $scope key: \"key\" secret: \"geheim\" endpoint: $endpoint
      url_style: \"path\" use_ssl: false account_id: $account region: \"us-east-1\"
    ) { success message }
  } } }
}";
const LIST: &str = "{ core { storage { registered_object_storages { type scope parameters } } } }";

/// Returns a view over a file.
fn view(name: &str, url: &str) -> String {
    format!(
        "type {name} @view(name: \"{name}\", sql: \"SELECT id::INTEGER AS id, name FROM '{url}'\") {{ id: Int! @pk name: String }}"
    )
}

/// Fills a bucket with files of every format and a catalog that names them by `scheme`.
async fn fill(bucket: &Bucket, scheme: &str) -> Outcome {
    bucket.put("data/a.csv", "id,name\n1,tea\n").await?;
    bucket
        .put("data/a.json", "[{\"id\": 1, \"name\": \"tea\"}]")
        .await?;
    bucket.put("data/a.parquet", parquet().await?).await?;
    let sdl = ["csv", "json", "parquet"]
        .map(|format| view(format, &format!("{scheme}://{}/data/a.{format}", bucket.name())))
        .join("\n");
    bucket.put("schema/shop.graphql", sdl).await?;
    Ok(())
}

async fn register(driver: &Driver, variables: Value) -> Outcome<Value> {
    driver
        .data_of(
            REGISTER,
            variables,
            "/function/core/storage/register_object_storage",
        )
        .await
}

/// Registers a storage of type `kind`, loads a catalog from it and reads what that names.
async fn check(kind: &str, scheme: &str) -> Outcome {
    let bucket = services::s3().await?.create_bucket().await?;
    fill(&bucket, scheme).await?;
    let driver = Driver::over(DuckDbCoreStore::in_memory()).await?;
    let scope = format!("{scheme}://{}", bucket.name());
    let registered = register(
        &driver,
        json!({ "type": kind, "scope": scope, "endpoint": bucket.endpoint() }),
    )
    .await?;
    assert_eq!(registered["success"], true, "{registered}");
    let catalog = json!({ "name": "files", "type": "uri", "path": format!("{scope}/schema") });
    driver.insert_source("shop", catalog).await?;
    let (is_loaded, message) = driver.load("shop").await?;
    assert!(is_loaded, "{kind}, {scheme}: {message}");

    let row = json!([{ "id": 1, "name": "tea" }]);
    let read = driver
        .data("{ csv { id name } json { id name } parquet { id name } }", "")
        .await?;
    assert_eq!(
        read,
        json!({ "csv": row, "json": row, "parquet": row }),
        "{kind}, {scheme}"
    );
    let listed = driver
        .data(LIST, "/core/storage/registered_object_storages/0")
        .await?;
    assert_eq!(listed["type"], kind.to_ascii_lowercase());
    assert_eq!(listed["scope"], json!([scope]));
    assert!(!listed.to_string().contains("geheim"), "{listed}");
    Ok(())
}

#[tokio::test]
async fn s3_serves_files_and_catalogs() -> Outcome {
    check("S3", "s3").await?;
    check("s3", "s3a").await
}

#[tokio::test]
async fn google_cloud_storage_serves_files_and_catalogs() -> Outcome {
    check("GCS", "gcs").await?;
    check("gcs", "gs").await
}

#[tokio::test]
async fn r2_serves_files_and_catalogs() -> Outcome {
    check("R2", "r2").await
}

#[tokio::test]
async fn r2_is_found_by_its_account() -> Outcome {
    let driver = Driver::over(DuckDbCoreStore::in_memory()).await?;
    let variables = json!({ "type": "R2", "scope": "bucket", "endpoint": "", "account": "0123abcd" });
    let registered = register(&driver, variables).await?;
    assert_eq!(registered["success"], true, "{registered}");
    let listed = driver
        .data(LIST, "/core/storage/registered_object_storages/0")
        .await?;
    assert_eq!(listed["scope"], json!(["r2://bucket"]));
    let parameters = listed["parameters"].as_str().unwrap_or_default();
    assert!(parameters.contains("account_id=0123abcd"), "{parameters}");
    Ok(())
}
