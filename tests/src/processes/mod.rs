//! The project's programs as processes, alone and as a cluster, and the means to talk to them.
//!
//! A test starts a [`Cluster`], sends GraphQL to its [`Worker`]s, kills what should die, and waits with [`eventually`]
//! for what should come of it. All processes end with the test process, however that one ends.
//!
//! Reading order: [`wait`], [`address`], [`program`] with `reaper`, [`graphql`], [`cluster`],
//! [`source`], [`pipe`], [`tool`].

pub mod address;
pub mod cluster;
pub mod graphql;
pub mod pipe;
pub mod program;
mod reaper;
pub mod source;
pub mod tool;
pub mod wait;

pub use address::ReservedAddress;
pub use cluster::{Cluster, CorePlace, Worker};
pub use graphql::Client;
pub use program::{Program, ProgramKind};
pub use source::Source;
pub use wait::{PATIENCE, eventually};

/// What a test fails with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The outcome of a test or of a step of it.
pub type Outcome<T = ()> = Result<T, Failure>;
