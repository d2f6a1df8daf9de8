//! The built-in module `core`: its tables, functions and changes, by the names that its SDL gives them.
//!
//! Tables are rows that this process provides to a statement as one JSON parameter, so that filters, relations and sorting
//! work on them as on any other. A new cluster command is a function in `catalog/builtin/core_cluster.graphql`, a match arm
//! in [`call`] and a method of [`Operations`](super::Operations).

mod access_change;
mod access_rows;
mod auth;
mod call;
mod change;
mod info;
mod rows;
mod storage_call;
mod write;

pub(super) use call::call;
pub(super) use rows::rows;
pub(super) use write::write;
