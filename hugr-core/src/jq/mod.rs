//! jq programs over JSON text (spec §9).
//!
//! A [`Program`] is compiled once and may run on any thread. It sees its input, its variables and who called; it cannot
//! reach files, the environment, other modules or the process. Knows nothing of GraphQL, plans or the database.
//!
//! Reading order: [`program`], [`functions`] and [`time`] (what the language has beyond the standard library), [`text`]
//! (values as JSON text).

mod functions;
mod program;
mod text;
mod time;

pub use program::{Caller, Program};
