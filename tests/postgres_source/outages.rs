//! A server that goes away and comes back under load: no wrong answer, no hang, and soon all is as before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hugr_core::{HugrEngine, Request};
use hugr_tests::services::own_postgres::{OwnPostgres, Stop};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::shop::{Outcome, Shop, ask, wait_for_rest};

const WORKERS: usize = 6;
/// Right answers of each worker that make a phase.
const ANSWERS: usize = 20;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// How far beyond its time-out an answer may come.
const SLACK: Duration = Duration::from_secs(1);
/// How soon after a server's return it is used again.
const RECOVERY: Duration = Duration::from_secs(2);
/// What a test waits for at most.
const PATIENCE: Duration = Duration::from_secs(40);
/// The ways in which a request may fail while the server is away.
const EXPECTED_CODES: [&str; 3] = ["SOURCE_UNAVAILABLE", "RESOURCE_EXHAUSTED", "TIMEOUT"];
const SETTINGS: &str = "pool_size=4&acquire_timeout=1s";

/// Questions and their answers: by key, several levels in one transaction, through DuckDB, and a change of the
/// row `OWN` of each worker.
const QUESTIONS: [(&str, &str); 5] = [
    (
        "{ authors_by_pk(id: 3) { name mood } }",
        r#"{"authors_by_pk": {"name": "author 3", "mood": "sad"}}"#,
    ),
    (
        "{ authors(filter: {id: {lte: 2}}, order_by: [{field: \"id\"}]) { id books(nested_limit: 2, nested_order_by: [{field: \"id\"}]) { id } } }",
        r#"{"authors": [{"id": 1, "books": [{"id": 9}, {"id": 18}]}, {"id": 2, "books": [{"id": 1}, {"id": 10}]}]}"#,
    ),
    (
        "{ books_aggregation(filter: {id: {lte: 60}}) { _rows_count id { sum } } }",
        r#"{"books_aggregation": {"_rows_count": 60, "id": {"sum": 1830}}}"#,
    ),
    (
        "{ books_by_pk(id: 7) @no_pushdown { title } }",
        r#"{"books_by_pk": {"title": "book 7"}}"#,
    ),
    (
        "mutation { update_authors(filter: {id: {eq: OWN}}, data: {name: \"author OWN\"}) { affected_rows } }",
        r#"{"update_authors": {"affected_rows": 1}}"#,
    ),
];

/// What became of a request.
struct Asked {
    started: Instant,
    /// Its error, or nothing when the answer was right.
    code: Option<String>,
}

/// Requests that follow each other until it is dropped.
struct Load {
    asked: Vec<Arc<Mutex<Vec<Asked>>>>,
    is_over: Arc<AtomicBool>,
    workers: JoinSet<Outcome>,
}

impl Load {
    fn start(engine: &HugrEngine) -> Outcome<Self> {
        let mut load = Self {
            asked: Vec::new(),
            is_over: Arc::default(),
            workers: JoinSet::new(),
        };
        for worker in 0..WORKERS {
            let asked = Arc::default();
            load.asked.push(Arc::clone(&asked));
            load.workers
                .spawn(work(engine.clone(), worker, asked, Arc::clone(&load.is_over)));
        }
        Ok(load)
    }

    /// Waits until each worker has this many more answers that `counts` likes.
    async fn wait_for(&mut self, count: usize, counts: impl Fn(&Asked) -> bool) -> Outcome {
        let since = Instant::now();
        let enough = async {
            for asked in &self.asked {
                while asked
                    .lock()
                    .await
                    .iter()
                    .filter(|asked| asked.started >= since && counts(asked))
                    .count()
                    < count
                {
                    tokio::task::yield_now().await;
                }
            }
        };
        tokio::select! {
            outcome = tokio::time::timeout(PATIENCE, enough) => Ok(outcome?),
            Some(ended) = self.workers.join_next() => ended?,
        }
    }

    async fn wait_for_answers(&mut self) -> Outcome {
        self.wait_for(ANSWERS, |asked| asked.code.is_none()).await
    }

    /// Waits until all is well again after the server's return, which is now, and checks that it took no longer than it may.
    async fn wait_for_recovery(&mut self) -> Outcome {
        let returned = Instant::now();
        let late = returned + RECOVERY;
        self.wait_for(ANSWERS, |asked| asked.code.is_none() && asked.started > late)
            .await?;
        for asked in &self.asked {
            for asked in asked.lock().await.iter().filter(|asked| asked.started > late) {
                let after = asked.started - returned;
                assert_eq!(asked.code, None, "asked {after:?} after the server's return");
            }
        }
        Ok(())
    }

    async fn stop(mut self) -> Outcome {
        self.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.workers.join_next().await {
            ended??;
        }
        Ok(())
    }
}

async fn work(
    engine: HugrEngine,
    worker: usize,
    log: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
) -> Outcome {
    for turn in worker.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let (question, expected) = QUESTIONS[turn % QUESTIONS.len()];
        let request = Request {
            timeout: Some(REQUEST_TIMEOUT),
            ..Request::new(question.replace("OWN", &(worker + 1).to_string()))
        };
        let started = Instant::now();
        let answer = ask(&engine, request).await?;
        let took = started.elapsed();
        assert!(
            took < REQUEST_TIMEOUT + SLACK,
            "{question} took {took:?}: {answer}"
        );
        let code = match answer
            .pointer("/errors/0/extensions/code")
            .and_then(Value::as_str)
        {
            Some(code) => {
                assert!(EXPECTED_CODES.contains(&code), "{question}: {answer}");
                Some(code.to_owned())
            }
            None => {
                let expected: Value = serde_json::from_str(expected)?;
                assert_eq!(answer, json!({ "data": expected }), "{question}");
                None
            }
        };
        log.lock().await.push(Asked { started, code });
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_server_is_used_again() -> Outcome {
    for how in [Stop::Fast, Stop::Immediate] {
        let server = OwnPostgres::start(&[]).await?;
        let shop = Shop::open_at(&server.url(), SETTINGS).await?;
        let mut load = Load::start(&shop.engine)?;
        load.wait_for_answers().await?;
        server.stop(how).await?;
        load.wait_for(1, |asked| asked.code.is_some()).await?;
        server.start_again().await?;
        load.wait_for_recovery().await?;
        load.stop().await?;
        wait_for_rest(&mut PgConnection::connect(&server.url()).await?).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_server_is_used_again() -> Outcome {
    let server = OwnPostgres::start(&[]).await?;
    let mut shop = Shop::open_at(&server.url(), SETTINGS).await?;
    let mut load = Load::start(&shop.engine)?;
    load.wait_for_answers().await?;
    server.pause().await?;
    load.wait_for(2, |asked| asked.code.is_some()).await?;
    server.resume().await?;
    load.wait_for_recovery().await?;
    load.stop().await?;
    wait_for_rest(&mut shop.admin).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_backend_takes_nobody_with_it() -> Outcome {
    let server = OwnPostgres::start(&[]).await?;
    let mut shop = Shop::open_at(&server.url(), SETTINGS).await?;
    let mut load = Load::start(&shop.engine)?;
    load.wait_for_answers().await?;
    let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'hugr_test' LIMIT 1";
    let backend: i32 = sqlx::query_scalar(sql).fetch_one(&mut shop.admin).await?;
    server.kill(backend).await?;
    // The server ends all sessions after that, ours too, and starts again.
    let again = async {
        loop {
            if let Ok(session) = PgConnection::connect(&server.url()).await {
                return session;
            }
        }
    };
    let mut session = tokio::time::timeout(PATIENCE, again).await?;
    load.wait_for_recovery().await?;
    load.stop().await?;
    wait_for_rest(&mut session).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_others_took_are_waited_for() -> Outcome {
    let server = OwnPostgres::start(&[("max_connections", "12")]).await?;
    let mut shop = Shop::open_at(&server.url(), SETTINGS).await?;
    let mut load = Load::start(&shop.engine)?;
    load.wait_for_answers().await?;
    let mut others = Vec::new();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE application_name <> '' AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let all_taken = async {
        while others.len() < 11 {
            sqlx::query(end).fetch_all(&mut shop.admin).await?;
            while let Ok(other) = PgConnection::connect(&server.url()).await {
                others.push(other);
            }
        }
        Outcome::Ok(())
    };
    tokio::time::timeout(PATIENCE, all_taken).await??;
    load.wait_for(1, |asked| asked.code.is_some()).await?;
    drop(others);
    load.wait_for_recovery().await?;
    load.stop().await?;
    wait_for_rest(&mut shop.admin).await
}
