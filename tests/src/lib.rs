//! Harness of the integration tests; the tests themselves stand beside this folder.

pub mod core_store;
pub mod differential;
pub mod golden;
pub mod processes;
pub mod services;
