//! Waiting for what happens in another process, where nothing can be awaited but only asked.

use std::future::Future;
use std::time::{Duration, Instant};

use super::Outcome;

/// How long a test waits for what must happen soon, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks again and again until the answer is there, and returns it.
///
/// # Errors
/// The last failure, when [`PATIENCE`] is over.
pub async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Outcome<T>
where
    F: Future<Output = Outcome<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        let failure = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        if Instant::now() > deadline {
            return Err(format!("not within {PATIENCE:?}: {what}; last: {failure}").into());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
