//! Desired state → what is served. Loading and unloading never interrupt running queries: they swap one immutable value.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, StreamExt};

use super::attach::attach_what_is_named;
use super::loader::SourceLoader;
use super::operations::AttachmentState;
use super::replica::SourceStatus;
use super::served::{LoadedSource, Served};
use crate::catalog::SourceCatalog;
use crate::error::{Error, Result};
use crate::name::SourceName;
use crate::store::{CoreState, DataSource, Revision};

/// Most sources that are loaded at a time.
const LOADS_AT_A_TIME: usize = 8;

/// Why sources are not loaded as they should be.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<HashMap<SourceName, Failure>>);

#[derive(Clone, Debug)]
struct Failure {
    generation: Revision,
    message: String,
    retry: Retry,
}

/// When a source that failed is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    /// When somebody loads it.
    OnRequest,
    /// When other sources are loaded or unloaded: it does not fit what serves now.
    WithOthers,
    /// With the next state.
    AtOnce,
}

impl Failures {
    fn set(&self, failures: HashMap<SourceName, Failure>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failures;
    }

    fn all(&self) -> HashMap<SourceName, Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets every source that failed be tried again, although nobody asked for it.
    pub(super) fn forgive(&self) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for failure in failures.values_mut() {
            failure.retry = Retry::AtOnce;
        }
    }

    /// Returns the status of `name`, given whether some version of it serves.
    pub(super) fn status(&self, name: &SourceName, serves: bool) -> SourceStatus {
        let failure = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        let state = match (&failure, serves) {
            (Some(_), _) => AttachmentState::Failed,
            (None, true) => AttachmentState::Attached,
            (None, false) => AttachmentState::Detached,
        };
        SourceStatus {
            name: name.clone(),
            state,
            error: failure.map_or_else(String::new, |failure| failure.message),
        }
    }
}

/// Returns what to serve so that `state` is met as far as possible; `None` when `current` already does. What cannot be
/// loaded keeps its older version and goes into `failures`; an extension whose sources are gone waits there for them. A
/// disabled source is left out when the process starts; who then loads it by name means it: with the state comes the revision
/// that the process has found first.
pub(super) async fn reconcile(
    loader: &SourceLoader,
    built_in: &[Arc<SourceCatalog>],
    current: &Served,
    state: (&CoreState, Revision),
    failures: &Failures,
) -> Result<Option<Served>> {
    let (state, started_at) = state;
    let mut known_failures = failures.all();
    known_failures.retain(|name, _| state.loaded.contains_key(name));
    let mut kept: BTreeMap<_, _> = current.sources.clone();
    kept.retain(|name, _| state.loaded.contains_key(name));

    let due = state.loaded.iter().filter(|(name, generation)| {
        let is_loaded = kept
            .get(*name)
            .is_some_and(|loaded| loaded.generation == **generation);
        let is_given_up = known_failures
            .get(*name)
            .is_some_and(|failure| failure.generation == **generation && failure.retry != Retry::AtOnce);
        !is_loaded && !is_given_up
    });
    let due: Vec<_> = due.map(|(name, _)| name.clone()).collect();
    let load = Load {
        loader,
        state,
        started_at,
        current,
    };
    let mut fresh = load.all(due, &mut known_failures).await;

    let is_changed = kept.len() != current.sources.len() || !fresh.is_empty();
    if !is_changed {
        failures.set(known_failures);
        return Ok(None);
    }
    let waiting = known_failures
        .iter()
        .filter(|(name, failure)| failure.retry == Retry::WithOthers && state.loaded.contains_key(*name));
    let waiting: Vec<_> = waiting.map(|(name, _)| name.clone()).collect();
    fresh.extend(load.all(waiting, &mut known_failures).await);
    let served = assemble(built_in, kept, fresh, &mut known_failures)?;
    attach_what_is_named(&served, loader.attachments.database()).await;
    failures.set(known_failures);
    Ok(Some(served))
}

/// What loading needs to know.
struct Load<'a> {
    loader: &'a SourceLoader,
    state: &'a CoreState,
    started_at: Revision,
    current: &'a Served,
}

impl Load<'_> {
    /// Loads the sources called `names`, save disabled ones, several at a time: one that does not answer holds up few
    /// others. What fails goes into `failures`.
    async fn all(
        &self,
        names: Vec<SourceName>,
        failures: &mut HashMap<SourceName, Failure>,
    ) -> Vec<(SourceName, Arc<LoadedSource>)> {
        let mut loads = Vec::new();
        for name in names {
            let registered = self
                .state
                .data_sources
                .get(&name)
                .zip(self.state.loaded.get(&name));
            let Some((source, generation)) =
                registered.filter(|(source, generation)| !source.disabled || **generation > self.started_at)
            else {
                continue;
            };
            loads.push(self.one(name, source, *generation));
        }
        let mut fresh = Vec::new();
        let mut outcomes = stream::iter(loads).buffered(LOADS_AT_A_TIME);
        while let Some((name, generation, outcome)) = outcomes.next().await {
            match outcome {
                Ok(loaded) => {
                    tracing::info!(source = %name, %generation, "loaded");
                    failures.remove(&name);
                    fresh.push((name, Arc::new(loaded)));
                }
                Err(error) => fail(failures, &name, (generation, Retry::OnRequest), &error),
            }
        }
        fresh
    }

    async fn one(
        &self,
        name: SourceName,
        source: &DataSource,
        generation: Revision,
    ) -> (SourceName, Revision, Result<LoadedSource>) {
        let previous = self.current.sources.get(&name).map(AsRef::as_ref);
        let outcome = self.loader.load(self.state, source, generation, previous).await;
        (name, generation, outcome)
    }
}

/// Sources that serve together.
type Sources = BTreeMap<SourceName, Arc<LoadedSource>>;

/// Puts old and new sources together. What does not fit is left out: of new versions first, and of what was served where
/// the sources that it extends are gone.
fn assemble(
    built_in: &[Arc<SourceCatalog>],
    kept: Sources,
    fresh: Vec<(SourceName, Arc<LoadedSource>)>,
    failures: &mut HashMap<SourceName, Failure>,
) -> Result<Served> {
    let mut all = kept.clone();
    all.extend(fresh.iter().cloned());
    if let Ok(served) = Served::build(built_in, all) {
        return Ok(served);
    }
    let fitting = if Served::build(built_in, kept.clone()).is_ok() {
        kept
    } else {
        add_fitting(built_in, Sources::new(), kept.into_iter().collect(), failures)
    };
    Served::build(built_in, add_fitting(built_in, fitting, fresh, failures))
}

/// Adds to `fitting` what fits, one by one, and again until nothing more does: an extension fits after what it extends.
fn add_fitting(
    built_in: &[Arc<SourceCatalog>],
    mut fitting: Sources,
    mut waiting: Vec<(SourceName, Arc<LoadedSource>)>,
    failures: &mut HashMap<SourceName, Failure>,
) -> Sources {
    loop {
        let count = waiting.len();
        let mut left_out = Vec::new();
        for (name, loaded) in waiting {
            let mut candidate = fitting.clone();
            candidate.insert(name.clone(), Arc::clone(&loaded));
            match Served::build(built_in, candidate.clone()) {
                Ok(_) => fitting = candidate,
                Err(error) => left_out.push((name, loaded, error)),
            }
        }
        if left_out.is_empty() || left_out.len() == count {
            for (name, loaded, error) in left_out {
                fail(failures, &name, (loaded.generation, Retry::WithOthers), &error);
            }
            return fitting;
        }
        waiting = left_out
            .into_iter()
            .map(|(name, loaded, _)| (name, loaded))
            .collect();
    }
}

fn fail(
    failures: &mut HashMap<SourceName, Failure>,
    name: &SourceName,
    (generation, retry): (Revision, Retry),
    error: &Error,
) {
    tracing::warn!(source = %name, %error, "cannot be loaded");
    failures.insert(
        name.clone(),
        Failure {
            generation,
            message: error.public_message().to_owned(),
            retry,
        },
    );
}
