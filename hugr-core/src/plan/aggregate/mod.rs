//! Aggregations as steps: of all rows, of each parent's rows, and in groups.
//!
//! Reading order: [`columns`] (the selected functions as result columns), [`function`], [`linked`] (through links), [`bucket`]
//! (the steps), [`key`] (what groups are made by).

mod bucket;
mod columns;
mod function;
mod key;
mod linked;

pub(super) use bucket::{link_rows, root_aggregation, root_buckets};
