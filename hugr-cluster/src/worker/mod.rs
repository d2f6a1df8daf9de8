//! The work-node role: follows the core store and management, and forwards operations.
//!
//! A worker answers queries from what it has; management being away does not stop it.
//!
//! Reading order: [`connection`] (the stream to management), [`reconciler`] (reaching the core store's revision),
//! [`forwarder`] (operations that concern the cluster), [`service`] (what management asks of a node).

pub(crate) mod connection;
pub(crate) mod forwarder;
pub(crate) mod kept_settings;
pub(crate) mod reconciler;
pub(crate) mod service;

pub(crate) use connection::{Connection, WorkerSettings};
