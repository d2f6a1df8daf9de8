//! DuckDB's own worker threads, called when a statement lasts.
//!
//! DuckDB wakes its workers for each statement, however small it is: beside a worker a look-up by key takes a third more
//! processor time than without. So an instance has none until a job has run for a while and cores are left over, and keeps
//! them for as long as such jobs come. Statements are planned for all threads that are allowed, whatever is there; a thread
//! without workers runs all tasks of its statement itself.
//!
//! DuckDB's name for a thread that is not its own is an external one: setting `external_threads` to all of `threads` leaves
//! no worker, setting it to fewer starts the others.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use duckdb::Connection;

/// A job that has run for as long as this is worth workers.
const LONG: Duration = Duration::from_millis(5);

/// Workers stay for as long as this after the last job that was worth them.
const KEPT: Duration = Duration::from_millis(100);

/// Time between two looks at the running jobs.
const PAUSE: Duration = Duration::from_millis(1);

/// Which of an instance's threads have a job, and since when.
pub(super) struct Activity {
    epoch: Instant,
    /// When the job of each thread began, in microseconds since `epoch` and at least 1; 0 for a thread without.
    began: Box<[AtomicU64]>,
    watcher: OnceLock<Thread>,
    is_watcher_asleep: AtomicBool,
    is_closed: AtomicBool,
}

/// What a look at the threads has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Running {
    jobs: usize,
    /// How long the oldest of them has run.
    longest: Duration,
}

impl Activity {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            epoch: Instant::now(),
            began: (0..threads).map(|_| AtomicU64::new(0)).collect(),
            watcher: OnceLock::new(),
            is_watcher_asleep: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Notes that the thread `index` has taken a job.
    pub(super) fn begin(&self, index: usize) {
        if let Some(began) = self.began.get(index) {
            began.store(self.now(), Ordering::SeqCst);
        }
        // The watcher says that it sleeps before it looks for jobs a last time: one of the two sees the other.
        if self.is_watcher_asleep.load(Ordering::SeqCst) {
            self.wake();
        }
    }

    /// Notes that the thread `index` has none any more.
    pub(super) fn end(&self, index: usize) {
        if let Some(began) = self.began.get(index) {
            began.store(0, Ordering::SeqCst);
        }
    }

    /// Lets the watcher end.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.wake();
    }

    fn wake(&self) {
        if let Some(watcher) = self.watcher.get() {
            watcher.unpark();
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_micros())
            .unwrap_or(u64::MAX)
            .max(1)
    }

    fn running(&self) -> Running {
        let now = self.now();
        let began = self.began.iter().map(|began| began.load(Ordering::SeqCst));
        let running = began.filter(|began| *began > 0);
        running.fold(
            Running {
                jobs: 0,
                longest: Duration::ZERO,
            },
            |found, began| Running {
                jobs: found.jobs + 1,
                longest: found
                    .longest
                    .max(Duration::from_micros(now.saturating_sub(began))),
            },
        )
    }

    /// Sleeps until there is a job.
    fn sleep(&self) {
        self.is_watcher_asleep.store(true, Ordering::SeqCst);
        while self.running().jobs == 0 && !self.is_closed.load(Ordering::SeqCst) {
            thread::park();
        }
        self.is_watcher_asleep.store(false, Ordering::SeqCst);
    }
}

/// Says how many workers there should be, from one look to the next.
struct Policy {
    /// All threads that statements may use.
    threads: usize,
    workers: usize,
    /// When the workers that are there were wanted last.
    wanted_at: Instant,
}

impl Policy {
    /// Returns the number of workers that there should be at `now`, while `running` runs.
    fn workers(&mut self, running: Running, now: Instant) -> usize {
        let wanted = match running.longest >= LONG {
            true => self.threads.saturating_sub(running.jobs),
            false => 0,
        };
        if wanted >= self.workers {
            self.wanted_at = now;
        }
        if wanted > self.workers || now.duration_since(self.wanted_at) > KEPT {
            self.workers = wanted;
            self.wanted_at = now;
        }
        self.workers
    }
}

/// Takes the workers from an instance; returns how many threads its statements may use.
pub(super) fn dismiss_workers(connection: &Connection) -> duckdb::Result<usize> {
    let query = "SELECT current_setting('threads')::BIGINT";
    let threads: i64 = connection.query_row(query, [], |row| row.get(0))?;
    let threads = usize::try_from(threads).unwrap_or(1);
    set_workers(connection, threads, 0)?;
    Ok(threads)
}

fn set_workers(connection: &Connection, threads: usize, workers: usize) -> duckdb::Result<()> {
    let external = threads.saturating_sub(workers).max(1);
    connection.execute_batch(&format!("SET external_threads = {external}"))
}

/// Calls and dismisses the workers of an instance that allows `threads`, until `activity` is closed; the body of a thread.
pub(super) fn watch(connection: &Connection, activity: &Activity, threads: usize) {
    // Filled once: a thread watches one instance.
    let _ = activity.watcher.set(thread::current());
    let mut policy = Policy {
        threads,
        workers: 0,
        wanted_at: Instant::now(),
    };
    let mut busy_at = Instant::now();
    while !activity.is_closed.load(Ordering::SeqCst) {
        thread::park_timeout(PAUSE);
        let (running, now, before) = (activity.running(), Instant::now(), policy.workers);
        if running.jobs > 0 {
            busy_at = now;
        } else if before == 0 && now.duration_since(busy_at) > KEPT {
            // To be woken by a job costs that job more than a look does.
            activity.sleep();
            busy_at = Instant::now();
            continue;
        }
        let workers = policy.workers(running, now);
        if workers == before {
            continue;
        }
        if let Err(error) = set_workers(connection, threads, workers) {
            tracing::warn!(%error, workers, "DuckDB does not change the number of its threads");
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(jobs: usize, longest: Duration) -> Running {
        Running { jobs, longest }
    }

    #[test]
    fn workers_come_for_a_job_that_lasts_while_cores_are_left() {
        let start = Instant::now();
        let mut policy = Policy {
            threads: 4,
            workers: 0,
            wanted_at: start,
        };
        let short = running(1, LONG / 2);
        assert_eq!(policy.workers(short, start), 0);
        assert_eq!(policy.workers(running(6, LONG), start), 0);
        assert_eq!(policy.workers(running(1, LONG), start), 3);
        // They stay for a while.
        assert_eq!(policy.workers(short, start + KEPT), 3);
        assert_eq!(policy.workers(running(2, LONG), start + KEPT), 3);
        assert_eq!(policy.workers(running(2, LONG), start + KEPT * 2), 2);
        assert_eq!(policy.workers(short, start + KEPT * 4), 0);
    }

    #[test]
    fn activity_tells_the_jobs_that_run() {
        let activity = Activity::new(2);
        assert_eq!(activity.running().jobs, 0);
        activity.begin(1);
        assert_eq!(activity.running().jobs, 1);
        activity.end(1);
        assert_eq!(activity.running(), running(0, Duration::ZERO));
    }

    #[test]
    fn an_instance_gets_and_loses_workers() {
        let connection = Connection::open_in_memory().unwrap();
        let external = || -> i64 {
            let query = "SELECT current_setting('external_threads')::BIGINT";
            connection.query_row(query, [], |row| row.get(0)).unwrap()
        };
        connection.execute_batch("SET threads = 3").unwrap();
        assert_eq!(dismiss_workers(&connection).unwrap(), 3);
        assert_eq!(external(), 3);
        set_workers(&connection, 3, 2).unwrap();
        assert_eq!(external(), 1);
    }
}
