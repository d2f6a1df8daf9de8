//! Catalogs that a web server holds.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use hugr_core::store::DuckDbCoreStore;
use serde_json::{Value, json};

use crate::driver::{Driver, Outcome};

const NAMES: &str = "{ products { name } }";

/// A web server whose files the test changes.
struct Files {
    address: String,
    texts: Texts,
    server: tokio::task::JoinHandle<()>,
}

type Texts = Arc<RwLock<BTreeMap<String, String>>>;

impl Files {
    async fn serve() -> Outcome<Self> {
        let texts = Texts::default();
        let routes = Router::new()
            .route("/{*file}", get(text))
            .with_state(Arc::clone(&texts));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let server = tokio::spawn(async move {
            // Ends with the test.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self {
            address,
            texts,
            server,
        })
    }

    fn put(&self, file: &str, text: &str) {
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        texts.insert(file.to_owned(), text.to_owned());
    }

    fn catalog(&self, kind: &str, path: &str) -> Value {
        json!({ "name": "products", "type": kind, "path": format!("{}/{path}", self.address) })
    }
}

async fn text(State(texts): State<Texts>, Path(file): Path<String>) -> Result<String, StatusCode> {
    let texts = texts.read().unwrap_or_else(PoisonError::into_inner);
    texts.get(&file).cloned().ok_or(StatusCode::NOT_FOUND)
}

fn sdl(name: &str) -> String {
    format!(
        "type products @view(name: \"products\", sql: \"SELECT 1 AS id, '{name}' AS name\") {{ id: Int! @pk name: String }}"
    )
}

async fn driver() -> Outcome<Driver> {
    Driver::over(DuckDbCoreStore::in_memory()).await
}

#[tokio::test]
async fn a_file_of_a_web_server_is_read_at_each_load() -> Outcome {
    let files = Files::serve().await?;
    files.put("schema/products.graphql", &sdl("tea"));
    let driver = driver().await?;
    let catalog = files.catalog("uriFile", "schema/products.graphql");
    driver.insert_source("shop", catalog).await?;
    assert_eq!(
        driver.load("shop").await?,
        (true, "Datasource was loaded".to_owned())
    );
    assert_eq!(driver.data(NAMES, "/products/0/name").await?, "tea");

    files.put("schema/products.graphql", &sdl("tee"));
    assert_eq!(
        driver.data(NAMES, "/products/0/name").await?,
        "tea",
        "not loaded yet"
    );
    let (is_loaded, message) = driver.load("shop").await?;
    assert!(is_loaded, "{message}");
    assert_eq!(driver.data(NAMES, "/products/0/name").await?, "tee");
    Ok(())
}

#[tokio::test]
async fn a_broken_change_is_told_and_the_old_version_serves() -> Outcome {
    let files = Files::serve().await?;
    files.put("products.graphql", &sdl("tea"));
    let driver = driver().await?;
    driver
        .insert_source("shop", files.catalog("uriFile", "products.graphql"))
        .await?;
    driver.load("shop").await?;

    files.put("products.graphql", "type products @view(name: \"products\" {");
    let (is_loaded, message) = driver.load("shop").await?;

    assert!(!is_loaded && message.contains("products.graphql"), "{message}");
    assert_eq!(driver.data(NAMES, "/products/0/name").await?, "tea");
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() -> Outcome {
    let files = Files::serve().await?;
    let driver = driver().await?;
    driver
        .insert_source("shop", files.catalog("uriFile", "nothing.graphql"))
        .await?;
    let (is_loaded, message) = driver.load("shop").await?;
    assert!(
        !is_loaded && message.contains("catalog source `products`") && message.contains("404"),
        "{message}"
    );
    Ok(())
}

#[tokio::test]
async fn a_web_server_that_is_not_there_is_named_without_the_password() -> Outcome {
    let files = Files::serve().await?;
    files.server.abort();
    let gone = files.address.replace("http://", "http://user:geheim@");
    let _ = files.server.await;
    let driver = driver().await?;
    let catalog =
        json!({ "name": "products", "type": "uriFile", "path": format!("{gone}/products.graphql") });
    driver.insert_source("shop", catalog).await?;
    let (is_loaded, message) = driver.load("shop").await?;
    assert!(
        !is_loaded && message.contains("catalog source `products`"),
        "{message}"
    );
    assert!(!message.contains("geheim"), "{message}");
    Ok(())
}

#[tokio::test]
async fn a_folder_of_a_web_server_cannot_be_listed() -> Outcome {
    let files = Files::serve().await?;
    files.put("schema/products.graphql", &sdl("tea"));
    let driver = driver().await?;
    driver
        .insert_source("shop", files.catalog("uri", "schema"))
        .await?;
    let (is_loaded, message) = driver.load("shop").await?;
    assert!(!is_loaded && message.contains("uriFile"), "{message}");
    Ok(())
}
