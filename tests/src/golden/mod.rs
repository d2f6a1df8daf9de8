//! Golden tests: folders with a schema, rows, requests and the whole answers.
//!
//! A case is a folder below `tests/golden/` that holds requests, in one of two forms:
//!
//! - `query.graphql`, `expected.json`, and if wanted `variables.json` and `expected.sql` (the statements that answer it);
//! - steps `01_load.graphql`, `01_load.expected.json`, `01_load.variables.json`, … that run in order on an engine of
//!   their own. Mutations go into steps: an engine that only answers queries is shared by its cases.
//!
//! `schema.graphql`, `data.sql` (statements that make the rows of the DuckDB file) and `source.json` (name, prefix,
//! `as_module`, `read_only` of the source) and `access.json` (roles with their permissions) come from the case's folder or the nearest one above it. `identities.json`
//! lists who asks; the expected answer is then the list of their answers. `README.md` says why the case exists, and is
//! shown when it fails. Folders below `catalog/` hold a `schema.graphql` that is only compiled, and
//! `expected.diagnostics.txt`; those below `served/` hold `expected.served.graphql`, what it adds to the schema that is served
//! without any source. An `extension.graphql` beside either is the SDL of an extension source.
//!
//! `"<any>"` in an expected answer stands for any value. `HUGR_UPDATE=1` rewrites expected files.
//!
//! Reading order: [`case`] (what a folder holds), [`discover`], [`options`], [`fixture`] with [`access`] (engines), [`expectation`]
//! (comparing and rewriting), [`run`], [`catalog`].

pub mod access;
pub mod case;
pub mod catalog;
pub mod discover;
pub mod expectation;
pub mod fixture;
pub mod options;
pub mod run;

/// Why a case fails, in words for the person who reads the test's output.
pub type Failure = String;

/// Result of a part of a golden test.
pub type Outcome<T = ()> = Result<T, Failure>;
