//! What roles see, compared with plain SQL.
//!
//! Worlds are generated: tables with relations, rows, roles with rules. So are questions, over every path that leads to rows.
//! Each is asked by several identities and answered a second time by SQL over the visible rows of each table. Nothing may be
//! seen that should not be (a leak), and nothing may be missing (a lost row).
//!
//! `HUGR_ORACLE_CASES` says how many questions are asked on each database (200), `HUGR_ORACLE_SEED` where generation starts.
//!
//! Reading order: [`chance`], [`world`] (tables, rows, roles), [`condition`] (filters, as GraphQL and as SQL), [`question`], [`ask`].
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod ask;
mod chance;
mod condition;
mod question;
mod world;

use std::io::Write as _;

use ask::{Backend, ask_all};

/// Questions per database, unless the environment says otherwise.
const DEFAULT_CASES: usize = 200;

#[expect(
    clippy::disallowed_methods,
    reason = "how much a test run does is the environment's choice"
)]
fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

async fn run(backend: Backend) {
    let cases = number("HUGR_ORACLE_CASES", DEFAULT_CASES);
    let seed = number("HUGR_ORACLE_SEED", 1);
    let tally = ask_all(backend, seed, cases).await;
    assert_eq!(tally.cases, cases);
    // As many answers as refusals would mean that little was compared.
    assert!(tally.refused * 2 < tally.cases, "{tally:?}");
    // For who runs it with more cases; a closed standard error is no failure of the oracle.
    let _ = writeln!(std::io::stderr(), "{tally:?}");
}

#[tokio::test]
async fn on_duckdb() {
    run(Backend::DuckDb).await;
}

#[tokio::test]
async fn on_postgres() {
    run(Backend::Postgres).await;
}
