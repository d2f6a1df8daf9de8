//! What an identity may do: a valid operation in, an authorised one out. PURE.
//!
//! Only an [`AuthorizedOperation`] can be planned, and only this module makes one, so that skipping authorisation does
//! not compile. Row filters travel with the operation: the planner asks for them wherever it reads an object.
//!
//! Reading order: [`rights`], [`operation`].

mod operation;
mod rights;

pub use operation::{AuthorizedOperation, authorize};
pub use rights::Rights;
