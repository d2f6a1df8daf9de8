//! A shop in a PostgreSQL database, and an engine that serves it.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use hugr_auth::{Identity, RoleName};
use hugr_core::db::DatabaseOptions;
use hugr_core::sql::Value as SqlValue;
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::services::postgres::postgres;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

pub(crate) const TABLES: &str = "
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL, mood mood, tag uuid, born date, rate numeric(8,3), facts jsonb);
CREATE TABLE books (id bigint PRIMARY KEY, author_id int REFERENCES authors, title varchar(80) NOT NULL, sold int,
    labels text[], out_at timestamptz, pages int4range);
INSERT INTO authors SELECT i, 'author ' || i, CASE WHEN i % 2 = 0 THEN 'glad' ELSE 'sad' END::mood,
    ('00000000-0000-0000-0000-00000000000' || i)::uuid, DATE '1950-01-01' + i, i * 1.125,
    jsonb_build_object('city', 'c' || i % 3, 'size', i) FROM generate_series(1, 9) i;
INSERT INTO books SELECT i, 1 + i % 9, 'book ' || i, NULLIF(i % 7, 0), ARRAY['l' || i % 4, 'all'],
    TIMESTAMPTZ '2024-01-01 10:00:00+00' + i * INTERVAL '1 hour 1.5 seconds', int4range(i, i + 10) FROM generate_series(1, 60) i;
INSERT INTO books VALUES (100, NULL, 'it''s a \"quoted\" \\ 100% { }', 1, ARRAY['a,b', 'q\"\\'], NULL, NULL);
CREATE FUNCTION rename(bigint, text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE before text := (SELECT title FROM books WHERE id = $1);
    BEGIN UPDATE books SET title = $2 WHERE id = $1; RETURN before; END $$;
CREATE FUNCTION slow(seconds double precision) RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM pg_sleep(seconds) $$;
";

pub(crate) const SDL: &str = r#"
type facts { city: String size: Int }
type authors @table(name: "authors") {
  id: Int! @pk
  name: String!
  mood: String
  tag: String
  born: Date
  rate: Float
  facts: facts
}
type books @table(name: "books") @hypertable {
  id: BigInt! @pk
  author_id: Int @field_references(name: "book_author", references_name: "authors", field: "id", query: "author", references_query: "books")
  title: String!
  sold: Int
  labels: [String!]
  out_at: Timestamp @timescale_key
  pages: IntRange
}
extend type Function {
  slow(seconds: Float!): Int @function(name: "slow")
  port: Int @function(name: "inet_server_port")
}
extend type MutationFunction {
  rename(id: BigInt!, title: String!): String @function(name: "rename")
}
"#;

/// The engine, and a session of ours beside it.
pub(crate) struct Shop {
    pub(crate) engine: HugrEngine,
    pub(crate) admin: PgConnection,
}

impl Shop {
    /// Opens a shop in a database of its own on the server that all tests share.
    pub(crate) async fn open() -> Outcome<Self> {
        let url = postgres().await?.create_database().await?;
        Self::open_at(&url, "pool_size=4").await
    }

    /// Opens a shop in the empty database at `url`; the source's path has `parameters`.
    pub(crate) async fn open_at(url: &str, parameters: &str) -> Outcome<Self> {
        let mut admin = PgConnection::connect(url).await?;
        sqlx::raw_sql(TABLES).execute(&mut admin).await?;
        let separator = if url.contains('?') { '&' } else { '?' };
        let path = format!("{url}{separator}application_name=hugr_test&{parameters}");
        Ok(Self {
            engine: engine(&path).await?,
            admin,
        })
    }

    pub(crate) async fn ask(&self, request: Request) -> Outcome<Value> {
        ask(&self.engine, request).await
    }
}

/// Returns an engine with the shop as its only source.
pub(crate) async fn engine(path: &str) -> Outcome<HugrEngine> {
    engine_of_answers(path, EngineConfig::default().max_response_bytes).await
}

/// Returns an engine with the shop as its only source, whose answers have at most `max_response_bytes`.
pub(crate) async fn engine_of_answers(path: &str, max_response_bytes: usize) -> Outcome<HugrEngine> {
    let engine = HugrEngine::builder()
        .with_config(EngineConfig {
            database: small_database(),
            max_response_bytes,
            ..EngineConfig::default()
        })
        .with_source(DataSource::postgres("shop", path).with_sdl(SDL))
        .build()
        .await?;
    Ok(engine)
}

/// Returns the settings of a DuckDB that costs little and finds its extensions.
pub(crate) fn small_database() -> DatabaseOptions {
    DatabaseOptions {
        extension_directory: option_env!("DUCKDB_LIB_DIR")
            .map(|library| Path::new(library).join("../extensions")),
        connections: NonZeroUsize::MIN.saturating_add(1),
        ..DatabaseOptions::default()
    }
}

/// Returns the answer of `engine`.
pub(crate) async fn ask(engine: &HugrEngine, request: Request) -> Outcome<Value> {
    let text = engine.execute(request, &admin()).await.into_json_text();
    Ok(serde_json::from_str(&text)?)
}

/// Returns how many sessions of an engine the server of `session` has in one of `states`.
async fn sessions(session: &mut PgConnection, states: &str) -> Outcome<i64> {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
               AND application_name = 'hugr_test' AND state = ANY(string_to_array($1, ','))";
    Ok(sqlx::query_scalar(sql).bind(states).fetch_one(session).await?)
}

/// Waits until the engine has no statement under way and no transaction open.
pub(crate) async fn wait_for_rest(session: &mut PgConnection) -> Outcome {
    let rest = async {
        while sessions(
            session,
            "active,idle in transaction,idle in transaction (aborted)",
        )
        .await?
            > 0
        {
            tokio::task::yield_now().await;
        }
        Outcome::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(10), rest).await?
}

pub(crate) fn admin() -> Identity {
    Identity::anonymous(RoleName::new("admin"))
}

/// Returns how the server of `session` runs the first statement of `request`, with the SQL above it.
pub(crate) async fn plan_of(
    engine: &HugrEngine,
    session: &mut PgConnection,
    request: &str,
) -> Outcome<String> {
    let explained = engine
        .explain(&Request::new(request), &admin())
        .map_err(|errors| format!("{errors:?}"))?;
    let statement = &explained.steps.first().ok_or("no statement")?.statement;
    let values: Vec<_> = statement.params.iter().map(literal).collect();
    let prepare = format!("PREPARE asked AS {}", statement.sql);
    let explain = format!("EXPLAIN EXECUTE asked({})", values.join(", "));
    sqlx::raw_sql(AssertSqlSafe(prepare))
        .execute(&mut *session)
        .await?;
    let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
        .persistent(false)
        .fetch_all(&mut *session)
        .await?;
    sqlx::raw_sql("DEALLOCATE asked").execute(session).await?;
    Ok(format!("{}\n{}", statement.sql, plan.join("\n")))
}

fn literal(value: &SqlValue) -> String {
    match value {
        SqlValue::Text(text) => format!("'{text}'"),
        other => other.to_json().to_string(),
    }
}
