//! Arrow becomes text on the wire.
//!
//! Reading order: [`json`] (rows and levels), [`column`] (values), [`time`], [`text`] (strings).

mod column;
pub mod json;
pub mod text;
mod time;
