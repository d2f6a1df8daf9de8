//! jq programs over JSON text (spec §9).
//!
//! A [`Program`] is compiled once and may run on any thread. It sees its input, its variables and who called, and asks its
//! [`Host`] for the answers to queries; it cannot reach files, the environment, other modules or the process. It can exhaust its stack and memory: what clients send runs in
//! worker processes. Knows nothing of GraphQL, plans or the database.
//!
//! Reading order: [`job`], [`host`], [`pool`] and [`worker`] with [`frame`], [`thread`] (where programs run), [`program`], [`functions`] and [`time`] (what the language has beyond the standard library), [`text`]
//! (values as JSON text).

mod frame;
mod functions;
mod host;
mod job;
mod pool;
mod program;
mod text;
mod thread;
mod time;
mod worker;

pub use host::{Answers, Host, NoHost, Question};
pub use job::Job;
pub use pool::{Turn, WorkerCommand, WorkerPool};
pub use program::{Caller, Program};
pub use thread::run_on_thread;
pub use worker::serve_worker;
