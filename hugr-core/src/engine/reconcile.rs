//! Desired state → what is served. Loading and unloading never interrupt running queries: they swap one immutable value.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::loader::SourceLoader;
use super::operations::AttachmentState;
use super::replica::SourceStatus;
use super::served::{LoadedSource, Served};
use crate::catalog::SourceCatalog;
use crate::error::{Error, Result};
use crate::name::SourceName;
use crate::store::{CoreState, Revision};

/// Why sources are not loaded as they should be.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<HashMap<SourceName, Failure>>);

#[derive(Clone, Debug)]
struct Failure {
    generation: Revision,
    message: String,
    /// Whether there is no point in trying again before somebody asks for it.
    is_final: bool,
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
            failure.is_final = false;
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
/// loaded keeps its older version and goes into `failures`. A disabled source is left out when the process starts; who then
/// loads it by name means it: with the state comes the revision that the process has found first.
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
    let mut is_changed = kept.len() != current.sources.len();

    let mut fresh = Vec::new();
    for (name, generation) in &state.loaded {
        let previous = kept.get(name);
        let is_done = previous.is_some_and(|loaded| loaded.generation == *generation)
            || known_failures
                .get(name)
                .is_some_and(|failure| failure.is_final && failure.generation == *generation);
        let Some(source) = state
            .data_sources
            .get(name)
            .filter(|source| !(is_done || source.disabled && *generation <= started_at))
        else {
            continue;
        };
        match loader
            .load(state, source, *generation, previous.map(AsRef::as_ref))
            .await
        {
            Ok(loaded) => {
                tracing::info!(source = %name, generation = %generation, "loaded");
                known_failures.remove(name);
                fresh.push((name.clone(), Arc::new(loaded)));
            }
            Err(error) => fail(&mut known_failures, name, *generation, &error),
        }
    }
    is_changed |= !fresh.is_empty();
    let served = if is_changed {
        Some(assemble(built_in, kept, fresh, &mut known_failures)?)
    } else {
        None
    };
    failures.set(known_failures);
    Ok(served)
}

/// Puts old and new sources together; new ones that do not fit are left out, one by one.
fn assemble(
    built_in: &[Arc<SourceCatalog>],
    kept: BTreeMap<SourceName, Arc<LoadedSource>>,
    fresh: Vec<(SourceName, Arc<LoadedSource>)>,
    failures: &mut HashMap<SourceName, Failure>,
) -> Result<Served> {
    let mut all = kept.clone();
    all.extend(fresh.iter().cloned());
    if let Ok(served) = Served::build(built_in, all) {
        return Ok(served);
    }
    let mut fitting = kept;
    for (name, loaded) in fresh {
        let mut candidate = fitting.clone();
        let generation = loaded.generation;
        candidate.insert(name.clone(), loaded);
        match Served::build(built_in, candidate.clone()) {
            Ok(_) => fitting = candidate,
            Err(error) => fail(failures, &name, generation, &error),
        }
    }
    Served::build(built_in, fitting)
}

fn fail(failures: &mut HashMap<SourceName, Failure>, name: &SourceName, generation: Revision, error: &Error) {
    tracing::warn!(source = %name, %error, "cannot be loaded");
    failures.insert(
        name.clone(),
        Failure {
            generation,
            message: error.public_message().to_owned(),
            is_final: true,
        },
    );
}
