//! A source is loaded anew again and again while it is asked.
//!
//! `HUGR_RELOADS` says how often; the default is for CI. What the process holds is compared with what it held after the
//! first tenth, when caches and thread stacks have reached their size.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hugr_core::store::DuckDbCoreStore;
use serde_json::{Value, json};

use crate::driver::{Driver, Outcome};

const DEFAULT_RELOADS: usize = 20;
const CLIENTS: usize = 4;
const TABLES: usize = 5;
/// Growth that is allowed, in percent of what was held; small counts end before memory has settled.
const MAX_GROWTH_PERCENT: f64 = 2.0;

/// Tables enough for a catalog of some size.
fn schema(version: usize) -> String {
    let mut sdl = String::new();
    for table in 0..TABLES {
        sdl.push_str(&format!(
            "type table_{table} @view(name: \"table_{table}\", sql: \"SELECT {version} AS id, 'a' AS name\") {{
               id: Int! @pk  name: String  version_{version}: Int @sql(exp: \"[id]\") }}\n"
        ));
    }
    sdl
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_under_queries_fail_none_and_hold_no_memory() -> Outcome {
    let reloads = reloads();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("schema.graphql");
    fs::write(&file, schema(0))?;
    let driver = Arc::new(Driver::over(DuckDbCoreStore::in_memory()).await?);
    let catalog = json!({ "name": "tables", "type": "localFS", "path": folder.path() });
    driver.insert_source("shop", catalog).await?;
    assert!(driver.load("shop").await?.0);

    let is_over = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (driver, is_over, asked) = (Arc::clone(&driver), Arc::clone(&is_over), Arc::clone(&asked));
            tokio::spawn(async move { ask(&driver, &is_over, &asked).await })
        })
        .collect();
    let mut settled = None;
    for version in 1..=reloads {
        fs::write(&file, schema(version % 7))?;
        let (is_loaded, message) = driver.load("shop").await?;
        assert!(is_loaded, "{message}");
        if version == reloads / 10 {
            settled = resident_kib();
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await??;
    }

    let total = asked.load(Ordering::Relaxed);
    assert!(total >= reloads, "{total} queries ran beside {reloads} reloads");
    report(reloads, total, settled)
}

/// Asks until it is over; every answer must be one version's.
async fn ask(driver: &Driver, is_over: &AtomicBool, asked: &AtomicUsize) -> Result<(), String> {
    while !is_over.load(Ordering::Relaxed) {
        let query = "{ table_1 { id name } table_2 { id } }";
        let answer = driver
            .data(query, "")
            .await
            .map_err(|failure| failure.to_string())?;
        let (first, second) = (&answer["table_1"][0]["id"], &answer["table_2"][0]["id"]);
        if first != second || !first.is_number() {
            return Err(format!("two versions in one answer: {answer}"));
        }
        asked.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn report(reloads: usize, queries: usize, settled: Option<f64>) -> Outcome {
    let (Some(before), Some(after)) = (settled, resident_kib()) else {
        return Ok(());
    };
    let growth = (after - before) / before * 100.0;
    let figures: Value = json!({
        "reloads": reloads, "queries": queries, "failed": 0, "resident_kib_settled": before,
        "resident_kib_at_end": after, "growth_percent": growth,
    });
    // Shown with `--nocapture`.
    writeln!(std::io::stdout(), "{figures}")?;
    // Too few reloads tell nothing of memory.
    if reloads >= 1000 && growth > MAX_GROWTH_PERCENT {
        return Err(format!("memory has grown: {figures}").into());
    }
    Ok(())
}

/// Returns what the process holds in memory, where the system tells.
fn resident_kib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment of a test run is its configuration"
)]
fn reloads() -> usize {
    std::env::var("HUGR_RELOADS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(DEFAULT_RELOADS)
}
