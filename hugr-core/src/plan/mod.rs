//! An authorised operation becomes a plan. PURE.
//!
//! A plan is a tree of steps (DESIGN D7): each [`Step`] is one statement for one source, and each [`Child`] says by which
//! keys the rows of a step are matched with those of the step above it. The page is read level by level: parents first,
//! then each relation's children restricted to the keys at hand.
//!
//! Everything that reads an object goes through [`object::Objects::conditions`], where row filters and soft deletion are added.
//! Aggregations, joins and functions become further ways to build a step's `select`; mutations become further
//! [`RootKind`]s. The tree, its execution and its encoding stay as they are.
//!
//! Reading order: [`tree`] (the plan's types), [`roots`] (root fields), [`select`] (one object's step), [`link`]
//! (navigation fields), [`condition`] (filters), [`literal`] (values), [`order`] (sorting and paging), [`object`];
//! [`function`] with [`call`] and [`call_value`] (functions), [`jq`] (programs over the answer).

mod aggregate;
mod caching;
mod call;
mod call_value;
mod children;
mod column;
mod condition;
mod derived;
mod function;
mod join;
mod jq;
mod link;
mod literal;
mod object;
mod operator;
mod order;
mod output;
mod roots;
mod select;
mod server_value;
mod tree;
mod view;

pub use caching::Caching;
pub use literal::bind_scalar;
pub use object::{Place, Places};
pub use roots::{plan, plan_row};
pub use tree::{
    Call, Child, Jq, KeyColumn, Node, NullStruct, OutputField, OutputValue, Plan, PlannedField, Read,
    RootKind, RootShape, Step, StructField, Write, WriteKind,
};
