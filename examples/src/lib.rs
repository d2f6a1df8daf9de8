//! What the examples share: a small shop to serve, and a client with which they check themselves.

use std::error::Error;

use hugr_auth::{Anonymous, AuthChain};
use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::{DataSource, HugrEngine, SourceDefinition};
use serde_json::json;
use tempfile::TempDir;

/// Result of an example.
pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// The tables of [`Shop`], as the engine serves them.
const SDL: &str = r#"
type customers @table(name: "customers") {
  id: Int! @pk
  name: String!
}

type orders @table(name: "orders") {
  id: Int! @pk
  customer_id: Int! @field_references(references_name: "customers", query: "customer", references_query: "orders")
  total: Float!
}
"#;

const ROWS: &str = "
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL);
INSERT INTO customers VALUES (1, 'Ada'), (2, 'Ben');
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, total DOUBLE NOT NULL);
INSERT INTO orders VALUES (10, 1, 43.5), (11, 1, 7.25), (12, 2, 32.5);
";

/// A DuckDB file with a few rows, gone when this value is dropped.
#[derive(Debug)]
pub struct Shop {
    folder: TempDir,
}

impl Shop {
    /// Writes the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn create() -> Outcome<Self> {
        let shop = Self {
            folder: TempDir::new()?,
        };
        let database = Database::open(DatabaseOptions {
            path: Some(shop.folder.path().join("shop.duckdb")),
            ..DatabaseOptions::default()
        })
        .await?;
        database.run(|session| session.execute_batch(ROWS)).await?;
        // The engine opens the file next.
        database.close().await;
        Ok(shop)
    }

    /// Returns the file as a data source.
    #[must_use]
    pub fn source(&self) -> SourceDefinition {
        let file = self.folder.path().join("shop.duckdb");
        DataSource::duckdb("shop", file.display().to_string()).with_sdl(SDL)
    }

    /// Returns an engine that serves the shop to everyone.
    ///
    /// # Errors
    /// When DuckDB cannot be opened.
    pub async fn engine(&self) -> Outcome<HugrEngine> {
        let engine = HugrEngine::builder()
            .with_auth(AuthChain::new().with(Anonymous::role("public")))
            .with_source(self.source())
            .build()
            .await?;
        Ok(engine)
    }
}

/// Where an example listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On port 8080, until Ctrl-C.
    Serve,
    /// On a free port, for one request that it sends itself.
    Check,
}

impl Mode {
    /// Returns what the command line asks for: `--check` checks.
    #[must_use]
    pub fn from_arguments() -> Self {
        if std::env::args().any(|argument| argument == "--check") {
            Self::Check
        } else {
            Self::Serve
        }
    }

    /// Returns the address to listen on.
    #[must_use]
    pub fn address(self) -> (&'static str, u16) {
        match self {
            Self::Serve => ("127.0.0.1", 8080),
            Self::Check => ("127.0.0.1", 0),
        }
    }
}

/// Sends `query` to `url` and returns the answer.
///
/// # Errors
/// When there is none.
pub async fn ask(url: &str, query: &str) -> Outcome<serde_json::Value> {
    let body = json!({ "query": query });
    let reply = reqwest::Client::new().post(url).json(&body).send().await?;
    Ok(reply.error_for_status()?.json().await?)
}
