//! Generated queries, answered twice: by the engine, and by plain SQL that a second, simple generator writes.
//!
//! The two generators share nothing but the [`model`] of a query: [`graphql`] says it to the engine, [`plain`] says it to the
//! database, with one correlated subquery for each level. Both answers are JSON and must be equal. What differs between
//! databases is a [`plain::Spelling`].
//!
//! Reading order: [`model`], [`generate`] with [`random`], [`graphql`], [`plain`], [`data`].

pub mod data;
pub mod generate;
pub mod graphql;
pub mod model;
pub mod plain;
pub mod random;
