//! The bounded queue between callers and a database's threads.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, Thread};

use super::job::{Job, lock};

/// A bounded queue that several threads take from.
///
/// Of the threads that have nothing to do, the one that worked last takes the next job: its connection has the statement
/// prepared and the processor still knows its memory. Under little load the other threads sleep on.
pub(super) struct JobQueue {
    state: Mutex<QueueState>,
    capacity: usize,
}

#[derive(Default)]
struct QueueState {
    jobs: VecDeque<Job>,
    /// Sleeping threads, the one that worked last at the end.
    idle: Vec<Thread>,
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
            capacity,
        }
    }

    pub(super) fn push(&self, job: Job) -> Result<(), Refusal> {
        let worker = self.add(job)?.idle.pop();
        if let Some(worker) = worker {
            worker.unpark();
        }
        Ok(())
    }

    /// Adds a job and calls nobody: the caller is about to take one itself.
    pub(super) fn push_for_caller(&self, job: Job) -> Result<(), Refusal> {
        self.add(job).map(drop)
    }

    fn add(&self, job: Job) -> Result<MutexGuard<'_, QueueState>, Refusal> {
        let mut state = lock(&self.state);
        if state.is_closed {
            return Err(Refusal::Closed);
        }
        if state.jobs.len() >= self.capacity {
            return Err(Refusal::Full);
        }
        state.jobs.push_back(job);
        Ok(state)
    }

    /// Waits for the next job; `None` once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<Job> {
        let worker = thread::current();
        loop {
            let mut state = lock(&self.state);
            // A thread may wake up without being called.
            state.idle.retain(|idle| idle.id() != worker.id());
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            state.idle.push(worker.clone());
            drop(state);
            thread::park();
        }
    }

    /// Takes no more jobs; those that wait are still run.
    pub(super) fn close(&self) {
        let mut state = lock(&self.state);
        state.is_closed = true;
        for worker in state.idle.drain(..) {
            worker.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;

    fn job() -> Job {
        Job {
            work: Box::new(|_| {}),
            control: Arc::default(),
        }
    }

    #[test]
    fn refuses_what_does_not_fit_and_what_comes_too_late() {
        let queue = JobQueue::new(1);
        assert_eq!(queue.push(job()), Ok(()));
        assert_eq!(queue.push(job()), Err(Refusal::Full));
        queue.close();
        assert_eq!(queue.push(job()), Err(Refusal::Closed));
        assert!(queue.pop().is_some());
        assert!(queue.pop().is_none());
    }

    #[test]
    fn a_job_for_the_caller_wakes_nobody() {
        let queue = Arc::new(JobQueue::new(2));
        let sleeper = Arc::clone(&queue);
        let asleep = thread::spawn(move || sleeper.pop().is_some());
        while lock(&queue.state).idle.is_empty() {
            thread::yield_now();
        }
        queue.push_for_caller(job()).unwrap();
        assert_eq!(lock(&queue.state).idle.len(), 1);
        queue.close();
        assert!(asleep.join().unwrap());
    }

    #[test]
    fn every_job_finds_a_thread() {
        let queue = Arc::new(JobQueue::new(10_000));
        let (taken, takes) = mpsc::channel();
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let (queue, taken) = (Arc::clone(&queue), taken.clone());
                thread::spawn(move || {
                    while queue.pop().is_some() {
                        taken.send(()).unwrap();
                    }
                })
            })
            .collect();
        drop(taken);
        for _ in 0..2_000 {
            queue.push(job()).unwrap();
            takes.recv().unwrap();
        }
        for _ in 0..2_000 {
            queue.push(job()).unwrap();
        }
        queue.close();
        assert_eq!(takes.iter().count(), 2_000);
        for worker in workers {
            worker.join().unwrap();
        }
    }
}
