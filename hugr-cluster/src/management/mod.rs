//! The management role: who belongs to the cluster, what revision it should be at, and getting it there.
//!
//! It answers no GraphQL and holds no user data. What is true is in the core store; what is kept here can be lost:
//! nodes connect again and say where they stand.
//!
//! Reading order: [`coordinator`] (the state), [`session`] (one node's stream), [`health`] (checks), [`fan_out`]
//! (calls to all nodes), [`service`] (the protocol's face of it all).

pub(crate) mod coordinator;
mod fan_out;
pub(crate) mod health;
pub(crate) mod service;
mod session;

pub(crate) use coordinator::{Coordinator, CoordinatorSettings};
