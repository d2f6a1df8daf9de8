//! What is served: the compiled form of the sources' SDL. PURE: no I/O, no clock, no randomness.
//!
//! SDL text goes through [`compile`] into one [`SourceCatalog`] per source; [`Catalog::merge`] puts them together;
//! [`surface`] derives the served GraphQL schema from the whole. All are immutable values that a request holds for its
//! whole life.
//!
//! Reading order: [`scalar`], [`aggregate`], [`model`], [`diagnostic`], [`directive`], [`compile`], [`merge`], [`surface`],
//! [`introspection`] with `visible` (what a role sees), [`builtin`].

pub mod aggregate;
pub mod builtin;
pub mod compile;
pub mod diagnostic;
pub mod directive;
mod extensions;
pub mod introspection;
mod matching;
mod member_names;
pub mod merge;
pub mod model;
mod relation_links;
pub mod scalar;
pub(crate) mod sdl;
pub mod surface;
pub(crate) mod type_names;
mod visible;

pub use compile::{Compiled, SchemaKind, SdlDocument, SourceSchema, Strictness};
pub use diagnostic::{Diagnostic, Severity};
pub use introspection::{Introspection, SourceProfile};
pub use model::{Catalog, SourceCatalog};
pub use surface::{RootField, ServedSchema};
pub use visible::VisibleSchema;
