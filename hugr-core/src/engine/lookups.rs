//! Look-ups by key that come at the same time are answered together.
//!
//! Of look-ups that differ only in their key, some run at a time; those that come meanwhile wait and are then asked by one
//! statement. So nobody waits for company, and the busier the server is, the less a look-up costs. One of those that waited
//! leads: its job answers the others. When it goes away, or its statement fails, each of the others runs by itself.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::execute::{Execution, is_lost};
use super::served::Served;
use crate::error::{Error, Result};
use crate::exec::Lookup;

/// Most look-ups that are answered together.
const MOST_TOGETHER: usize = 8;

/// The look-ups of an engine that are under way.
#[derive(Debug)]
pub(super) struct Lookups {
    lanes: Arc<Mutex<Vec<Lane>>>,
    /// Most statements of a lane that run at a time.
    limit: usize,
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
    Answered(Result<Bytes>),
    /// It is to run, for those that are given as well.
    Lead(Slot, Vec<Waiting>),
}

/// The right to run a statement in a lane; handed over when dropped.
#[derive(Debug)]
struct Slot {
    lanes: Arc<Mutex<Vec<Lane>>>,
    asked: Arc<Asked>,
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

/// What becomes of a look-up that comes.
enum Entered {
    Runs(Slot),
    Waits(oneshot::Receiver<Turn>),
}

impl Lookups {
    /// Half of the processors run look-ups of a kind, so that the others can read requests and write answers.
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            lanes: Arc::default(),
            limit: (processors / 2).max(1),
        }
    }

    /// Lets a look-up in.
    fn enter(&self, asked: Asked, key: i64) -> (Entered, Arc<Asked>) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = |asked: &Arc<Asked>| {
            Entered::Runs(Slot {
                lanes: Arc::clone(&self.lanes),
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
        if lane.running < self.limit {
            lane.running += 1;
            return (slot(&asked), asked);
        }
        let (turn, receiver) = oneshot::channel();
        lane.waiting.push_back(Waiting { key, turn });
        (Entered::Waits(receiver), asked)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some((leader, others)) = self.next() else {
            return;
        };
        let slot = Self {
            lanes: Arc::clone(&self.lanes),
            asked: Arc::clone(&self.asked),
        };
        // One that went away drops the slot again, which goes to the next.
        drop(leader.turn.send(Turn::Lead(slot, others)));
    }
}

impl Slot {
    /// Takes those that are next; gives the slot back when there are none.
    fn next(&self) -> Option<(Waiting, Vec<Waiting>)> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let index = lanes
            .iter()
            .position(|lane| Arc::ptr_eq(&lane.asked, &self.asked))?;
        let lane = lanes.get_mut(index)?;
        lane.waiting.retain(|waiting| !waiting.turn.is_closed());
        if let Some(leader) = lane.waiting.pop_front() {
            let count = lane.waiting.len().min(MOST_TOGETHER - 1);
            return Some((leader, lane.waiting.drain(..count).collect()));
        }
        lane.running -= 1;
        if lane.running == 0 {
            lanes.swap_remove(index);
        }
        None
    }
}

impl Execution<'_> {
    /// Answers `lookup` for `key`, together with others like it that wait.
    pub(super) async fn look_up(&self, lookup: Lookup, key: i64) -> Result<Bytes> {
        let asked = Asked {
            lookup,
            served: Arc::clone(self.served),
            time_zone: Arc::from(self.time_zone()),
        };
        let (entered, asked) = self.engine.lookups.enter(asked, key);
        let receiver = match entered {
            Entered::Runs(slot) => {
                let answer = self.look_up_alone(&asked, key).await;
                drop(slot);
                return answer;
            }
            Entered::Waits(receiver) => receiver,
        };
        match receiver.await {
            Ok(Turn::Answered(answer)) => answer,
            Ok(Turn::Lead(slot, others)) => self.lead(slot, &asked, key, others).await,
            Err(_) => self.look_up_alone(&asked, key).await,
        }
    }

    async fn lead(&self, slot: Slot, asked: &Arc<Asked>, key: i64, others: Vec<Waiting>) -> Result<Bytes> {
        let keys = std::iter::once(key)
            .chain(others.iter().map(|other| other.key))
            .collect();
        let outcome = self.look_up_all(asked, keys).await;
        drop(slot);
        match outcome {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                let own = answers.next();
                for (other, answer) in others.into_iter().zip(answers) {
                    // One that went away does not want it any more.
                    let _ = other.turn.send(Turn::Answered(Ok(answer)));
                }
                own.ok_or_else(|| Error::internal("a look-up was not answered"))
            }
            Err(error) if others.is_empty() => Err(error),
            Err(_) => {
                drop(others);
                self.look_up_alone(asked, key).await
            }
        }
    }

    async fn look_up_alone(&self, asked: &Arc<Asked>, key: i64) -> Result<Bytes> {
        let answers = self.look_up_all(asked, vec![key]).await?;
        let first = answers.into_iter().next();
        first.ok_or_else(|| Error::internal("a look-up was not answered"))
    }

    async fn look_up_all(&self, asked: &Arc<Asked>, keys: Vec<i64>) -> Result<Vec<Bytes>> {
        // The job holds what it reads from: attachments outlive a swap of the schema.
        let asked = Arc::clone(asked);
        let max_bytes = self.engine.config.max_response_bytes;
        self.engine
            .database
            .run(move |session| {
                session.set_time_zone(&asked.time_zone)?;
                let mut run = || asked.lookup.run(session, &keys, max_bytes);
                let texts = match run() {
                    Err(error) if is_lost(&error) => run(),
                    outcome => outcome,
                }?;
                Ok(texts.into_iter().map(Bytes::from).collect())
            })
            .await
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
        assert!(engine.0.lookups.lanes.lock().unwrap().is_empty());
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
