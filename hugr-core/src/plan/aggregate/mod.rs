//! Aggregations as steps: of all rows, of each parent's rows, and in groups.
//!
//! Reading order: [`columns`] (the selected functions as result columns), [`function`], [`linked`] (through links),
//! [`per_parent`] (aggregates of aggregates), [`bucket`] (the steps), [`branches`], [`groups`] and [`key`] (what groups
//! are made by), [`having`] (which of them are wanted), [`gapfill`] (those that are missing), [`measured`] (cubes).

mod branches;
mod bucket;
mod columns;
mod function;
mod gapfill;
mod groups;
mod having;
mod key;
mod linked;
mod measured;
mod per_parent;

pub(super) use bucket::{link_rows, link_value, root_aggregation, root_buckets};
pub(super) use having::group_column;
