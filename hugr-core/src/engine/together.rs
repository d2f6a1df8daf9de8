//! What many ask for at the same time, alike but for one item each, is done together.
//!
//! Of those that differ only in their item, some run at a time; those that come meanwhile wait and are then served by one
//! statement, which the thread that has just ended goes on with. So nobody waits for company, and the busier the server is,
//! the less each costs. One of those that waited owns the job: when its client goes away, the job is cancelled. A job that
//! is cancelled or fails has done nothing, and each of the others runs by itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::execute::Execution;
use super::served::Served;
use crate::db::{Database, Session, Started};
use crate::error::{Error, Result};

/// Something that can be done for several items at once.
pub(super) trait Joint: PartialEq + Send + Sync + 'static {
    /// In what those that are done together differ.
    type Item: Clone + Send + Sync + 'static;

    /// Most items at a time.
    const MOST_TOGETHER: usize;

    /// Returns the JSON text of the answer to each of `items`, of at most `max_bytes`. When it fails, it has changed
    /// nothing.
    fn run(&self, session: &mut Session, items: &[Self::Item], max_bytes: usize) -> Result<Vec<Vec<u8>>>;
}

/// What is under way of one kind in an engine.
#[derive(Debug)]
pub(super) struct Together<J: Joint>(Arc<Shared<J>>);

#[derive(Debug)]
struct Shared<J: Joint> {
    lanes: Mutex<Vec<Lane<J>>>,
    /// Most statements of a lane that run at a time.
    limit: usize,
    database: Database,
    max_bytes: usize,
}

/// Those that differ only in their item.
struct Lane<J: Joint> {
    asked: Arc<Asked<J>>,
    /// How many statements run.
    running: usize,
    waiting: VecDeque<Waiting<J>>,
}

/// What those of a lane have in common.
struct Asked<J> {
    joint: J,
    served: Arc<Served>,
    time_zone: Arc<str>,
}

struct Waiting<J: Joint> {
    item: J::Item,
    turn: oneshot::Sender<Turn>,
}

/// What one that waited is told.
enum Turn {
    Answered(Bytes),
    /// The job that answers it is its own, and that of as many others.
    Owns(Started<Bytes>, usize),
}

/// The right to run a statement in a lane; handed over when dropped.
struct Slot<J: Joint> {
    together: Together<J>,
    asked: Arc<Asked<J>>,
}

/// What becomes of one that comes.
enum Entered<J: Joint> {
    Runs(Slot<J>),
    Waits(oneshot::Receiver<Turn>),
}

impl<J: Joint> Clone for Together<J> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<J: Joint> std::fmt::Debug for Lane<J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane")
            .field("running", &self.running)
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

impl<J: Joint> PartialEq for Asked<J> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.served, &other.served)
            && self.time_zone == other.time_zone
            && self.joint == other.joint
    }
}

impl<J: Joint> Together<J> {
    /// Returns those on `database`, whose answers have at most `max_bytes`; `limit` statements of a lane run at a time.
    pub(super) fn new(database: Database, max_bytes: usize, limit: usize) -> Self {
        Self(Arc::new(Shared {
            lanes: Mutex::default(),
            limit,
            database,
            max_bytes,
        }))
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Lane<J>>> {
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether nothing is under way.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.lanes().is_empty()
    }

    /// Lets one in.
    fn enter(&self, asked: Asked<J>, item: &J::Item) -> (Entered<J>, Arc<Asked<J>>) {
        let mut lanes = self.lanes();
        let slot = |asked: &Arc<Asked<J>>| {
            Entered::Runs(Slot {
                together: self.clone(),
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
        lane.waiting.push_back(Waiting {
            item: item.clone(),
            turn,
        });
        (Entered::Waits(receiver), asked)
    }

    /// Takes those of a lane that are next; gives the slot back when there are none.
    fn next(&self, asked: &Arc<Asked<J>>) -> Option<(Waiting<J>, Vec<Waiting<J>>)> {
        let mut lanes = self.lanes();
        let index = lanes.iter().position(|lane| Arc::ptr_eq(&lane.asked, asked))?;
        let lane = lanes.get_mut(index)?;
        lane.waiting.retain(|waiting| !waiting.turn.is_closed());
        if let Some(owner) = lane.waiting.pop_front() {
            let count = lane.waiting.len().min(J::MOST_TOGETHER - 1);
            return Some((owner, lane.waiting.drain(..count).collect()));
        }
        lane.running -= 1;
        if lane.running == 0 {
            lanes.swap_remove(index);
        }
        None
    }

    /// Starts the statement for `item` and those of `others`, who are answered by it; `slot` is handed over at its end.
    fn start(
        &self,
        slot: Option<Slot<J>>,
        asked: &Arc<Asked<J>>,
        (item, others): (J::Item, Vec<Waiting<J>>),
    ) -> Result<Started<Bytes>> {
        // The job holds what it works on: attachments outlive a swap of the schema.
        let asked = Arc::clone(asked);
        let max_bytes = self.0.max_bytes;
        let items: Vec<J::Item> = std::iter::once(item)
            .chain(others.iter().map(|other| other.item.clone()))
            .collect();
        self.0.database.start(move |session| {
            let outcome = session
                .set_time_zone(&asked.time_zone)
                .and_then(|()| asked.joint.run(session, &items, max_bytes));
            // Those that are next wait for this thread when it is through.
            drop(slot);
            let mut answers = outcome?.into_iter().map(Bytes::from);
            let own = answers.next();
            for (other, answer) in others.into_iter().zip(answers) {
                // One that went away does not want it any more.
                let _ = other.turn.send(Turn::Answered(answer));
            }
            own.ok_or_else(|| Error::internal("one of several was not answered"))
        })
    }
}

impl<J: Joint> Drop for Slot<J> {
    fn drop(&mut self) {
        let Some((owner, others)) = self.together.next(&self.asked) else {
            return;
        };
        let slot = Self {
            together: self.together.clone(),
            asked: Arc::clone(&self.asked),
        };
        let count = others.len();
        // A job that cannot be started drops the slot again, which goes to the next; those without an answer run by themselves.
        if let Ok(started) = self.together.start(Some(slot), &self.asked, (owner.item, others)) {
            // So does the job of one that went away, when it is cancelled.
            let _ = owner.turn.send(Turn::Owns(started, count));
        }
    }
}

impl Execution<'_> {
    /// Does `joint` for `item`, in company of `together` when others like it wait.
    pub(super) async fn join_in<J: Joint>(
        &self,
        together: &Together<J>,
        joint: J,
        item: J::Item,
    ) -> Result<Bytes> {
        let asked = Asked {
            joint,
            served: Arc::clone(self.served),
            time_zone: Arc::clone(self.time_zone()),
        };
        let (entered, asked) = together.enter(asked, &item);
        let receiver = match entered {
            Entered::Runs(slot) => return together.start(Some(slot), &asked, (item, Vec::new()))?.await,
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
        together.start(None, &asked, (item, Vec::new()))?.await
    }
}
