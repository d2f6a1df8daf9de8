//! The roots of a request that changes something.

use bytes::Bytes;

use crate::plan::{Mutation, MutationAnswer, Read};

/// A root of a request that changes something.
#[derive(Debug)]
pub struct Work {
    /// What is done.
    pub kind: WorkKind,
    /// Where its answer stands.
    pub path: Vec<String>,
}

/// What is done for a root.
#[derive(Debug)]
pub enum WorkKind {
    /// A change.
    Mutate(Box<Mutation>),
    /// A reading, which may call a function that changes something.
    Read(Box<Read>),
    /// Nothing: its answer is known.
    Known(Bytes),
}

/// Returns whether `works` must be run in a transaction: a single statement is one by itself.
#[must_use]
pub fn needs_transaction(works: &[Work]) -> bool {
    let [
        Work {
            kind: WorkKind::Mutate(mutation),
            ..
        },
    ] = works
    else {
        return true;
    };
    let reads_again = match &mutation.answer {
        MutationAnswer::Returned(_) => false,
        MutationAnswer::Row(_) => true,
        MutationAnswer::Result { rows, .. } => !rows.is_empty(),
    };
    reads_again || mutation.steps.len() > 1
}
