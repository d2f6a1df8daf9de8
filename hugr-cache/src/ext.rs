//! What callers do with a cache.

use std::future::Future;

use bytes::Bytes;

use crate::cache::Cache;
use crate::entry::{CacheEntry, CacheTag, Moment, Retention};
use crate::error::CacheError;
use crate::flight::{Flight, Outcome, Seat};
use crate::key::CacheKey;

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// It was in the cache.
    Cache,
    /// Another caller was looking it up or computing it at the same time.
    Shared,
    /// This caller computed it.
    Computed,
}

/// An encoded answer and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The encoded answer.
    pub bytes: Bytes,
    /// Where it came from.
    pub origin: Origin,
}

impl Answer {
    fn new(bytes: Bytes, origin: Origin) -> Self {
        Self { bytes, origin }
    }
}

/// The operations of callers, for every [`Cache`].
pub trait CacheExt: Cache {
    /// Returns the answer under `key`; when there is none, computes it and keeps it as `retention` says.
    ///
    /// Of all callers with one key, one looks up and computes; the others wait for its answer. When its computation fails
    /// each of them computes for itself, for errors are not shared; when it goes away another takes its place.
    /// A failing cache is logged and otherwise treated as an empty one.
    ///
    /// # Errors
    /// What `compute` returned; it is not kept.
    fn get_or_compute<C, F, E>(
        &self,
        key: &CacheKey,
        retention: &Retention,
        compute: C,
    ) -> impl Future<Output = Result<Answer, E>> + Send
    where
        C: FnOnce() -> F + Send,
        F: Future<Output = Result<Bytes, E>> + Send,
        E: Send,
    {
        async move {
            let Some(flights) = self.flights() else {
                return look_up_or_compute(self, key, retention, compute).await;
            };
            loop {
                match flights.board(key) {
                    Seat::Pilot(flight) => return fly(self, &flight, (key, retention), compute).await,
                    Seat::Passenger(passenger) => match passenger.arrive().await {
                        Outcome::Answer(bytes) => return Ok(Answer::new(bytes, Origin::Shared)),
                        Outcome::Failure => return Ok(Answer::new(compute().await?, Origin::Computed)),
                        Outcome::Abandoned => {}
                    },
                }
            }
        }
    }

    /// Drops the answer under `key`, computes it anew and keeps it.
    ///
    /// # Errors
    /// What `compute` returned; the old answer is gone all the same.
    fn refresh<C, F, E>(
        &self,
        key: &CacheKey,
        retention: &Retention,
        compute: C,
    ) -> impl Future<Output = Result<Answer, E>> + Send
    where
        C: FnOnce() -> F + Send,
        F: Future<Output = Result<Bytes, E>> + Send,
        E: Send,
    {
        async move {
            if let Some(flights) = self.flights() {
                flights.cut_off(key);
            }
            forget(self, key).await;
            self.get_or_compute(key, retention, compute).await
        }
    }

    /// Drops every answer that has any of `tags`. Computations under way began before it, so theirs are not kept.
    ///
    /// # Errors
    /// When the cache cannot be reached: outdated answers may stay until their time to live is over.
    fn invalidate(&self, tags: &[CacheTag]) -> impl Future<Output = Result<(), CacheError>> + Send {
        async move {
            // First the flights, then the entries: an answer put after the entries are gone sees that it was cut off.
            if let Some(flights) = self.flights() {
                flights.cut_off_all();
            }
            self.remove_tagged(tags).await
        }
    }

    /// Drops every answer that this process alone holds and that has any of `tags`; all of them when there are none. For what
    /// another process has dropped. Computations under way began before it, so theirs are not kept.
    ///
    /// # Errors
    /// When the cache cannot do it: outdated answers may stay until their time to live is over.
    fn invalidate_near(&self, tags: &[CacheTag]) -> impl Future<Output = Result<(), CacheError>> + Send {
        async move {
            if let Some(flights) = self.flights() {
                flights.cut_off_all();
            }
            match self.near() {
                Some(near) if tags.is_empty() => near.remove_all().await,
                Some(near) => near.remove_tagged(tags).await,
                None => Ok(()),
            }
        }
    }

    /// Drops every answer.
    ///
    /// # Errors
    /// When the cache cannot be reached: outdated answers may stay until their time to live is over.
    fn clear(&self) -> impl Future<Output = Result<(), CacheError>> + Send {
        async move {
            if let Some(flights) = self.flights() {
                flights.cut_off_all();
            }
            self.remove_all().await
        }
    }
}

impl<T: Cache + ?Sized> CacheExt for T {}

/// Looks up or computes on behalf of everyone who waits for `flight`.
async fn fly<T, C, F, E>(
    cache: &T,
    flight: &Flight<'_>,
    (key, retention): (&CacheKey, &Retention),
    compute: C,
) -> Result<Answer, E>
where
    T: Cache + ?Sized,
    C: FnOnce() -> F,
    F: Future<Output = Result<Bytes, E>>,
{
    let moment = match look_up(cache, key, retention).await {
        Found::Answer(bytes) => {
            flight.announce(Outcome::Answer(bytes.clone()));
            if flight.is_cut_off() {
                // It may have been brought near after it was dropped there.
                forget(cache, key).await;
            }
            return Ok(Answer::new(bytes, Origin::Cache));
        }
        Found::Nothing(moment) => moment,
    };
    let bytes = match compute().await {
        Ok(bytes) => bytes,
        Err(error) => {
            flight.announce(Outcome::Failure);
            return Err(error);
        }
    };
    flight.announce(Outcome::Answer(bytes.clone()));
    if !flight.is_cut_off() {
        keep(cache, key, (&bytes, retention), &moment).await;
        if flight.is_cut_off() {
            forget(cache, key).await;
        }
    }
    Ok(Answer::new(bytes, Origin::Computed))
}

async fn look_up_or_compute<T, C, F, E>(
    cache: &T,
    key: &CacheKey,
    retention: &Retention,
    compute: C,
) -> Result<Answer, E>
where
    T: Cache + ?Sized,
    C: FnOnce() -> F,
    F: Future<Output = Result<Bytes, E>>,
{
    let moment = match look_up(cache, key, retention).await {
        Found::Answer(bytes) => return Ok(Answer::new(bytes, Origin::Cache)),
        Found::Nothing(moment) => moment,
    };
    let bytes = compute().await?;
    keep(cache, key, (&bytes, retention), &moment).await;
    Ok(Answer::new(bytes, Origin::Computed))
}

/// What a look-up has found.
enum Found {
    Answer(Bytes),
    /// Nothing, at this moment.
    Nothing(Moment),
}

async fn look_up<T: Cache + ?Sized>(cache: &T, key: &CacheKey, retention: &Retention) -> Found {
    // The moment is asked for after the entry: what is dropped between the two was not found either way.
    let found = match cache.get(key).await {
        Ok(Some(entry)) => return Found::Answer(entry.bytes),
        Ok(None) => cache.moment(&retention.tags).await,
        Err(error) => Err(error),
    };
    Found::Nothing(found.unwrap_or_else(|error| {
        tracing::warn!(cache = %cache.describe(), %error, "cache lookup failed, computing the answer");
        Moment::Unknown
    }))
}

async fn keep<T: Cache + ?Sized>(
    cache: &T,
    key: &CacheKey,
    (bytes, retention): (&Bytes, &Retention),
    moment: &Moment,
) {
    let entry = CacheEntry {
        bytes: bytes.clone(),
        retention: retention.clone(),
    };
    if let Err(error) = cache.put_since(key, entry, moment).await {
        tracing::warn!(cache = %cache.describe(), %error, "the answer was not cached");
    }
}

async fn forget<T: Cache + ?Sized>(cache: &T, key: &CacheKey) {
    if let Err(error) = cache.remove(key).await {
        tracing::warn!(cache = %cache.describe(), %error, "an outdated answer may stay in the cache");
    }
}

#[cfg(test)]
mod tests;
