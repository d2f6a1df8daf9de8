//! A page of 100 parents with the first five children of each, out of ever more children: the cost is to follow the page.
//!
//! Children have five to a parent, in the order of their parents, so that tables differ in nothing but their length. A line
//! for each length gives the median, and its ratio to that of the shortest table.

use std::time::{Duration, Instant};

use duckdb::Connection;
use hugr_auth::{Anonymous, AuthChain, Identity};
use hugr_benches::Failure;
use hugr_benches::shop::{path_text, request, scattered_key};
use hugr_core::{DataSource, HugrEngine};
use tokio::runtime::Runtime;

/// Children of each table.
const LENGTHS: [i64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// Parents that a page has.
const PAGE: i64 = 100;

/// Children of each parent.
const CHILDREN: i64 = 5;

/// Times that a page is read; tables take turns.
const ROUNDS: i64 = 200;

fn main() -> Result<(), Failure> {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (lengths, rounds) = if is_test {
        (&LENGTHS[..1], 1)
    } else {
        (&LENGTHS[..], ROUNDS)
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("rows.duckdb");
    let mut sdl = String::new();
    let connection = Connection::open(&file)?;
    for length in lengths {
        connection.execute_batch(&rows(*length))?;
        sdl.push_str(&types(*length));
    }
    connection.execute_batch("CHECKPOINT")?;
    drop(connection);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let source = DataSource::duckdb("rows", path_text(&file)?)
        .with_sdl(sdl)
        .read_only();
    let engine = runtime.block_on(
        HugrEngine::builder()
            .with_auth(AuthChain::new().with(Anonymous::role("public")))
            .with_source(source)
            .build(),
    )?;
    let identity = runtime.block_on(engine.authenticate_anonymous())?;
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); lengths.len()];
    for round in 0..rounds {
        for (length, times) in lengths.iter().zip(&mut times) {
            times.push(page(&runtime, (&engine, &identity), *length, round)?);
        }
    }
    report(lengths, times);
    runtime.block_on(engine.close());
    Ok(())
}

fn rows(children: i64) -> String {
    let parents = children / CHILDREN;
    format!(
        "CREATE TABLE p{children} (id INTEGER PRIMARY KEY);
         INSERT INTO p{children} SELECT i + 1 FROM range({parents}) AS r(i);
         CREATE TABLE c{children} (id INTEGER, parent_id INTEGER, qty INTEGER, price DOUBLE);
         INSERT INTO c{children} SELECT i + 1, i // {CHILDREN} + 1, i % 9 + 1, ((i * 104729) % 100000) / 100.0
         FROM range({children}) AS r(i);"
    )
}

fn types(children: i64) -> String {
    format!(
        "type p{children} @table(name: \"p{children}\") {{ id: Int! @pk }}
         type c{children} @table(name: \"c{children}\") {{
           id: Int! @pk  qty: Int  price: Float
           parent_id: Int @field_references(references_name: \"p{children}\", field: \"id\", query: \"parent\", references_query: \"children\")
         }}\n"
    )
}

fn page(
    runtime: &Runtime,
    engine: (&HugrEngine, &Identity),
    children: i64,
    round: i64,
) -> Result<Duration, Failure> {
    let query = format!(
        "query ($k: Int!) {{ p{children}(filter: {{id: {{gte: $k}}}}, order_by: [{{field: \"id\"}}], limit: {PAGE}) {{
           id children(nested_order_by: [{{field: \"id\"}}], nested_limit: 5) {{ id qty price }} }} }}"
    );
    let key = scattered_key(round, children / CHILDREN - PAGE);
    let request = request(&query, "k", key.into());
    let started = Instant::now();
    let response = runtime.block_on(engine.0.execute(request, engine.1));
    let time = started.elapsed();
    match response.error_list().first() {
        Some(error) => Err(error.to_string().into()),
        None => Ok(time),
    }
}

#[allow(clippy::print_stdout, reason = "the report of a bench is its output")]
fn report(lengths: &[i64], times: Vec<Vec<Duration>>) {
    let mut shortest = None;
    for (length, mut times) in lengths.iter().zip(times) {
        times.sort_unstable();
        let median = times
            .get(times.len() / 2)
            .copied()
            .unwrap_or_default()
            .as_secs_f64();
        let shortest = *shortest.get_or_insert(median);
        println!(
            "{length} children: {:.2} ms, {:.2} times the shortest table's",
            median * 1e3,
            median / shortest
        );
    }
}
