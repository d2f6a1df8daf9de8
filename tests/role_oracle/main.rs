//! What roles see, compared with plain SQL.
//!
//! Worlds are generated: tables with relations, rows, roles with rules. So are questions, over every path that leads to rows, and
//! mutations. Each is asked by several identities and answered a second time by SQL over the rows that the caller may find there.
//! Nothing may be seen that should not be (a leak), and nothing may be missing (a lost row). What a mutation leaves behind, also a
//! refused one, must be what plain SQL leaves behind, in every table.
//!
//! `HUGR_ORACLE_CASES` says how many questions are asked on each database (200), `HUGR_ORACLE_SEED` where generation starts.
//!
//! Reading order: [`chance`], [`world`] (tables and rows), [`path`] (fields that lead to rows), [`condition`] (filters, as GraphQL
//! and as SQL), [`rule`], [`role`], [`question`] with [`reading`], [`summary`] and [`writing`] ([`change`]), [`shape`] (answers as texts), [`oracle`], [`ask`].
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod ask;
mod chance;
mod change;
mod condition;
mod oracle;
mod path;
mod question;
mod reading;
mod role;
mod rule;
mod shape;
mod summary;
mod world;
mod writing;

use std::io::Write as _;

use ask::ask_all;
use world::Backend;

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
    assert!(tally.refused * 2 < tally.asked, "{tally:?}");
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
