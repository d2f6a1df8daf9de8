//! The bounded queue between callers and a database's threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

use super::job::{Job, lock};

/// A bounded queue that several threads take from.
pub(super) struct JobQueue {
    state: Mutex<QueueState>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct QueueState {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Full,
    Closed,
}

impl JobQueue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            capacity,
        }
    }

    pub(super) fn push(&self, job: Job) -> Result<(), Refusal> {
        let mut state = lock(&self.state);
        if state.is_closed {
            return Err(Refusal::Closed);
        }
        if state.jobs.len() >= self.capacity {
            return Err(Refusal::Full);
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for the next job; `None` once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<Job> {
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no more jobs; those that wait are still run.
    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_all();
    }
}
