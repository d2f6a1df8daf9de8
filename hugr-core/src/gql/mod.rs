//! GraphQL documents: text and variables in, a valid operation out. PURE.
//!
//! Knows the served schema only as a schema; what a field means is the catalog's business.
//!
//! Reading order: [`mod@parse`] (text → [`Document`]) with `alias` (other names of types), [`operation`] (document + variables → [`ValidOperation`]), [`value`], `variables`;
//! [`limits`] bounds them; `unknown_names` says what was probably meant.

mod alias;
pub mod limits;
pub mod operation;
pub mod parse;
mod unknown_names;
pub mod value;
mod variables;

pub(crate) use alias::served_name;
pub use limits::DocumentLimits;
pub use operation::{AppliedDirective, OperationKind, Selected, Span, ValidOperation};
pub use parse::{Document, parse};
