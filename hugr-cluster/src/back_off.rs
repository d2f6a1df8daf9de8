//! How long to wait before the next attempt.

use std::time::Duration;

use rand::Rng;

/// Waits that double from the first to the longest, each shortened at random by up to a half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    first: Duration,
    longest: Duration,
}

impl BackOff {
    /// Returns waits from `first` to `longest`.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest }
    }

    /// Returns the wait after `failures` failures in a row.
    pub(crate) fn delay(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.min(31));
        let full = self.first.saturating_mul(doubled).min(self.longest);
        full.mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    /// Returns whether something that went well for `duration` may be taken for healthy.
    pub(crate) fn is_long(&self, duration: Duration) -> bool {
        duration >= self.longest
    }
}

/// From 200 ms to 10 s.
impl Default for BackOff {
    fn default() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_up_to_the_longest() {
        let back_off = BackOff::new(Duration::from_millis(100), Duration::from_secs(1));
        for (failures, full_millis) in [(0, 100), (1, 200), (3, 800), (4, 1_000), (u32::MAX, 1_000)] {
            let delay = back_off.delay(failures);
            let full = Duration::from_millis(full_millis);
            assert!(
                delay <= full && delay >= full / 2,
                "{failures} failures: {delay:?}"
            );
        }
    }
}
