//! A large schema: how long it takes to compile and serve, to ask for all of it, and what its size costs a query.
//!
//! One measurement per process, because memory is part of it: repeat the command for more.

use std::time::{Duration, Instant};

use hugr_auth::{Anonymous, AuthChain};
use hugr_benches::Failure;
use hugr_benches::generated::tables;
use hugr_benches::memory::{peak_megabytes, resident_megabytes};
use hugr_benches::paired::Paired;
use hugr_core::{DataSource, HugrEngine, Request, SourceDefinition};

/// Tables of the source that is measured.
const TABLES: usize = 1000;
/// Tables of the small source with which a query is compared.
const FEW_TABLES: usize = 1;
/// How often the query is timed.
const ROUNDS: usize = 2000;

/// What tools ask when they start.
const INTROSPECTION: &str = "{ __schema { queryType { name } mutationType { name } subscriptionType { name }
  types { kind name description fields(includeDeprecated: true) { name description args { ...I } type { ...T } isDeprecated
    deprecationReason } inputFields { ...I } interfaces { ...T } enumValues(includeDeprecated: true) { name description
    isDeprecated deprecationReason } possibleTypes { ...T } } directives { name description locations args { ...I } } } }
  fragment I on __InputValue { name description type { ...T } defaultValue }
  fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sdl = tables(TABLES);
    let few = runtime.block_on(engine(tables(FEW_TABLES)))?;
    let before = resident_megabytes();
    let start = Instant::now();
    let many = runtime.block_on(engine(sdl))?;
    report("compiled and served", start.elapsed());
    memory("held for the schema", before, resident_megabytes());
    memory("most at a time", before, peak_megabytes());

    let start = Instant::now();
    let answer = runtime.block_on(ask(&many, INTROSPECTION))?;
    report("full introspection", start.elapsed());
    size("its answer", answer);

    latency(&runtime, &few, &many)?;
    runtime.block_on(async {
        few.close().await;
        many.close().await;
    });
    Ok(())
}

/// Compares a query on the small and on the large schema.
fn latency(runtime: &tokio::runtime::Runtime, few: &HugrEngine, many: &HugrEngine) -> Result<(), Failure> {
    let query = "{ table_0(limit: 1) { id title placed_at } }";
    for engine in [few, many] {
        runtime.block_on(ask(engine, query))?;
    }
    let paired = Paired::measure(
        ROUNDS,
        |_| runtime.block_on(ask(few, query)).map(drop),
        |_| runtime.block_on(ask(many, query)).map(drop),
    )?;
    let change = paired.second.as_secs_f64() / paired.first.as_secs_f64() - 1.0;
    print(&format!(
        "a query with few types {:.0} us, with many {:.0} us: {:+.1} %",
        paired.first.as_secs_f64() * 1e6,
        paired.second.as_secs_f64() * 1e6,
        change * 100.0
    ));
    Ok(())
}

/// Returns an engine over a database in memory, of which `sdl` declares the tables and the first one is there.
async fn engine(sdl: String) -> Result<HugrEngine, Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("generated.duckdb");
    make_table(&file)?;
    let engine = HugrEngine::builder()
        .with_auth(AuthChain::new().with(Anonymous::role("public")))
        .with_source(SourceDefinition::read_only(
            DataSource::duckdb("generated", file.display().to_string()).with_sdl(sdl),
        ))
        .build()
        .await?;
    // DuckDB keeps the file open.
    drop(folder);
    Ok(engine)
}

fn make_table(file: &std::path::Path) -> Result<(), Failure> {
    let connection = duckdb::Connection::open(file)?;
    connection.execute_batch(
        "CREATE TABLE table_0 (id BIGINT PRIMARY KEY, title VARCHAR, placed_at TIMESTAMPTZ);
         INSERT INTO table_0 SELECT range, 'title', '2024-01-01'::TIMESTAMPTZ FROM range(100);",
    )?;
    Ok(())
}

/// Returns the length of the answer.
async fn ask(engine: &HugrEngine, query: &str) -> Result<usize, Failure> {
    let identity = engine.authenticate_anonymous().await?;
    let answer = engine.execute(Request::new(query), &identity).await;
    if !answer.is_ok() {
        return Err(answer.into_json_text().into());
    }
    Ok(answer.into_json_text().len())
}

fn report(what: &str, time: Duration) {
    print(&format!("{what}: {:.0} ms", time.as_secs_f64() * 1e3));
}

fn size(what: &str, bytes: usize) {
    print(&format!("{what}: {} MB", bytes / 1_000_000));
}

fn memory(what: &str, before: Option<f64>, after: Option<f64>) {
    if let (Some(before), Some(after)) = (before, after) {
        print(&format!(
            "{what}: {:.0} MB (process before: {before:.0} MB)",
            after - before
        ));
    }
}

#[allow(clippy::print_stdout, reason = "the report of a bench is its output")]
fn print(line: &str) {
    println!("schema: {line}");
}
