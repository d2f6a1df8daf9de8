//! How many requests an engine works on at once, and how many may wait for their turn.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::error::{Error, ErrorCode, Result};

/// Limits on requests that are in an engine at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Most requests that are worked on at once.
    pub max_running: NonZeroUsize,
    /// Most requests that wait for their turn; those that come later are refused.
    pub max_waiting: usize,
}

/// 256 requests run, 1,024 wait.
impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            max_running: NonZeroUsize::MIN.saturating_add(255),
            max_waiting: 1024,
        }
    }
}

/// Lets requests in, in the order in which they came.
#[derive(Debug)]
pub(super) struct Admission {
    running: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Admission {
    pub(super) fn new(limits: AdmissionLimits) -> Self {
        let running = limits.max_running.get().min(Semaphore::MAX_PERMITS);
        let waiting = limits.max_waiting.min(Semaphore::MAX_PERMITS);
        Self {
            running: Arc::new(Semaphore::new(running)),
            waiting: Semaphore::new(waiting),
        }
    }

    /// Waits for the request's turn. It has it until what is returned is dropped; dropping the future gives up the place in
    /// the queue.
    ///
    /// # Errors
    /// `OVERLOADED` when too many wait already.
    pub(super) async fn enter(&self) -> Result<OwnedSemaphorePermit> {
        match Arc::clone(&self.running).try_acquire_owned() {
            Ok(turn) => return Ok(turn),
            Err(TryAcquireError::NoPermits) => {}
            Err(TryAcquireError::Closed) => return Err(closed()),
        }
        let place = self
            .waiting
            .try_acquire()
            .map_err(|_| Error::new(ErrorCode::Overloaded, "too many requests are waiting"))?;
        let _counted = Waiting::counted();
        let turn = Arc::clone(&self.running).acquire_owned().await;
        drop(place);
        turn.map_err(|_| closed())
    }
}

/// A request that waits, in the metrics until it is dropped.
struct Waiting;

impl Waiting {
    fn counted() -> Self {
        metrics::gauge!("hugr_graphql_requests_waiting").increment(1);
        Self
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        metrics::gauge!("hugr_graphql_requests_waiting").decrement(1);
    }
}

fn closed() -> Error {
    Error::new(ErrorCode::Cancelled, "the engine is shutting down")
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn admission(running: usize, waiting: usize) -> Admission {
        Admission::new(AdmissionLimits {
            max_running: NonZeroUsize::new(running).unwrap(),
            max_waiting: waiting,
        })
    }

    #[test]
    fn who_comes_too_late_is_refused() {
        let admission = admission(1, 1);
        let first = admission.enter().now_or_never().unwrap().unwrap();
        let mut second = Box::pin(admission.enter());
        assert!(second.as_mut().now_or_never().is_none());
        let third = admission.enter().now_or_never().unwrap();
        assert_eq!(third.unwrap_err().code(), ErrorCode::Overloaded);
        drop(first);
        assert!(second.now_or_never().unwrap().is_ok());
    }

    #[test]
    fn who_goes_away_gives_up_the_place() {
        let admission = admission(1, 1);
        let first = admission.enter().now_or_never().unwrap().unwrap();
        let mut second = Box::pin(admission.enter());
        assert!(second.as_mut().now_or_never().is_none());
        drop(second);
        let mut third = Box::pin(admission.enter());
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.now_or_never().unwrap().is_ok());
    }
}
