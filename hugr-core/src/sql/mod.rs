//! SQL as values: expressions, statements, bound parameters, and the one place that turns them into text. PURE.
//!
//! Reading order: [`param`], [`fragment`], [`ast`], [`write`](mod@write), [`function`], [`quote`], [`dialect`], [`mod@render`], [`layout`].

pub mod ast;
pub mod dialect;
pub mod fragment;
pub mod function;
pub mod layout;
pub mod param;
pub mod quote;
pub mod render;
pub mod write;

pub use param::Value;
pub use render::{RuntimeRows, Statement, render, render_write};
