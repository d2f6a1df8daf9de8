//! Two things timed in turn, so that a machine whose speed drifts is as fast for one as for the other.

use std::time::{Duration, Instant};

use crate::Failure;

/// Times of two things, run in turn.
#[derive(Debug)]
pub struct Paired {
    /// Median of the first.
    pub first: Duration,
    /// Median of the second.
    pub second: Duration,
}

impl Paired {
    /// Runs `first` and `second` in turn, `rounds` times each, and takes the medians; each is told the round.
    ///
    /// # Errors
    /// The first error of either.
    pub fn measure(
        rounds: usize,
        mut first: impl FnMut(usize) -> Result<(), Failure>,
        mut second: impl FnMut(usize) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let mut times = (Vec::new(), Vec::new());
        for round in 0..rounds {
            let start = Instant::now();
            first(round)?;
            let middle = Instant::now();
            second(round)?;
            times.0.push(middle - start);
            times.1.push(middle.elapsed());
        }
        Ok(Self {
            first: median(times.0),
            second: median(times.1),
        })
    }

    /// Returns `first` minus `second` in microseconds.
    #[must_use]
    pub fn difference_micros(&self) -> f64 {
        (self.first.as_secs_f64() - self.second.as_secs_f64()) * 1e6
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_middle() {
        let times = [5, 1, 3].map(Duration::from_micros).to_vec();
        assert_eq!(median(times), Duration::from_micros(3));
        assert_eq!(median(Vec::new()), Duration::ZERO);
    }
}
