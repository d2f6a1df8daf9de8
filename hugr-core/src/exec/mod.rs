//! Runs plans and writes answers.
//!
//! A read that DuckDB runs is one job on one database thread: its steps run level by level in one read transaction, each
//! child restricted to the keys at hand, and the encoder stitches the levels by key while it writes JSON. Steps that their
//! source runs itself go to its own connections, the same way.
//!
//! Knows plans, statements and Arrow; nothing of requests, identities or HTTP.
//!
//! Reading order: [`read`] (the levels), [`few`] (pages of few rows), [`key`], [`lookup`] and [`single_insert`] (of several requests at once),
//! [`spread`] (steps in several databases) with [`parts`] (long lists), [`mutate`] and [`mutate_natively`] with [`work`] and [`written`] (changes), [`encode`],
//! [`project`] (values that the process itself makes).

pub mod encode;
mod few;
mod key;
mod lookup;
mod mutate;
mod mutate_natively;
mod parts;
mod project;
mod read;
mod single_insert;
mod spread;
mod work;
mod written;

pub(crate) use few::few_rows_statement;
pub use lookup::Lookup;
pub use mutate::run_mutation;
pub use mutate_natively::run_works;
pub use project::project;
pub use read::{ChildRows, Level, run_levels, run_read};
pub use single_insert::SingleInsert;
pub use spread::{Databases, run_spread};
pub use work::{Work, WorkKind, needs_transaction};
