//! The life of one job, shared between its caller and the thread that runs it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use duckdb::InterruptHandle;

use super::session::Session;

/// Work for a session, and how to stop it.
pub(super) struct Job {
    pub(super) work: Box<dyn FnOnce(&mut Session) + Send>,
    pub(super) control: Arc<JobControl>,
}

/// Where a job stands.
#[derive(Default)]
pub(super) struct JobControl(Mutex<JobState>);

#[derive(Default)]
struct JobState {
    phase: JobPhase,
    is_cancelled: bool,
}

#[derive(Default)]
enum JobPhase {
    #[default]
    Waiting,
    Running(Arc<InterruptHandle>),
    /// Running what has to be done also for a cancelled job; not to be interrupted.
    CleaningUp(Arc<InterruptHandle>),
    Ended,
}

impl JobControl {
    /// Marks the job as running; returns whether it is still wanted.
    pub(super) fn begin(&self, interrupt: Arc<InterruptHandle>) -> bool {
        let mut job = lock(&self.0);
        if job.is_cancelled || !matches!(job.phase, JobPhase::Waiting) {
            return false;
        }
        job.phase = JobPhase::Running(interrupt);
        true
    }

    /// Marks the job as ended: an interrupt that comes later hits no other job.
    pub(super) fn end(&self) {
        lock(&self.0).phase = JobPhase::Ended;
    }

    /// Returns whether nobody wants the job's outcome any more.
    pub(super) fn is_cancelled(&self) -> bool {
        lock(&self.0).is_cancelled
    }

    /// Cancels the job: a waiting one never starts, a running one has its statement interrupted. Returns whether it still
    /// runs. It may then be between two statements, where an interrupt is lost, so that further ones are needed.
    pub(super) fn cancel(&self) -> bool {
        let mut job = lock(&self.0);
        job.is_cancelled = true;
        job.interrupt()
    }

    /// Interrupts the statement of the job; returns whether the job still runs.
    pub(super) fn interrupt(&self) -> bool {
        lock(&self.0).interrupt()
    }

    /// Runs `work` without being interrupted.
    pub(super) fn undisturbed<T>(&self, work: impl FnOnce() -> T) -> T {
        lock(&self.0).change(|phase| match phase {
            JobPhase::Running(interrupt) => JobPhase::CleaningUp(interrupt),
            other => other,
        });
        let outcome = work();
        lock(&self.0).change(|phase| match phase {
            JobPhase::CleaningUp(interrupt) => JobPhase::Running(interrupt),
            other => other,
        });
        outcome
    }
}

impl JobState {
    fn interrupt(&self) -> bool {
        match &self.phase {
            JobPhase::Running(interrupt) => {
                interrupt.interrupt();
                true
            }
            JobPhase::CleaningUp(_) => true,
            JobPhase::Waiting | JobPhase::Ended => false,
        }
    }

    fn change(&mut self, next: impl FnOnce(JobPhase) -> JobPhase) {
        self.phase = next(std::mem::take(&mut self.phase));
    }
}

/// A panicking job cannot leave these values half changed, so a poisoned lock is as good as any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
