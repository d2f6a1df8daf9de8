//! SQL as values. PURE.
pub mod fragment;
