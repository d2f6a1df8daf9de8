//! Inserts of many rows in one request, and the same rows inserted by the database itself in the same run: by DuckDB from the
//! same JSON text, by PostgreSQL as one `INSERT` of many rows. Then single inserts into DuckDB, and the same as bare
//! prepared statements.
//!
//! Prints a line for each; the times of a side are medians.

use duckdb::Connection;
use hugr_auth::{Anonymous, AuthChain, Identity};
use hugr_benches::Failure;
use hugr_benches::paired::Paired;
use hugr_benches::shop::path_text;
use hugr_core::{DataSource, HugrEngine, Request, SourceDefinition};
use hugr_tests::services::postgres::postgres;
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Rows of one request.
const ROWS: usize = 100_000;
/// Requests of many rows, on each side.
const ROUNDS: usize = 7;
/// Requests of many rows into PostgreSQL, on each side.
const POSTGRES_ROUNDS: usize = 5;
/// Single inserts, on each side.
const SINGLE_ROUNDS: usize = 500;
/// Keys from here on are those of single inserts.
const SINGLE_KEYS: usize = 100_000_000;

const TABLE: &str = "CREATE TABLE readings (id INTEGER PRIMARY KEY, sensor VARCHAR, taken_at TIMESTAMPTZ, value DOUBLE, ok BOOLEAN)";

const SDL: &str = r#"
type readings @table(name: "readings") {
  id: Int! @pk
  sensor: String
  taken_at: Timestamp
  value: Float
  ok: Boolean
}
"#;

const MANY: &str =
    "mutation ($rows: [readings_mut_input_data!]!) { insert_many_readings(data: $rows) { affected_rows } }";

const ONE: &str = "mutation ($row: readings_mut_input_data!) { insert_readings(data: $row) { id } }";

const BARE_MANY: &str = r#"INSERT INTO readings SELECT unnest(from_json($1,
  '[{"id":"INTEGER","sensor":"VARCHAR","taken_at":"TIMESTAMPTZ","value":"DOUBLE","ok":"BOOLEAN"}]'), recursive := true)"#;

const POSTGRES_TABLE: &str =
    "CREATE TABLE readings (id integer PRIMARY KEY, sensor text, taken_at timestamptz, value double precision, ok boolean);
     CREATE TABLE bare (LIKE readings INCLUDING ALL)";

const BARE_ONE: &str = "INSERT INTO readings VALUES ($1, $2, CAST($3 AS TIMESTAMPTZ), $4, $5)";

fn main() -> Result<(), Failure> {
    let folder = TempDir::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let path = folder.path().join("engine.duckdb");
    Connection::open(&path)?.execute_batch(TABLE)?;
    let source = DataSource::duckdb("shop", path_text(&path)?);
    let (engine, identity) = runtime.block_on(engine(source))?;
    let bare = Connection::open(folder.path().join("bare.duckdb"))?;
    bare.execute_batch(TABLE)?;
    let engine = Engine {
        runtime,
        engine,
        identity,
    };

    let texts: Vec<String> = (0..ROUNDS).map(rows).collect();
    let text = |round: usize| texts.get(round).ok_or("there is no such round");
    let many = Paired::measure(
        ROUNDS,
        |round| engine.run(MANY, "rows", serde_json::from_str(text(round)?)?),
        |round| {
            let inserted = bare.execute(BARE_MANY, [text(round)?]);
            inserted.map(drop).map_err(Failure::from)
        },
    )?;
    report(&format!("insert of {ROWS} rows"), "DuckDB", &many);

    let single = Paired::measure(
        SINGLE_ROUNDS,
        |round| engine.run(ONE, "row", row(SINGLE_KEYS + round)),
        |round| {
            let mut statement = bare.prepare_cached(BARE_ONE)?;
            let key = i64::try_from(SINGLE_KEYS + round)?;
            statement.execute(duckdb::params![key, "s", "2024-01-01T00:00:00Z", 1.5, true])?;
            Ok(())
        },
    )?;
    report("insert of one row", "DuckDB", &single);
    into_postgres()
}

/// Both sides write to tables of one database.
fn into_postgres() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut bare, database) = runtime.block_on(async {
        let url = postgres().await?.create_database().await?;
        let mut bare = PgConnection::connect(&url).await?;
        sqlx::raw_sql(POSTGRES_TABLE).execute(&mut bare).await?;
        Ok::<_, Failure>((bare, DataSource::postgres("shop", url)))
    })?;
    let (engine, identity) = runtime.block_on(engine(database))?;
    let engine = Engine {
        runtime,
        engine,
        identity,
    };
    let texts: Vec<String> = (0..POSTGRES_ROUNDS).map(rows).collect();
    let mut statements: Vec<String> = (0..POSTGRES_ROUNDS).map(literal_rows).collect();
    let many = Paired::measure(
        POSTGRES_ROUNDS,
        |round| {
            let text = texts.get(round).ok_or("there is no such round")?;
            engine.run(MANY, "rows", serde_json::from_str(text)?)
        },
        |round| {
            let statement = statements.get_mut(round).map(std::mem::take).unwrap_or_default();
            let insert = sqlx::raw_sql(AssertSqlSafe(statement));
            engine.runtime.block_on(insert.execute(&mut bare))?;
            Ok(())
        },
    )?;
    report(&format!("insert of {ROWS} rows"), "PostgreSQL", &many);
    Ok(())
}

struct Engine {
    runtime: Runtime,
    engine: HugrEngine,
    identity: Identity,
}

impl Engine {
    fn run(&self, query: &str, variable: &str, value: Value) -> Result<(), Failure> {
        let variables = Map::from_iter([(variable.to_owned(), value)]);
        let request = Request::new(query).with_variables(variables);
        let response = self
            .runtime
            .block_on(self.engine.execute(request, &self.identity));
        match response.error_list().first() {
            Some(error) => Err(error.to_string().into()),
            None => Ok(()),
        }
    }
}

async fn engine(source: SourceDefinition) -> Result<(HugrEngine, Identity), Failure> {
    let engine = HugrEngine::builder()
        .with_auth(AuthChain::new().with(Anonymous::role("public")))
        .with_source(source.with_sdl(SDL))
        .build()
        .await?;
    let identity = engine.authenticate_anonymous().await?;
    Ok((engine, identity))
}

fn row(id: usize) -> Value {
    serde_json::json!({
        "id": id, "sensor": format!("sensor {}", id % 97), "taken_at": "2024-01-01T00:00:00Z", "value": 0.25, "ok": id.is_multiple_of(2),
    })
}

/// The rows of a round, as the text in which both sides get them.
fn rows(round: usize) -> String {
    let rows: Vec<Value> = (0..ROWS).map(|index| row(round * ROWS + index)).collect();
    Value::Array(rows).to_string()
}

/// The rows of a round as one statement.
fn literal_rows(round: usize) -> String {
    let row = |index: usize| {
        let id = round * ROWS + index;
        let (sensor, ok) = (id % 97, id.is_multiple_of(2));
        format!("({id}, 'sensor {sensor}', '2024-01-01T00:00:00Z', 0.25, {ok})")
    };
    let rows: Vec<String> = (0..ROWS).map(row).collect();
    format!("INSERT INTO bare VALUES {}", rows.join(", "))
}

#[allow(clippy::print_stdout, reason = "the report of a bench is its output")]
fn report(what: &str, database: &str, times: &Paired) {
    let (engine, bare) = (times.first.as_secs_f64(), times.second.as_secs_f64());
    println!(
        "{what}: engine {:.2} ms, {database} {:.2} ms, {:.0} % of its throughput",
        engine * 1e3,
        bare * 1e3,
        bare / engine * 100.0
    );
}
