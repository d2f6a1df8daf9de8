//! The same mutations on the same rows in DuckDB and in PostgreSQL: what is answered, and what is there afterwards.

use std::path::Path;

use hugr_auth::{Identity, RoleName};
use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::services::postgres::postgres;
use serde_json::{Map, Value, json};
use sqlx::{Connection, PgConnection};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const TABLES: &str = "
CREATE SEQUENCE order_ids START 100;
CREATE TABLE regions (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL);
CREATE TABLE customers (id INTEGER PRIMARY KEY, code VARCHAR NOT NULL UNIQUE, region_id INTEGER REFERENCES regions (id), note VARCHAR DEFAULT 'none');
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), state VARCHAR NOT NULL, total DOUBLE PRECISION,
  placed TIMESTAMPTZ, CONSTRAINT total_is_positive CHECK (total >= 0));
CREATE TABLE items (order_id INTEGER, line INTEGER, title VARCHAR NOT NULL, qty INTEGER NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE tags (id INTEGER PRIMARY KEY, label VARCHAR NOT NULL);
CREATE TABLE order_tags (order_id INTEGER, tag_id INTEGER, PRIMARY KEY (order_id, tag_id));
CREATE TABLE notes (id INTEGER PRIMARY KEY, body VARCHAR, gone BOOLEAN NOT NULL DEFAULT false);
CREATE TABLE logs (what VARCHAR, amount INTEGER);
INSERT INTO regions VALUES (1, 'north'), (2, 'south');
INSERT INTO customers (id, code, region_id) VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', NULL);
INSERT INTO orders (id, customer_id, state, total) VALUES (1, 1, 'new', 10), (2, 1, 'paid', 20), (3, 2, 'new', 30), (4, NULL, 'new', NULL);
INSERT INTO items VALUES (1, 1, 'tea', 2), (1, 2, 'rice', 1), (2, 1, 'tea', 5);
INSERT INTO tags VALUES (1, 'gift'), (2, 'rush');
INSERT INTO order_tags VALUES (1, 1);
INSERT INTO notes (id, body, gone) VALUES (1, 'a', false), (2, 'b', false), (3, 'c', true);
INSERT INTO logs VALUES ('x', 1), ('x', 2);
";

const SDL: &str = r#"
type regions @table(name: "regions") { id: Int! @pk name: String! }
type customers @table(name: "customers") @unique(fields: ["code"], query_suffix: "by_code") {
  id: Int! @pk
  code: String! @default(insert_exp: "lower([$code])")
  region_id: Int @field_references(references_name: "regions", field: "id", query: "region", references_query: "customers")
  note: String
}
type orders @table(name: "orders") {
  id: Int! @pk @default(sequence: "order_ids")
  customer_id: Int @field_references(references_name: "customers", field: "id", query: "customer", references_query: "orders")
  state: String! @default(value: "new")
  total: Float
  placed: Timestamp
}
type items @table(name: "items")
  @references(references_name: "orders", source_fields: ["order_id"], references_fields: ["id"], query: "order", references_query: "items") {
  order_id: Int! @pk
  line: Int! @pk
  title: String!
  qty: Int! @default(value: 1)
}
type tags @table(name: "tags") { id: Int! @pk label: String! }
type order_tags @table(name: "order_tags", is_m2m: true) {
  order_id: Int! @pk @field_references(references_name: "orders", field: "id", query: "order", references_query: "tags")
  tag_id: Int! @pk @field_references(references_name: "tags", field: "id", query: "tag", references_query: "orders")
}
type notes @table(name: "notes", soft_delete: true, soft_delete_cond: "NOT [gone]", soft_delete_set: "[gone] = true") {
  id: Int! @pk
  body: String
  gone: Boolean
}
type logs @table(name: "logs") { what: String amount: Int }
type open_orders @view(name: "open_orders", sql: "SELECT id, total FROM orders WHERE state = 'new'") { id: Int! @pk total: Float }
"#;

struct Side {
    engine: HugrEngine,
}

impl Side {
    async fn ask(&self, query: &str, variables: &Value) -> Outcome<Value> {
        let variables = variables.as_object().cloned().unwrap_or_default();
        let request = Request::new(query).with_variables(variables);
        let identity = Identity::anonymous(RoleName::new("admin"));
        let text = self.engine.execute(request, &identity).await.into_json_text();
        Ok(serde_json::from_str(&text)?)
    }
}

fn options() -> DatabaseOptions {
    let extensions = option_env!("DUCKDB_LIB_DIR").map(|library| Path::new(library).join("../extensions"));
    DatabaseOptions {
        extension_directory: extensions,
        ..DatabaseOptions::default()
    }
}

async fn engine(source: hugr_core::SourceDefinition) -> Outcome<Side> {
    let engine = HugrEngine::builder()
        .with_config(EngineConfig {
            database: options(),
            ..EngineConfig::default()
        })
        .with_source(source.with_sdl(SDL))
        .build()
        .await?;
    Ok(Side { engine })
}

async fn in_postgres() -> Outcome<Side> {
    let url = postgres().await?.create_database().await?;
    let mut admin = PgConnection::connect(&url).await?;
    sqlx::raw_sql(TABLES).execute(&mut admin).await?;
    engine(DataSource::postgres("shop", url)).await
}

async fn in_duckdb(folder: &Path) -> Outcome<Side> {
    let path = folder.join("shop.duckdb");
    let database = Database::open(DatabaseOptions {
        path: Some(path.clone()),
        ..options()
    })
    .await?;
    database.run(|session| session.execute_batch(TABLES)).await?;
    database.close().await;
    engine(DataSource::duckdb("shop", path.to_string_lossy().into_owned())).await
}

/// Two databases with the same rows.
struct Both {
    duckdb: Side,
    postgres: Side,
    /// Where the DuckDB file is, as long as this lives.
    _folder: tempfile::TempDir,
}

impl Both {
    async fn open() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        Ok(Self {
            duckdb: in_duckdb(folder.path()).await?,
            postgres: in_postgres().await?,
            _folder: folder,
        })
    }

    async fn ask(&self, query: &Value, variables: &Value) -> Outcome<[Value; 2]> {
        let query = query.as_str().ok_or("a case has no query")?;
        Ok([
            self.duckdb.ask(query, variables).await?,
            self.postgres.ask(query, variables).await?,
        ])
    }

    async fn close(self) {
        self.duckdb.engine.close().await;
        self.postgres.engine.close().await;
    }
}

/// What is told of both where they differ: names of constraints are the databases' own.
fn told(answers: [Value; 2]) -> Value {
    let [duckdb, postgres] = answers;
    if duckdb == postgres {
        return duckdb;
    }
    json!({ "duckdb": duckdb, "postgres": postgres })
}

fn has_data(answer: &Value) -> bool {
    answer.get("data").is_some_and(|data| !data.is_null())
}

/// Asks the cases of the file and compares with what stands there; `HUGR_UPDATE=1` writes it.
async fn walk(name: &str) -> Outcome {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("mutation_walk/{name}.json"));
    let expected: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    let mut seen = expected.clone();
    let mut sides = None;
    for (name, case) in &mut seen {
        let both = match sides.take() {
            Some(both) => both,
            None => Both::open().await?,
        };
        let answers = both.ask(&case["request"], &case["variables"]).await?;
        let is_changed = answers.iter().any(has_data);
        case["answer"] = told(answers);
        case["reads"] = told(both.ask(&case["then"], &Value::Null).await?);
        assert!(
            is_changed || case["answer"].to_string().contains("errors"),
            "{name}"
        );
        if is_changed {
            both.close().await;
        } else {
            sides = Some(both);
        }
    }
    if std::env::var_os("HUGR_UPDATE").is_some() {
        std::fs::write(&file, format!("{:#}\n", Value::Object(seen)))?;
        return Ok(());
    }
    for (name, case) in &expected {
        assert_eq!(seen.get(name), Some(case), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn inserts() -> Outcome {
    walk("inserts").await
}

#[tokio::test]
async fn upserts() -> Outcome {
    walk("upserts").await
}

#[tokio::test]
async fn changes() -> Outcome {
    walk("changes").await
}

#[tokio::test]
async fn refusals() -> Outcome {
    walk("refusals").await
}
