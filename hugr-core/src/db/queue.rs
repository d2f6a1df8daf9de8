//! The bounded queue between callers and a database's threads, and the life of one job.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use duckdb::InterruptHandle;

use super::session::Session;

/// Work for a session, and how to stop it.
pub(super) struct Job {
    pub(super) work: Box<dyn FnOnce(&mut Session) + Send>,
    pub(super) control: Arc<JobControl>,
}

/// Where a job stands; shared between the caller and the thread that runs it.
#[derive(Default)]
pub(super) struct JobControl(Mutex<JobPhase>);

#[derive(Default)]
enum JobPhase {
    #[default]
    Waiting,
    Running(Arc<InterruptHandle>),
    Ended,
}

impl JobControl {
    /// Marks the job as running; returns whether it is still wanted.
    pub(super) fn begin(&self, interrupt: Arc<InterruptHandle>) -> bool {
        let mut phase = lock(&self.0);
        match *phase {
            JobPhase::Waiting => {
                *phase = JobPhase::Running(interrupt);
                true
            }
            JobPhase::Running(_) | JobPhase::Ended => false,
        }
    }

    /// Marks the job as ended: an interrupt that comes later hits no other job.
    pub(super) fn end(&self) {
        *lock(&self.0) = JobPhase::Ended;
    }

    /// Stops the job: a waiting one never starts, a running one has its statement interrupted.
    pub(super) fn cancel(&self) {
        let mut phase = lock(&self.0);
        if let JobPhase::Running(interrupt) = &*phase {
            interrupt.interrupt();
        } else {
            *phase = JobPhase::Ended;
        }
    }
}

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

/// A panicking job cannot leave these values half changed, so a poisoned lock is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
