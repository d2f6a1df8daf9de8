//! Arrow becomes text on the wire.
//!
//! Reading order: [`json`] (rows and levels), [`column`] (values), [`document`] (structs that are JSON), [`time`], [`text`] (strings).

mod column;
mod document;
pub mod json;
pub mod text;
mod time;
