//! The engine that a host embeds.
pub mod operations;
pub mod replica;
pub use operations::{AttachmentState, NodeRecord, NodeSourceStatus, OperationOutcome, Operations};
pub use replica::{Replica, SourceStatus};
