//! What is served: the compiled form of the sources' SDL. PURE: no I/O, no clock, no randomness.
//!
//! SDL text goes through `compile` into one [`SourceCatalog`] per source; [`Catalog`] merges them; `surface` derives
//! the served GraphQL schema from it. All three are immutable values that a request holds for its whole life.
//!
//! Reading order: [`scalar`], [`model`], [`diagnostic`], then `directive`, `compile`, `merge`, `surface`.

pub mod diagnostic;
pub mod model;
pub mod scalar;

pub use diagnostic::{Diagnostic, Severity};
pub use model::{Catalog, SourceCatalog};
