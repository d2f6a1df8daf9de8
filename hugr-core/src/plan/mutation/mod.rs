//! Mutations of data sources' tables: what is written, in order, and what is answered. PURE.
//!
//! The data of an insert is a tree. It is taken level by level: the rows of one object first give their to-one parents, then
//! themselves, then their children and links, so that any number of rows is a fixed number of statements. The rows of a
//! statement are one parameter; values that only the database knows, such as those of sequences, are drawn before.
//!
//! Reading order: [`model`] (the plan), [`insert`] (root fields that insert), [`level`] (the rows of one object),
//! [`columns`], [`mod@rows`], [`link`] (parents, children and links), [`statement`], [`conflict`], [`value`] and [`range`] (values),
//! [`change`] (update and delete), [`written`] and [`returned`] (what is answered), [`tags`] (which kept
//! answers are dropped).

mod change;
mod columns;
mod conflict;
mod insert;
mod level;
mod link;
mod model;
mod range;
mod returned;
mod rows;
mod statement;
mod tags;
mod value;
mod written;

pub use model::{
    Cell, Draw, Mutation, MutationAnswer, ROWS, Require, Write as TableWrite, WriteStep, WrittenKeys,
    WrittenRows,
};
pub use rows::RowSet;

pub(super) use change::{delete, update};
pub(super) use insert::{insert, insert_many};
