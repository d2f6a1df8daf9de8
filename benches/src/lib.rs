//! What the benches share: a shop of fixed data, an engine over it, and the bare statements to compare with.
//!
//! Each bench is a file in `benches/`, with one subject. Nothing here asserts times: machines differ, ratios within one
//! run do not.
//!
//! Reading order: [`shop`] (the data), [`generated`] (schemas of any size), [`broken_sdl`], [`memory`], [`planner`] (text → statement, without a database), [`bare`] (a statement without
//! the engine), [`paired`] (two things timed in turn).

pub mod bare;
pub mod broken_sdl;
pub mod generated;
pub mod memory;
pub mod paired;
pub mod planner;
pub mod shop;

/// What a bench may fail with.
pub type Failure = Box<dyn std::error::Error>;
