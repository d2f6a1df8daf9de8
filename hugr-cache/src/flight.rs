//! Computations under way: callers that ask for the same key wait for one of them instead of each doing the work.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;

use crate::key::CacheKey;

/// The computations under way in one cache.
///
/// A flight is cut off when its key is invalidated: whoever waits still gets its answer, having asked before, but the
/// answer is not kept, and later callers start a new one.
#[derive(Debug, Default)]
pub struct Flights {
    running: Mutex<HashMap<CacheKey, Running>>,
}

#[derive(Debug)]
struct Running {
    is_cut_off: Arc<AtomicBool>,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// How a flight ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// With an answer that all may use.
    Answer(Bytes),
    /// With an error, which belongs to the one that flew: it may speak of that caller's own deadline.
    Failure,
    /// Its caller went away.
    Abandoned,
}

/// What a caller is to do.
#[derive(Debug)]
pub(crate) enum Seat<'a> {
    /// Do the work, and tell the others.
    Pilot(Flight<'a>),
    /// Wait for the one that does.
    Passenger(Passenger),
}

impl Flights {
    /// Returns the flight to `key` to wait for, or a new one to fly.
    pub(crate) fn board(&self, key: &CacheKey) -> Seat<'_> {
        let mut running = self.lock();
        if let Some(flight) = running.get(key) {
            return Seat::Passenger(Passenger {
                outcome: flight.outcome.clone(),
            });
        }
        let is_cut_off = Arc::new(AtomicBool::new(false));
        let (sender, outcome) = watch::channel(None);
        running.insert(
            key.clone(),
            Running {
                is_cut_off: Arc::clone(&is_cut_off),
                outcome,
            },
        );
        Seat::Pilot(Flight {
            flights: self,
            key: key.clone(),
            is_cut_off,
            outcome: sender,
        })
    }

    /// Cuts off the flight to `key`, if there is one.
    pub(crate) fn cut_off(&self, key: &CacheKey) {
        if let Some(flight) = self.lock().remove(key) {
            flight.is_cut_off.store(true, Ordering::SeqCst);
        }
    }

    /// Cuts off all flights.
    pub(crate) fn cut_off_all(&self) {
        for (_, flight) in self.lock().drain() {
            flight.is_cut_off.store(true, Ordering::SeqCst);
        }
    }

    /// A poisoned lock is taken over: the map is whole between any two of its operations.
    fn lock(&self) -> MutexGuard<'_, HashMap<CacheKey, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right and duty to compute the answer to one key. Dropping it ends the flight.
#[derive(Debug)]
pub(crate) struct Flight<'a> {
    flights: &'a Flights,
    key: CacheKey,
    is_cut_off: Arc<AtomicBool>,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Flight<'_> {
    /// Tells the passengers how the flight went; new ones may board until it is dropped.
    pub(crate) fn announce(&self, outcome: Outcome) {
        self.outcome.send_replace(Some(outcome));
    }

    /// Returns whether the key was invalidated since the flight began.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.is_cut_off.load(Ordering::SeqCst)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut running = self.flights.lock();
        let is_ours = running
            .get(&self.key)
            .is_some_and(|flight| Arc::ptr_eq(&flight.is_cut_off, &self.is_cut_off));
        if is_ours {
            running.remove(&self.key);
        }
    }
}

/// The right to wait for someone else's answer.
#[derive(Debug)]
pub(crate) struct Passenger {
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Passenger {
    /// Waits until the flight ends.
    pub(crate) async fn arrive(mut self) -> Outcome {
        match self.outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Outcome::Abandoned),
            Err(_) => Outcome::Abandoned,
        }
    }
}
