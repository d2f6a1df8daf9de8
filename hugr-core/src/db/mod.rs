//! DuckDB: the only place that talks to it.
//!
//! A [`Database`] is one DuckDB instance with a fixed number of threads, each with its own connection and prepared
//! statements. Jobs are closures over a [`Session`]; they run to their end on one thread, so that nothing blocks a
//! runtime thread. Dropping the future of a job takes it from the queue, or interrupts its statements until it ends.
//!
//! Knows SQL text and bound values ([`crate::sql::param`]), nothing of GraphQL, catalogs or plans.
//!
//! Reading order: [`options`], [`session`], [`opening`], [`pool`], [`queue`], [`job`], [`interrupter`], [`workers`], [`files`]; [`violation`] and
//! [`attached`] (what errors say); [`h3`] (functions that DuckDB lacks).

mod attached;
mod files;
mod h3;
mod interrupter;
mod job;
mod opening;
mod options;
mod pool;
mod queue;
mod session;
mod violation;
mod workers;

pub use attached::AttachedFailure;
pub use files::AllowedFiles;
pub use options::{Access, DatabaseOptions};
pub use pool::{Database, Started};
pub use session::{Rows, Session};
pub use violation::{Violation, ViolationKind};
