//! A DuckDB instance and its threads.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use duckdb::Connection;
use tokio::sync::{mpsc, oneshot};

use super::interrupter::Interrupter;
use super::job::{Job, JobControl};
use super::opening;
use super::options::DatabaseOptions;
use super::queue::{JobQueue, Refusal};
use super::session::Session;
use super::workers::{self, Activity};
use crate::error::{Error, ErrorCode, Result};

/// A DuckDB instance. Cheap to clone; when the last clone is dropped, the threads end after the jobs that they have.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    queue: Arc<JobQueue>,
    interrupter: Arc<Interrupter>,
    activity: Arc<Activity>,
    connections: NonZeroUsize,
    /// Each thread holds a sender: the channel closes when the last one has ended.
    threads_ended: tokio::sync::Mutex<mpsc::Receiver<()>>,
}

/// Held by a thread for as long as its connection is open.
type Alive = mpsc::Sender<()>;

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("connections", &self.0.connections)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Opens an instance and starts its threads.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when the file cannot be opened, `BAD_REQUEST` for a setting that DuckDB refuses.
    pub async fn open(options: DatabaseOptions) -> Result<Self> {
        let queue = Arc::new(JobQueue::new(options.queue_capacity));
        let (alive, threads_ended) = mpsc::channel(1);
        let (opened, is_open) = oneshot::channel();
        let connections = options.connections;
        let activity = Arc::new(Activity::new(connections.get()));
        let (first_queue, first_alive, first_activity) =
            (Arc::clone(&queue), alive.clone(), Arc::clone(&activity));
        spawn("duckdb-0".to_owned(), move || match opening::open(&options) {
            Ok((first, others)) => {
                if opened.send(Ok(others)).is_ok() {
                    serve(first, &first_queue, (&first_activity, 0), first_alive);
                }
            }
            Err(error) => {
                // The caller went away when this fails; there is nobody left to tell.
                let _ = opened.send(Err(error));
            }
        })?;
        let others = is_open
            .await
            .map_err(|_| Error::internal("the thread that opens DuckDB died"))??;
        for (index, connection) in (1..).zip(others.serving) {
            let (queue, alive, activity) = (Arc::clone(&queue), alive.clone(), Arc::clone(&activity));
            spawn(format!("duckdb-{index}"), move || {
                serve(connection, &queue, (&activity, index), alive)
            })?;
        }
        let watched = Arc::clone(&activity);
        spawn("duckdb-watcher".to_owned(), move || {
            workers::watch(&others.watching, &watched, others.threads);
            drop(others.watching);
            drop(alive);
        })?;
        let interrupter = Arc::new(Interrupter::new());
        let watched = Arc::clone(&interrupter);
        spawn("duckdb-interrupter".to_owned(), move || watched.run())?;
        Ok(Self(Arc::new(Inner {
            queue,
            interrupter,
            activity,
            connections,
            threads_ended: threads_ended.into(),
        })))
    }

    /// Closes the instance for all clones: waiting jobs are still run, later ones refused. Returns once the database is
    /// closed, so that its file can be opened by others.
    pub async fn close(&self) {
        self.0.queue.close();
        self.0.activity.close();
        // Nothing is ever sent: this returns when the last thread drops its sender.
        let _ = self.0.threads_ended.lock().await.recv().await;
    }

    /// Runs `work` some time; nobody waits for it. It is dropped when the queue is full or closed.
    pub fn submit(&self, work: impl FnOnce(&mut Session) + Send + 'static) {
        let work = move |session: &mut Session| {
            if catch_unwind(AssertUnwindSafe(|| work(session))).is_err() {
                tracing::error!("a database job panicked");
            }
        };
        let job = Job {
            work: Box::new(work),
            control: Arc::default(),
        };
        if let Err(refusal) = self.0.queue.push(job) {
            tracing::debug!(?refusal, "a database job was dropped");
        }
    }

    /// Returns the number of connections.
    #[must_use]
    pub fn connections(&self) -> NonZeroUsize {
        self.0.connections
    }

    /// Runs `work` on one of the instance's threads. Dropping the future before it is done takes the job from the queue
    /// or interrupts its statements until it ends.
    ///
    /// # Errors
    /// Those of `work`; `OVERLOADED` when too many jobs wait.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Session) -> Result<T> + Send + 'static,
    {
        self.start(work)?.await
    }

    /// Starts `work` on one of the instance's threads, as [`Self::run`] does once it is polled. At the end of a job that runs
    /// on such a thread, this very thread goes on with it: it has the statement prepared, and the processor still knows its
    /// memory.
    ///
    /// # Errors
    /// `OVERLOADED` when too many jobs wait, `CANCELLED` when the instance is closed.
    pub fn start<T, F>(&self, work: F) -> Result<Started<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Session) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let control = Arc::new(JobControl::default());
        let job = Job {
            work: Box::new(move |session| {
                let outcome = catch_unwind(AssertUnwindSafe(|| work(session)))
                    .unwrap_or_else(|_| Err(Error::internal("a database job panicked")));
                // The receiver is gone when the caller was cancelled; the outcome is not wanted then.
                let _ = sender.send(outcome);
            }),
            control: Arc::clone(&control),
        };
        let queue = &self.0.queue;
        let pushed = if is_served_here(queue) {
            queue.push_for_caller(job)
        } else {
            queue.push(job)
        };
        pushed.map_err(|refusal| match refusal {
            Refusal::Full => Error::new(ErrorCode::Overloaded, "too many queries are waiting"),
            Refusal::Closed => Error::new(ErrorCode::Cancelled, "the engine is shutting down"),
        })?;
        Ok(Started {
            receiver,
            unanswered: Some(control),
            interrupter: Arc::clone(&self.0.interrupter),
        })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
        self.activity.close();
        self.interrupter.close();
    }
}

/// A job that waits or runs, as the future of its outcome; dropped before, it is cancelled.
#[must_use = "a job is cancelled when its future is dropped"]
pub struct Started<T> {
    receiver: oneshot::Receiver<Result<T>>,
    /// The job, until it has answered.
    unanswered: Option<Arc<JobControl>>,
    interrupter: Arc<Interrupter>,
}

impl<T> std::fmt::Debug for Started<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Started").finish_non_exhaustive()
    }
}

impl<T> Future for Started<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.receiver).poll(context).map(|outcome| {
            self.unanswered = None;
            outcome.map_err(|_| Error::internal("a database thread died"))?
        })
    }
}

impl<T> Drop for Started<T> {
    fn drop(&mut self) {
        if let Some(job) = &self.unanswered {
            self.interrupter.cancel(job);
        }
    }
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new()
        .name(name)
        .spawn(work)
        .map(drop)
        .map_err(|error| {
            Error::new(ErrorCode::ResourceExhausted, "cannot start a database thread").with_source(error)
        })
}

thread_local! {
    /// The queue from which this thread takes jobs, by its address.
    static SERVED: Cell<*const JobQueue> = const { Cell::new(ptr::null()) };
}

/// Returns whether this thread takes its jobs from `queue`.
fn is_served_here(queue: &Arc<JobQueue>) -> bool {
    ptr::eq(SERVED.get(), Arc::as_ptr(queue))
}

fn serve(connection: Connection, queue: &JobQueue, (activity, index): (&Activity, usize), alive: Alive) {
    SERVED.set(ptr::from_ref(queue));
    let interrupt = connection.interrupt_handle();
    let mut session = Session::new(connection);
    while let Some(job) = queue.pop() {
        if job.control.begin(Arc::clone(&interrupt)) {
            activity.begin(index);
            session.begin(Arc::clone(&job.control));
            (job.work)(&mut session);
            session.end();
            activity.end(index);
            job.control.end();
        }
    }
    drop(session);
    drop(alive);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::param::Value;

    async fn in_memory(connections: usize) -> Database {
        let connections = NonZeroUsize::new(connections).unwrap();
        Database::open(DatabaseOptions {
            connections,
            ..DatabaseOptions::default()
        })
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn connections_share_one_database() {
        let database = in_memory(2).await;
        database
            .run(|session| session.execute_batch("CREATE TABLE t AS SELECT 42 AS x"))
            .await
            .unwrap();
        for _ in 0..4 {
            let rows =
                database.run(|session| session.query("SELECT x FROM t WHERE x = $1", &[Value::Int(42)]));
            assert_eq!(rows.await.unwrap().row_count(), 1);
        }
    }

    #[tokio::test]
    async fn a_statement_without_parameters_sees_later_rows() {
        let database = in_memory(1).await;
        let count = database.run(|session| {
            let large = "SELECT x FROM t WHERE x > 100";
            session.execute_batch("CREATE TABLE t (x INTEGER)")?;
            session.query(large, &[])?;
            session.execute_batch("INSERT INTO t VALUES (500)")?;
            Ok(session.query(large, &[])?.row_count())
        });
        assert_eq!(count.await.unwrap(), 1);
    }

    const ENDLESS: &str = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b";

    /// Returns once a job that comes now has been answered: no earlier one holds the only connection.
    async fn wait_for_connection(database: &Database) {
        let answer = database.run(|session| session.query("SELECT 1", &[]));
        let answer = tokio::time::timeout(std::time::Duration::from_secs(60), answer).await;
        assert_eq!(answer.unwrap().unwrap().row_count(), 1);
    }

    #[tokio::test]
    async fn a_dropped_job_ends_wherever_it_is() {
        let database = in_memory(1).await;
        for _ in 0..50 {
            let (started, has_started) = oneshot::channel();
            let endless = database.run(move |session| {
                started.send(()).unwrap();
                session.query(ENDLESS, &[])
            });
            tokio::select! {
                _ = endless => panic!("the endless query ended"),
                _ = has_started => {}
            }
            wait_for_connection(&database).await;
        }
    }

    #[tokio::test]
    async fn a_job_dropped_between_two_statements_runs_no_further_one() {
        let database = in_memory(1).await;
        let (started, has_started) = oneshot::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel();
        let (ended, has_ended) = oneshot::channel();
        let job = database.run(move |session| {
            session.query("SELECT 1", &[])?;
            started.send(()).unwrap();
            may_go_on.recv().unwrap();
            ended
                .send(session.query("SELECT 2", &[]).unwrap_err().code())
                .unwrap();
            Ok(())
        });
        tokio::select! {
            _ = job => panic!("the job ended"),
            _ = has_started => {}
        }
        go_on.send(()).unwrap();
        assert_eq!(has_ended.await.unwrap(), ErrorCode::Cancelled);
    }

    #[tokio::test]
    async fn the_transaction_of_a_dropped_job_is_rolled_back() {
        let database = in_memory(1).await;
        for _ in 0..20 {
            let (started, has_started) = oneshot::channel();
            let job = database.run(move |session| {
                session.transaction(|session| {
                    session.execute_batch("CREATE TABLE t (x INTEGER)")?;
                    started.send(()).unwrap();
                    session.query(ENDLESS, &[])
                })
            });
            tokio::select! {
                _ = job => panic!("the endless query ended"),
                _ = has_started => {}
            }
            // Fails when the table or the transaction is still there.
            let next = database.run(|session| {
                session.transaction(|session| {
                    session.execute_batch("CREATE TABLE t (x INTEGER)")?;
                    session.execute_batch("DROP TABLE t")
                })
            });
            next.await.unwrap();
        }
    }

    #[tokio::test]
    async fn the_transaction_of_a_panicking_job_is_rolled_back() {
        let database = in_memory(1).await;
        let job = database.run(|session| session.transaction(|_| -> Result<()> { panic!("oops") }));
        assert_eq!(job.await.unwrap_err().code(), ErrorCode::Internal);
        let next = database.run(|session| session.transaction(|session| session.execute_batch("SELECT 1")));
        next.await.unwrap();
    }

    #[tokio::test]
    async fn what_a_job_starts_is_run_although_nobody_is_called() {
        for connections in [1, 4] {
            let database = in_memory(connections).await;
            for _ in 0..50 {
                let same = database.clone();
                let next = database.run(move |_| same.start(|_| Ok(7))).await.unwrap();
                assert_eq!(next.await.unwrap(), 7);
            }
        }
    }

    #[tokio::test]
    async fn a_panicking_job_is_an_error() {
        let database = in_memory(1).await;
        let error = database
            .run(|_| -> Result<()> { panic!("oops") })
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::Internal);
        assert!(
            database
                .run(|session| session.execute_batch("SELECT 1"))
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn a_closed_database_refuses_jobs() {
        let database = in_memory(2).await;
        database.close().await;
        let error = database
            .run(|session| session.execute_batch("SELECT 1"))
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::Cancelled);
    }

    #[tokio::test]
    async fn built_in_functions_are_there() {
        let database = in_memory(1).await;
        let sql = "SELECT from_json('[1,2]', '[\"BIGINT\"]'), timezone('UTC', TIMESTAMPTZ '2024-01-01 00:00:00+00')";
        assert_eq!(
            database
                .run(move |session| session.query(sql, &[]))
                .await
                .unwrap()
                .row_count(),
            1
        );
    }
}
