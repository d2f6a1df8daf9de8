//! An authorised operation becomes a plan. PURE.
//!
//! A plan is a tree of steps: each [`Step`] is one statement for one source, and each [`Child`] says by which
//! keys the rows of a step are matched with those of the step above it. The page is read level by level: parents first,
//! then each relation's children restricted to the keys at hand.
//!
//! Everything that reads an object goes through [`object::Objects::conditions`], where row filters and soft deletion are added.
//! Aggregations, joins and functions are further ways to build a step's `select`; the tree, its execution and its encoding
//! know nothing of them.
//!
//! Reading order: [`tree`] (the plan's types), [`roots`] (root fields), [`select`] and [`columns`] (one object's step),
//! [`follow`], [`link`], [`children`], [`per_parent`] and [`joined`] (navigation fields), [`join`], [`spatial`],
//! [`aggregate`], [`condition`] (filters), [`structure`] (members of structs), [`literal`] (values), [`order`] (sorting
//! and paging), [`derived`] (field arguments and companions), [`object`] and [`view`] (what is read); [`function`] with
//! [`call`] and [`call_value`] (functions), [`h3`], [`jq`] (programs over the answer), [`caching`].

mod aggregate;
mod caching;
mod call;
mod call_rows;
mod call_value;
mod children;
mod column;
mod columns;
mod condition;
mod derived;
mod expected;
mod follow;
mod function;
mod h3;
mod join;
mod joined;
mod jq;
mod link;
mod literal;
mod mutation;
mod object;
mod operator;
mod order;
mod output;
mod per_parent;
mod roots;
mod select;
mod server_value;
mod sortable;
mod spatial;
mod structure;
mod tree;
mod view;

pub use caching::Caching;
pub use literal::bind_scalar;
pub use mutation::{
    Cell, Draw, Mutation, MutationAnswer, ROWS, Require, RowSet, TableWrite, WriteStep, WrittenKeys,
    WrittenRows,
};
pub use object::{Detours, Place, Places};
pub use per_parent::ParentPage;
pub use roots::{plan, plan_row};
pub use tree::{
    Access, Call, Child, Jq, KeyColumn, Node, NullStruct, OutputField, OutputValue, Plan, PlannedField, Read,
    RootKind, RootShape, Step, StructField, Write, WriteKind,
};
