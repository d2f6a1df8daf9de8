//! Rows by the cells of the H3 grid that they lie in (spec §4.3).
//!
//! Each member of `data` is a link from cells to the rows that lie in them; a row that lies in several is there in each. The
//! cells are those in which a member has rows:
//!
//! ```text
//! h3(resolution: 5) { cell data { shops_aggregation(field: "spot") { _rows_count } } }
//!   -> SELECT cell FROM (SELECT __key0 AS cell FROM (…the statement below…) UNION …) ORDER BY cell
//!      SELECT count(*), s.__h3_cell AS __key0
//!      FROM (SELECT c.*, unnest(c.__h3_cells) AS __h3_cell FROM (SELECT s.*, hugr_h3_cells(s.spot, 5) AS __h3_cells FROM shops AS s) AS c) AS s
//!      GROUP BY s.__h3_cell
//! ```
//!
//! Reading order: [`grid`] (the cells), [`member`] (what lies in them), [`distribution`] (shares of totals).

mod distribution;
mod grid;
mod member;

pub(super) use grid::cells;
