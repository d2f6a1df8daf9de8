//! What an identity may do: a valid operation in, an authorised one out. PURE.
//!
//! Only an [`AuthorizedOperation`] can be planned, and only this module makes one, so that skipping authorisation does
//! not compile. It is the one stage in which rules are enforced:
//!
//! - what is refused is refused here, wherever the operation names it: as a field, in a filter, a sort key, a list of
//!   columns, in data;
//! - presets are put over the caller's data here, before anybody plans it;
//! - row filters travel with the operation: the planner asks for them wherever it reads an object.
//!
//! Reading order: [`permission`] (one rule), [`rules`] (which of them counts), [`rights`] (all of a role), [`require`] (what it refuses), [`placeholder`] (what
//! is known of the caller), [`row_filter`], [`operation`], then what [`operation`] does in order: `check` (fields and what they
//! return) with `arguments` (what they are told), `stamp` (presets).

mod arguments;
mod check;
mod operation;
mod permission;
mod placeholder;
mod require;
mod rights;
mod row_filter;
mod rules;
mod stamp;

pub use operation::{AuthorizedOperation, authorize};
pub use permission::{DataOperation, Permission};
pub use placeholder::identity_value;
pub use rights::{Access, Programs, Rights};
pub use row_filter::RowFilter;
pub(crate) use stamp::CONFLICT_PRESET;
