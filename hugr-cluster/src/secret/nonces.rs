//! Remembers the calls of the last moments, so that each is taken once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::sign::{Nonce, Refusal, SignedCall};

/// Calls that were taken within a window around now; bounded.
#[derive(Debug)]
pub(super) struct SeenCalls {
    window: Duration,
    capacity: usize,
    // Ordered by time, so that the outdated ones are at the front.
    calls: Mutex<BTreeSet<(u64, Nonce)>>,
}

impl SeenCalls {
    /// Remembers up to `capacity` calls that are at most `window` away from now.
    pub(super) fn new(window: Duration, capacity: usize) -> Self {
        Self {
            window,
            capacity,
            calls: Mutex::new(BTreeSet::new()),
        }
    }

    /// Takes `call` when it is within the window and was not taken before.
    ///
    /// When the memory is full it refuses: forgetting a call would allow its replay.
    pub(super) fn take(&self, call: &SignedCall, now_unix_seconds: u64) -> Result<(), Refusal> {
        let difference = Duration::from_secs(now_unix_seconds.abs_diff(call.unix_seconds));
        if difference > self.window {
            return Err(Refusal::ClockSkew {
                difference,
                allowed: self.window,
            });
        }
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest_in_window = now_unix_seconds.saturating_sub(self.window.as_secs());
        *calls = calls.split_off(&(oldest_in_window, Nonce::default()));
        if calls.contains(&(call.unix_seconds, call.nonce)) {
            return Err(Refusal::Replayed);
        }
        if calls.len() >= self.capacity {
            return Err(Refusal::TooManyCalls);
        }
        calls.insert((call.unix_seconds, call.nonce));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 10_000;

    fn call(unix_seconds: u64, nonce: u8) -> SignedCall {
        SignedCall {
            unix_seconds,
            nonce: [nonce; 16],
        }
    }

    fn seen() -> SeenCalls {
        SeenCalls::new(Duration::from_secs(60), 3)
    }

    #[test]
    fn a_replayed_nonce_is_refused() {
        let seen = seen();
        assert_eq!(seen.take(&call(NOW, 1), NOW), Ok(()));
        assert_eq!(seen.take(&call(NOW, 1), NOW + 60), Err(Refusal::Replayed));
        assert_eq!(seen.take(&call(NOW, 2), NOW), Ok(()));
    }

    #[test]
    fn a_call_outside_the_window_is_refused_on_both_sides() {
        for time in [NOW - 61, NOW + 61] {
            let refusal = seen().take(&call(time, 1), NOW);
            assert!(matches!(refusal, Err(Refusal::ClockSkew { .. })), "{refusal:?}");
        }
    }

    #[test]
    fn a_full_memory_refuses_until_calls_leave_the_window() {
        let seen = seen();
        for nonce in 0..3 {
            assert_eq!(seen.take(&call(NOW, nonce), NOW), Ok(()));
        }
        assert_eq!(seen.take(&call(NOW, 9), NOW), Err(Refusal::TooManyCalls));
        assert_eq!(seen.take(&call(NOW + 61, 9), NOW + 61), Ok(()));
    }
}
