//! The data source of the cluster tests: a DuckDB file with a folder of SDL, described as users describe theirs.

use std::fs;
use std::path::{Path, PathBuf};

use hugr_core::db::{Database, DatabaseOptions};
use serde_json::{Value, json};

use super::{Client, Outcome};

/// Names its module too.
pub const SOURCE: &str = "analytics";

/// Names the products.
pub const PRODUCTS: &str = "{ analytics { products(order_by: [{field: \"id\"}]) { id name } } }";

/// Asks for the price, which is served after [`Source::add_price`] and another load.
pub const PRICES: &str = "{ analytics { products(order_by: [{field: \"id\"}]) { id price } } }";

const TABLE: &str = "CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR, price DOUBLE);
    INSERT INTO products VALUES (1, 'tea', 2.5), (2, 'rice', 1.25);";

const SDL: &str = r#"
type products @table(name: "products") {
  id: Int! @pk
  name: String!
}
"#;

const SDL_WITH_PRICE: &str = r#"
type products @table(name: "products") {
  id: Int! @pk
  name: String!
  price: Float
}
"#;

const INSERT: &str = "mutation addDataSource($data: data_sources_mut_input_data!) {
  core { insert_data_sources(data: $data) { name type description path catalogs { name type path } } }
}";

/// A data source on disk.
#[derive(Debug)]
pub struct Source {
    database: PathBuf,
    schema: PathBuf,
}

impl Source {
    /// Writes the data and its SDL below `folder`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn create(folder: &Path) -> Outcome<Self> {
        let source = Self {
            database: folder.join("analytics.duckdb"),
            schema: folder.join("schema"),
        };
        fs::create_dir_all(&source.schema)?;
        source.write_sdl(SDL)?;
        let database = Database::open(DatabaseOptions {
            path: Some(source.database.clone()),
            ..DatabaseOptions::default()
        })
        .await?;
        database.run(|session| session.execute_batch(TABLE)).await?;
        database.close().await;
        Ok(source)
    }

    /// Returns the database file and the folder of SDL.
    #[must_use]
    pub fn paths(&self) -> (&Path, &Path) {
        (&self.database, &self.schema)
    }

    /// Serves the price too, from the next load on.
    ///
    /// # Errors
    /// When the SDL cannot be written.
    pub fn add_price(&self) -> Outcome {
        self.write_sdl(SDL_WITH_PRICE)
    }

    /// Adds another SDL file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_sdl(&self, name: &str, sdl: &str) -> Outcome {
        Ok(fs::write(self.schema.join(name), sdl)?)
    }

    /// Registers the source, with its catalog nested in it; returns what the mutation shows of it.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn register(&self, client: &Client) -> Outcome<Value> {
        let variables = json!({ "data": {
            "name": SOURCE,
            "type": "duckdb",
            "prefix": "an",
            "description": "Analytics database",
            "read_only": true,
            "as_module": true,
            "path": self.database,
            "catalogs": [{
                "name": "analytics_schema",
                "type": "localFS",
                "description": "Analytics schema definitions",
                "path": self.schema,
            }],
        }});
        client
            .data_of(INSERT, variables, "/core/insert_data_sources")
            .await
    }

    fn write_sdl(&self, sdl: &str) -> Outcome {
        self.add_sdl("products.graphql", sdl)
    }
}

/// Loads or unloads the source on all nodes; returns the outcome, failed or not.
///
/// # Errors
/// When the request is refused.
pub async fn roll_out(client: &Client, operation: &str) -> Outcome<Value> {
    let query = format!(
        "mutation {{ function {{ core {{ cluster {{ {operation}(name: \"{SOURCE}\") {{ success message }} }} }} }} }}"
    );
    client
        .data(&query, &format!("/function/core/cluster/{operation}"))
        .await
}

/// Loads the source on all nodes.
///
/// # Errors
/// When a ready node did not load it.
pub async fn load(client: &Client) -> Outcome<String> {
    done(&roll_out(client, "load_data_source").await?)
}

/// Unloads the source on all nodes.
///
/// # Errors
/// When a ready node did not unload it.
pub async fn unload(client: &Client) -> Outcome<String> {
    done(&roll_out(client, "unload_data_source").await?)
}

/// Returns the state of the source on every node.
///
/// # Errors
/// When management does not answer.
pub async fn status(client: &Client) -> Outcome<Value> {
    let query = format!(
        "{{ function {{ core {{ cluster {{ data_source_status(name: \"{SOURCE}\") {{ node status error }} }} }} }} }}"
    );
    client
        .data(&query, "/function/core/cluster/data_source_status")
        .await
}

fn done(outcome: &Value) -> Outcome<String> {
    match outcome["message"].as_str() {
        Some(message) if outcome["success"] == true => Ok(message.to_owned()),
        _ => Err(outcome.to_string().into()),
    }
}
