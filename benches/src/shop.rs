//! A shop of fixed data in a DuckDB file, and an engine over it.

use std::path::{Path, PathBuf};

use duckdb::Connection;
use hugr_auth::{Anonymous, AuthChain, Identity};
use hugr_core::{DataSource, HugrEngine, Request};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::Failure;

/// Name of the data source.
pub const SOURCE: &str = "shop";

/// Orders in the shop.
pub const ORDER_COUNT: i64 = 200_000;

/// Orders that have rows in `few_items`, from the first on.
pub const ORDERS_WITH_FEW_ITEMS: i64 = 2_000;

/// Types of the shop. `few_items` has 10^4 rows and `many_items` 10^6, five per order.
pub const SDL: &str = include_str!("../fixtures/shop.graphql");

/// Rows of the shop, the same in every run.
const DATA: &str = include_str!("../fixtures/shop.sql");

/// Text of the query for one order by its key.
pub const BY_KEY: &str =
    "query ($k: Int!) { orders_by_pk(id: $k) { id customer_id status total paid placed_at } }";

/// Text of the query for the newest 20 paid orders of a status.
pub const LIST_20: &str = r#"query ($s: String!) {
  orders(filter: {status: {eq: $s}, paid: {eq: true}}, order_by: [{field: "placed_at", direction: DESC}], limit: 20) {
    id customer_id status total paid placed_at
  }
}"#;

/// Text of the query for 100 orders after a key with their first five items, out of 10^4.
pub const PAGE_OF_FEW: &str = r#"query ($k: Int!) {
  orders(filter: {id: {gt: $k}}, order_by: [{field: "id"}], limit: 100) {
    id placed_at few_items(nested_order_by: [{field: "id"}], nested_limit: 5) { id product_id qty price }
  }
}"#;

/// [`PAGE_OF_FEW`] with items out of 10^6.
pub const PAGE_OF_MANY: &str = r#"query ($k: Int!) {
  orders(filter: {id: {gt: $k}}, order_by: [{field: "id"}], limit: 100) {
    id placed_at many_items(nested_order_by: [{field: "id"}], nested_limit: 5) { id product_id qty price }
  }
}"#;

/// The shop in a file that lives as long as the value.
#[derive(Debug)]
pub struct Shop {
    folder: TempDir,
}

impl Shop {
    /// Writes the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create() -> Result<Self, Failure> {
        let shop = Self {
            folder: tempfile::tempdir()?,
        };
        let connection = Connection::open(shop.path())?;
        connection.execute_batch(DATA)?;
        connection.execute_batch("CHECKPOINT")?;
        Ok(shop)
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("shop.duckdb")
    }

    /// Returns an engine that serves the shop.
    ///
    /// # Errors
    /// When the engine cannot be built.
    pub async fn engine(&self) -> Result<(HugrEngine, Identity), Failure> {
        let source = DataSource::duckdb(SOURCE, path_text(&self.path())?)
            .with_sdl(SDL)
            .read_only();
        let engine = HugrEngine::builder()
            .with_auth(AuthChain::new().with(Anonymous::role("public")))
            .with_source(source)
            .build()
            .await?;
        let identity = engine.authenticate_anonymous().await?;
        Ok((engine, identity))
    }
}

/// Returns a request for `query` with one variable.
#[must_use]
pub fn request(query: &str, variable: &str, value: Value) -> Request {
    Request::new(query).with_variables(Map::from_iter([(variable.to_owned(), value)]))
}

/// Returns the `index`-th of the keys `1..=count`, in an order without pattern that is the same in every run.
#[must_use]
pub fn scattered_key(index: i64, count: i64) -> i64 {
    (index.wrapping_mul(7_919) % count).abs() + 1
}

/// Returns `path` as text.
///
/// # Errors
/// When it is not UTF-8.
pub fn path_text(path: &Path) -> Result<&str, Failure> {
    path.to_str()
        .ok_or_else(|| "the temporary folder's path is not UTF-8".into())
}
