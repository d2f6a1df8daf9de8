//! Cells of the H3 grid, as functions that statements call: DuckDB has none of its own.
//!
//! Reading order: [`functions`] (what DuckDB sees), [`cover`] (the cells of a geometry), [`wkb`] (geometries as they come).

mod cover;
mod functions;
mod wkb;

pub(super) use functions::register;
