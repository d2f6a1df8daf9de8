//! Object storages, tried against a server.

use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::store::DuckDbCoreStore;
use hugr_tests::services::{self, Bucket};
use serde_json::{Value, json};

use crate::driver::{Driver, Outcome};

const CSV: &str = "id,name\n1,tea\n2,rice\n";
const PRODUCTS: &str = "{ products(order_by: [{field: \"id\"}]) { id name } }";
const LIST: &str = "{ core { storage { registered_object_storages { name type scope parameters } } } }";

const REGISTER: &str =
    "mutation ($name: String!, $scope: String!, $endpoint: String!, $region: String, $use_ssl: Boolean) {
  function { core { storage {
    register_object_storage(
      type: \"s3\" name: $name scope: $scope key: \"minioadmin\" secret: \"geheim\" region: $region
      endpoint: $endpoint use_ssl: $use_ssl url_style: \"path\" url_compatibility: false
    ) { success message affected_rows }
  } } }
}";

fn products_from(url: &str) -> String {
    format!(
        "type products @view(name: \"products\", sql: \"SELECT id::INTEGER AS id, name FROM '{url}'\") {{
          id: Int! @pk
          name: String
        }}"
    )
}

fn text(sdl: &str) -> Value {
    json!({ "name": "products", "type": "text", "path": sdl })
}

async fn register(driver: &Driver, bucket: &Bucket) -> Outcome<Value> {
    let variables = json!({
        "name": "minio-storage", "scope": bucket.name(), "endpoint": bucket.endpoint(), "use_ssl": null,
    });
    driver
        .data_of(
            REGISTER,
            variables,
            "/function/core/storage/register_object_storage",
        )
        .await
}

async fn unregister(driver: &Driver, function: &str) -> Outcome<Value> {
    let query = format!(
        "mutation {{ function {{ core {{ storage {{ {function}(name: \"minio-storage\") {{ success message }} }} }} }} }}"
    );
    driver
        .data(&query, &format!("/function/core/storage/{function}"))
        .await
}

#[tokio::test]
async fn files_of_a_registered_storage_are_read() -> Outcome {
    let bucket = services::s3().await?.create_bucket().await?;
    bucket.put("products.csv", CSV).await?;
    let driver = Driver::over(DuckDbCoreStore::in_memory()).await?;
    let sdl = products_from(&bucket.url_of("products.csv"));
    driver.insert_source("shop", text(&sdl)).await?;
    assert_eq!(
        driver.load("shop").await?,
        (true, "Datasource was loaded".to_owned())
    );
    assert!(
        driver.refusal(PRODUCTS).await.is_ok(),
        "reading needs credentials"
    );

    let registered = register(&driver, &bucket).await?;

    assert_eq!(
        registered,
        json!({ "success": true, "message": "Object storage registered", "affected_rows": 1 })
    );
    let rows = json!([{ "id": 1, "name": "tea" }, { "id": 2, "name": "rice" }]);
    assert_eq!(driver.data(PRODUCTS, "/products").await?, rows);
    let host = bucket.endpoint().trim_start_matches("http://");
    let parameters = format!(
        "name=minio-storage;type=s3;provider=config;scope=s3://{};endpoint={host};key_id=minioadmin;secret=redacted;\
         url_style=path;use_ssl=false",
        bucket.name()
    );
    assert_eq!(
        driver
            .data(LIST, "/core/storage/registered_object_storages")
            .await?,
        json!([{ "name": "minio-storage", "type": "s3", "scope": [format!("s3://{}", bucket.name())],
                 "parameters": parameters }])
    );

    let files = format!(
        "{{ core {{ storage {{ ls(args: {{path: \"{}\"}}) {{ name content }} }} }} }}",
        bucket.url_of("*.csv")
    );
    assert_eq!(
        driver.data(&files, "/core/storage/ls").await?,
        json!([{ "name": bucket.url_of("products.csv"), "content": CSV }])
    );

    let gone = unregister(&driver, "unregister_storage").await?;

    assert_eq!(
        gone,
        json!({ "success": true, "message": "Object storage unregistered" })
    );
    assert!(driver.refusal(PRODUCTS).await.is_ok(), "the credentials are gone");
    assert_eq!(
        unregister(&driver, "unregister_object_storage").await?,
        json!({ "success": false,
                "message": "unregister_object_storage: object storage `minio-storage` not found" })
    );
    Ok(())
}

#[tokio::test]
async fn catalogs_and_parquet_files_of_a_storage_are_read_after_a_restart_too() -> Outcome {
    let bucket = services::s3().await?.create_bucket().await?;
    bucket.put("data/products.parquet", parquet().await?).await?;
    let sdl = products_from(&bucket.url_of("data/products.parquet"));
    bucket.put("schema/products.graphql", sdl).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("core.duckdb");
    let store = DuckDbCoreStore::open(&file).await?;
    let driver = Driver::over(store.clone()).await?;
    let catalog = json!({ "name": "products", "type": "uri", "path": bucket.url_of("schema") });
    driver.insert_source("shop", catalog).await?;
    let (is_loaded, message) = driver.load("shop").await?;
    assert!(
        !is_loaded && message.contains("catalog source `products`"),
        "{message}"
    );

    // The source that missed the storage is loaded without being asked for again.
    register(&driver, &bucket).await?;

    let rows = json!([{ "id": 1, "name": "tea" }]);
    assert_eq!(driver.data(PRODUCTS, "/products").await?, rows);
    driver.engine.close().await;
    store.close().await;
    let restarted = Driver::over(DuckDbCoreStore::open(&file).await?).await?;
    assert_eq!(restarted.data(PRODUCTS, "/products").await?, rows);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_registered_is_said_without_the_secret() -> Outcome {
    let driver = Driver::over(DuckDbCoreStore::in_memory()).await?;
    for (arguments, expected) in [
        (
            "type: \"azure\" url_style: \"path\"",
            "unsupported secret type: azure; valid are s3, r2, gcs",
        ),
        (
            "type: \"s3\" url_style: \"both\"",
            "unknown url_style `both`; valid are path, vhost",
        ),
        (
            "type: \"S3\" url_style: \"path\" account_id: \"a\"",
            "`account_id` is for storages of type r2, not s3",
        ),
    ] {
        let query = format!(
            "mutation {{ function {{ core {{ storage {{ register_object_storage({arguments} name: \"a\" scope: \"b\" \
             key: \"k\" secret: \"geheim\" endpoint: \"h\") {{ success message }} }} }} }} }}"
        );
        let outcome = driver
            .data(&query, "/function/core/storage/register_object_storage")
            .await?;
        let message = format!("register_object_storage: {expected}");
        assert_eq!(outcome, json!({ "success": false, "message": message }));
    }
    assert_eq!(
        driver
            .data(LIST, "/core/storage/registered_object_storages")
            .await?,
        json!([])
    );
    Ok(())
}

/// Returns a Parquet file with one product.
pub(crate) async fn parquet() -> Outcome<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("products.parquet");
    let copy = format!("COPY (SELECT 1 AS id, 'tea' AS name) TO '{}'", file.display());
    let database = Database::open(DatabaseOptions {
        extension_directory: crate::driver::config().database.extension_directory,
        ..DatabaseOptions::default()
    })
    .await?;
    database.run(move |session| session.execute_batch(&copy)).await?;
    database.close().await;
    Ok(std::fs::read(file)?)
}
