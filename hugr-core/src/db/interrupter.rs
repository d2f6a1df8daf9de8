//! Sees to it that cancelled jobs end.
//!
//! DuckDB forgets an interrupt when a statement starts, so one that comes between two statements of a job, or just before
//! the first, does nothing. A session looks before each statement whether its job is still wanted; for the moment between
//! this look and the start of the statement the interrupt is repeated, by a thread of its own, until the job has ended.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::job::{JobControl, lock};

/// Time from the first interrupt to the second; it doubles from then on.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// Longest time between two interrupts.
const LONGEST_PAUSE: Duration = Duration::from_millis(64);

/// Interrupts cancelled jobs until they have ended; sleeps while there are none.
pub(super) struct Interrupter {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Cancelled jobs that may still run.
    cancelled: Vec<Arc<JobControl>>,
    pause: Duration,
    is_closed: bool,
}

impl Interrupter {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                cancelled: Vec::new(),
                pause: FIRST_PAUSE,
                is_closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Cancels `job`; does nothing to one that has ended. Does not block.
    pub(super) fn cancel(&self, job: &Arc<JobControl>) {
        if !job.cancel() {
            return;
        }
        let mut state = lock(&self.state);
        state.cancelled.push(Arc::clone(job));
        state.pause = FIRST_PAUSE;
        drop(state);
        self.changed.notify_one();
    }

    /// Repeats interrupts until closed; the body of the interrupter's thread.
    pub(super) fn run(&self) {
        let mut state = lock(&self.state);
        loop {
            let pause = state.pause;
            if !state.cancelled.is_empty() {
                let waited = self.changed.wait_timeout(state, pause);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                state.cancelled.retain(|job| job.interrupt());
                state.pause = (pause * 2).min(LONGEST_PAUSE);
            } else if state.is_closed {
                return;
            } else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Lets the thread end once the cancelled jobs have.
    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_one();
    }
}
