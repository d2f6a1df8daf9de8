//! SQL as values: expressions, statements, bound parameters, and the one place that turns them into text. PURE.
//!
//! Reading order: [`param`], [`quote`], [`fragment`].

pub mod fragment;
pub mod param;
pub mod quote;
