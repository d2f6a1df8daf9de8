//! Look-ups by key that come at the same time are answered together.
//!
//! Of look-ups that differ only in their key, some run at a time; those that come meanwhile wait and are then asked by one
//! statement, which the thread that has just ended goes on with. So nobody waits for company, and the busier the server is,
//! the less a look-up costs. One of those that waited owns the job: when its client goes away, the job is cancelled. When
//! a job is cancelled or its statement fails, each of the others runs by itself.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::execute::{Execution, is_lost};
use super::served::Served;
use crate::db::{Database, Session, Started};
use crate::error::{Error, Result};
use crate::exec::Lookup;

/// Most look-ups that are answered together.
const MOST_TOGETHER: usize = 8;

/// The look-ups of an engine that are under way.
#[derive(Clone, Debug)]
pub(super) struct Lookups(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    lanes: Mutex<Vec<Lane>>,
    /// Most statements of a lane that run at a time.
    limit: usize,
    database: Database,
    max_bytes: usize,
}

/// Look-ups that differ only in their key.
#[derive(Debug)]
struct Lane {
    asked: Arc<Asked>,
    /// How many statements run.
    running: usize,
    waiting: VecDeque<Waiting>,
}

/// What look-ups of a lane have in common.
struct Asked {
    lookup: Lookup,
    served: Arc<Served>,
    time_zone: Arc<str>,
}

#[derive(Debug)]
struct Waiting {
    key: i64,
    turn: oneshot::Sender<Turn>,
}

/// What one that waited is told.
#[derive(Debug)]
enum Turn {
    Answered(Bytes),
    /// The job that answers it is its own, and that of as many others.
    Owns(Started<Bytes>, usize),
}

/// The right to run a statement in a lane; handed over when dropped.
#[derive(Debug)]
struct Slot {
    lookups: Lookups,
    asked: Arc<Asked>,
}

/// What becomes of a look-up that comes.
enum Entered {
    Runs(Slot),
    Waits(oneshot::Receiver<Turn>),
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked")
            .field("lookup", &self.lookup)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.served, &other.served)
            && self.time_zone == other.time_zone
            && self.lookup == other.lookup
    }
}

impl Asked {
    fn run(&self, session: &mut Session, keys: &[i64], max_bytes: usize) -> Result<Vec<Bytes>> {
        session.set_time_zone(&self.time_zone)?;
        let mut run = || self.lookup.run(session, keys, max_bytes);
        let texts = match run() {
            Err(error) if is_lost(&error) => run(),
            outcome => outcome,
        }?;
        Ok(texts.into_iter().map(Bytes::from).collect())
    }
}

impl Lookups {
    /// Returns the look-ups on `database`, whose answers have at most `max_bytes`. Half of the processors run look-ups of a
    /// kind, so that the others can read requests and write answers.
    pub(super) fn new(database: Database, max_bytes: usize) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self(Arc::new(Shared {
            lanes: Mutex::default(),
            limit: (processors / 2).max(1),
            database,
            max_bytes,
        }))
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Lane>> {
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a look-up in.
    fn enter(&self, asked: Asked, key: i64) -> (Entered, Arc<Asked>) {
        let mut lanes = self.lanes();
        let slot = |asked: &Arc<Asked>| {
            Entered::Runs(Slot {
                lookups: self.clone(),
                asked: Arc::clone(asked),
            })
        };
        let Some(lane) = lanes.iter_mut().find(|lane| *lane.asked == asked) else {
            let asked = Arc::new(asked);
            lanes.push(Lane {
                asked: Arc::clone(&asked),
                running: 1,
                waiting: VecDeque::new(),
            });
            return (slot(&asked), asked);
        };
        let asked = Arc::clone(&lane.asked);
        if lane.running < self.0.limit {
            lane.running += 1;
            return (slot(&asked), asked);
        }
        let (turn, receiver) = oneshot::channel();
        lane.waiting.push_back(Waiting { key, turn });
        (Entered::Waits(receiver), asked)
    }

    /// Takes those of a lane that are next; gives the slot back when there are none.
    fn next(&self, asked: &Arc<Asked>) -> Option<(Waiting, Vec<Waiting>)> {
        let mut lanes = self.lanes();
        let index = lanes.iter().position(|lane| Arc::ptr_eq(&lane.asked, asked))?;
        let lane = lanes.get_mut(index)?;
        lane.waiting.retain(|waiting| !waiting.turn.is_closed());
        if let Some(owner) = lane.waiting.pop_front() {
            let count = lane.waiting.len().min(MOST_TOGETHER - 1);
            return Some((owner, lane.waiting.drain(..count).collect()));
        }
        lane.running -= 1;
        if lane.running == 0 {
            lanes.swap_remove(index);
        }
        None
    }

    /// Starts the statement for `key` and those of `others`, who are answered by it; `slot` is handed over at its end.
    fn start(
        &self,
        slot: Option<Slot>,
        asked: &Arc<Asked>,
        (key, others): (i64, Vec<Waiting>),
    ) -> Result<Started<Bytes>> {
        // The job holds what it reads from: attachments outlive a swap of the schema.
        let asked = Arc::clone(asked);
        let max_bytes = self.0.max_bytes;
        let keys: Vec<i64> = std::iter::once(key)
            .chain(others.iter().map(|other| other.key))
            .collect();
        self.0.database.start(move |session| {
            let outcome = asked.run(session, &keys, max_bytes);
            // Those that are next wait for this thread when it is through.
            drop(slot);
            let mut answers = outcome?.into_iter();
            let own = answers.next();
            for (other, answer) in others.into_iter().zip(answers) {
                // One that went away does not want it any more.
                let _ = other.turn.send(Turn::Answered(answer));
            }
            own.ok_or_else(|| Error::internal("a look-up was not answered"))
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some((owner, others)) = self.lookups.next(&self.asked) else {
            return;
        };
        let slot = Self {
            lookups: self.lookups.clone(),
            asked: Arc::clone(&self.asked),
        };
        let count = others.len();
        // A job that cannot be started drops the slot again, which goes to the next; those without an answer run by themselves.
        if let Ok(started) = self.lookups.start(Some(slot), &self.asked, (owner.key, others)) {
            // So does the job of one that went away, when it is cancelled.
            let _ = owner.turn.send(Turn::Owns(started, count));
        }
    }
}

impl Execution<'_> {
    /// Answers `lookup` for `key`, together with others like it that wait.
    pub(super) async fn look_up(&self, lookup: Lookup, key: i64) -> Result<Bytes> {
        let asked = Asked {
            lookup,
            served: Arc::clone(self.served),
            time_zone: Arc::clone(self.time_zone()),
        };
        let lookups = &self.engine.lookups;
        let (entered, asked) = lookups.enter(asked, key);
        let receiver = match entered {
            Entered::Runs(slot) => return lookups.start(Some(slot), &asked, (key, Vec::new()))?.await,
            Entered::Waits(receiver) => receiver,
        };
        match receiver.await {
            Ok(Turn::Answered(answer)) => return Ok(answer),
            Ok(Turn::Owns(started, others)) => match started.await {
                Err(_) if others > 0 => {}
                outcome => return outcome,
            },
            Err(_) => {}
        }
        lookups.start(None, &asked, (key, Vec::new()))?.await
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use futures::stream::{FuturesUnordered, StreamExt as _};
    use hugr_auth::{Anonymous, AuthChain, Identity};

    use crate::db::{Database, DatabaseOptions};
    use crate::engine::{HugrEngine, Request};
    use crate::store::DataSource;

    const ROWS: i64 = 100;
    /// The row whose field `number` cannot be read.
    const BROKEN: i64 = 13;

    /// Has a table of which the key is declared, but not unique: each is there twice.
    async fn engine(folder: &tempfile::TempDir) -> (HugrEngine, Identity) {
        let path = folder.path().join("shop.duckdb");
        let database = Database::open(DatabaseOptions {
            path: Some(path.clone()),
            ..DatabaseOptions::default()
        })
        .await
        .unwrap();
        let fill = format!(
            "CREATE TABLE t AS SELECT i::INTEGER AS id, CASE WHEN i = {BROKEN} THEN 'x' ELSE i::VARCHAR END AS text
             FROM range(1, {ROWS} + 1) r(i), range(2)"
        );
        database
            .run(move |session| session.execute_batch(&fill))
            .await
            .unwrap();
        database.close().await;
        let sdl = r#"type t @table(name: "t") { id: Int! @pk  text: String  number: Int @sql(exp: "[text]::INTEGER") }"#;
        let engine = HugrEngine::builder()
            .with_auth(AuthChain::new().with(Anonymous::role("admin")))
            .with_source(DataSource::duckdb("shop", path.display().to_string()).with_sdl(sdl))
            .build()
            .await
            .unwrap();
        let identity = engine.authenticate_anonymous().await.unwrap();
        (engine, identity)
    }

    async fn ask(engine: &HugrEngine, identity: &Identity, field: &str, key: i64) -> String {
        let query = format!("{{ t_by_pk(id: {key}) {{ {field} }} }}");
        let answer = engine.execute(Request::new(query), identity).await;
        answer.into_json_text().trim_end().to_owned()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_gets_its_own_row() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        // Keys that are not there, and ones that are asked for twice, are among them.
        let keys: Vec<i64> = (0..4 * ROWS).map(|i| i * 7 % (ROWS + 5)).collect();
        let answers = join_all(keys.iter().map(|key| ask(&engine, &identity, "id text", *key))).await;
        for (key, answer) in keys.into_iter().zip(answers) {
            let expected = match key {
                1..=ROWS if key == BROKEN => format!(r#"{{"data":{{"t_by_pk":{{"id":{key},"text":"x"}}}}}}"#),
                1..=ROWS => format!(r#"{{"data":{{"t_by_pk":{{"id":{key},"text":"{key}"}}}}}}"#),
                _ => r#"{"data":{"t_by_pk":null}}"#.to_owned(),
            };
            assert_eq!(answer, expected);
        }
        assert!(engine.0.lookups.lanes().is_empty());
        engine.close().await;
    }

    #[tokio::test]
    async fn a_key_that_is_declared_but_not_unique_gives_no_more_rows_than_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        let query = "{ t(filter: {id: {in: [1, 2]}}, order_by: [{field: \"id\"}], limit: 2) { id } }";
        // The statement names no limit: two keys are taken for two rows.
        let explained = engine.explain(&Request::new(query), &identity).unwrap();
        assert!(!explained.to_string().contains("LIMIT"), "{explained}");
        let answer = engine.execute(Request::new(query), &identity).await;
        assert_eq!(
            answer.into_json_text().trim_end(),
            r#"{"data":{"t":[{"id":1},{"id":1}]}}"#
        );
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_row_that_cannot_be_read_fails_its_own_look_up_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        let keys: Vec<i64> = (1..=ROWS).collect();
        let answers = join_all(keys.iter().map(|key| ask(&engine, &identity, "number", *key))).await;
        for (key, answer) in keys.into_iter().zip(answers) {
            let is_error = answer.contains("\"errors\"");
            assert_eq!(is_error, key == BROKEN, "{answer}");
        }
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn those_that_go_away_hold_up_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        for round in 0..20 {
            let mut asked: FuturesUnordered<_> =
                (1..=ROWS).map(|key| ask(&engine, &identity, "id", key)).collect();
            // All have come, some have been answered; the others go away: leaders, waiting ones, running ones.
            for _ in 0..round {
                assert!(asked.next().await.unwrap().contains("\"id\""));
            }
            drop(asked);
            assert!(ask(&engine, &identity, "id", 1).await.contains("\"id\":1"));
        }
        engine.close().await;
    }
}
