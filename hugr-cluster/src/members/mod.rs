//! Who belongs to the cluster and who is ready. No I/O: calls and clocks come from outside.
//!
//! A node is ready while its stream is open, its last health check succeeded, it has reached a state of the core
//! store, and it runs management's version of the software.
//!
//! Reading order: [`member`] (one node), then the registry of all of them here.

mod member;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use hugr_core::engine::NodeRecord;
use hugr_core::name::NodeName;
use hugr_core::store::Revision;
use hugr_core::{Error, ErrorCode, Result};
use tokio::sync::{mpsc, watch};

use member::{Health, Member, OUTBOX_MESSAGES, Session};
pub(crate) use member::{Push, Standing};

use crate::link::Link;
use crate::metrics;
use crate::url::NodeUrl;

/// Tells streams of the same node apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionId(u64);

/// What a node says of itself when it comes.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Its name.
    pub(crate) name: NodeName,
    /// Where it is reached.
    pub(crate) url: NodeUrl,
    /// Version of its software.
    pub(crate) version: String,
    /// The revision that it has applied.
    pub(crate) applied: Revision,
}

/// A node to call.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// Its name.
    pub(crate) name: NodeName,
    /// The stream it had when it was looked up.
    pub(crate) session: Option<SessionId>,
    /// The line to it.
    pub(crate) link: Link,
    /// How management saw it.
    pub(crate) standing: Standing,
    /// The revision it last reported.
    pub(crate) applied: Revision,
}

#[derive(Debug, Default)]
struct Registry {
    members: BTreeMap<NodeName, Member>,
    last_session: u64,
}

/// The members of the cluster.
#[derive(Debug)]
pub(crate) struct Members {
    version: String,
    registry: Mutex<Registry>,
    changes: watch::Sender<Vec<NodeRecord>>,
}

impl Members {
    /// Returns an empty cluster whose nodes should run `version`.
    pub(crate) fn new(version: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            registry: Mutex::default(),
            changes: watch::Sender::new(Vec::new()),
        }
    }

    /// Takes a node in, with a stream of its own; `revision` is what it will be told in the welcome.
    ///
    /// An older stream of the same node, and a dead node of the same name, are replaced.
    ///
    /// # Errors
    /// `CONFLICT` when a live node of the same name has another URL.
    pub(crate) fn admit(
        &self,
        arrival: Arrival,
        link: Link,
        revision: Revision,
        now: DateTime<Utc>,
    ) -> Result<(SessionId, mpsc::Receiver<Push>)> {
        let mut registry = self.lock();
        let id = SessionId(registry.last_session + 1);
        let (outbox, pushes) = mpsc::channel(OUTBOX_MESSAGES);
        let session = Session {
            id,
            outbox,
            announced: revision.max(arrival.applied),
            told: None,
        };
        let member = Member {
            url: arrival.url,
            version: arrival.version,
            link,
            session: Some(session),
            health: Health::Unchecked,
            is_reconciled: false,
            applied: arrival.applied,
            last_seen: now,
        };
        match registry.members.entry(arrival.name) {
            Entry::Vacant(entry) => {
                entry.insert(member);
            }
            Entry::Occupied(mut entry) => {
                let old = entry.get();
                if old.is_live() && old.url != member.url {
                    let message = format!(
                        "node name `{}` is in use by the live node at {}; names must be unique",
                        entry.key(),
                        old.url
                    );
                    return Err(Error::new(ErrorCode::Conflict, message));
                }
                if let Some(old_session) = entry.insert(member).session {
                    // A full outbox ends the stream as well, without the reason.
                    let _ = old_session.outbox.try_send(Push::Superseded);
                }
            }
        }
        registry.last_session = id.0;
        self.publish(&mut registry);
        Ok((id, pushes))
    }

    /// Notes a node's report; returns whether the stream is still the node's present one.
    pub(crate) fn report(
        &self,
        name: &NodeName,
        session: SessionId,
        applied: Revision,
        is_reconciled: bool,
        now: DateTime<Utc>,
    ) -> bool {
        self.update(name, session, |member| {
            member.applied = applied;
            member.is_reconciled |= is_reconciled;
            member.last_seen = now;
        })
    }

    /// Notes that a node said something; returns whether the stream is still the node's present one.
    pub(crate) fn saw(&self, name: &NodeName, session: SessionId, now: DateTime<Utc>) -> bool {
        self.update(name, session, |member| member.last_seen = now)
    }

    /// Notes the result of a health check that was started while `session` was the node's stream.
    pub(crate) fn checked(
        &self,
        name: &NodeName,
        session: SessionId,
        result: Result<(), String>,
        now: DateTime<Utc>,
    ) {
        self.update(name, session, |member| match result {
            Ok(()) => {
                member.health = Health::Answering;
                member.last_seen = now;
            }
            Err(reason) => member.health = Health::Failing(reason),
        });
    }

    /// Notes that the stream ended without a goodbye.
    pub(crate) fn lost(&self, name: &NodeName, session: SessionId) {
        self.update(name, session, |member| member.session = None);
    }

    /// Forgets a node that said goodbye.
    pub(crate) fn forget(&self, name: &NodeName, session: SessionId) {
        let mut registry = self.lock();
        if registry
            .members
            .get(name)
            .is_some_and(|member| member.has_session(session))
        {
            registry.members.remove(name);
            self.publish(&mut registry);
        }
    }

    /// Tells every node that is behind `revision`, once.
    pub(crate) fn announce(&self, revision: Revision) {
        let mut registry = self.lock();
        for member in registry.members.values_mut() {
            let applied = member.applied;
            let Some(session) = &mut member.session else {
                continue;
            };
            if applied < revision && session.announced < revision {
                session.announced = revision;
                member.push(Push::Behind(revision));
            }
        }
        self.publish(&mut registry);
    }

    /// Sends a message to every connected node; `make` gets the node's name.
    pub(crate) fn push_each(&self, mut make: impl FnMut(&NodeName) -> Result<Push>) -> Result<()> {
        let mut registry = self.lock();
        for (name, member) in &mut registry.members {
            member.push(make(name)?);
        }
        self.publish(&mut registry);
        Ok(())
    }

    /// Sends a message to the node `name`, if it is connected.
    pub(crate) fn push_to(&self, name: &NodeName, push: Push) {
        let mut registry = self.lock();
        if let Some(member) = registry.members.get_mut(name) {
            member.push(push);
        }
        self.publish(&mut registry);
    }

    /// Ends all streams.
    pub(crate) fn disconnect_all(&self) {
        let mut registry = self.lock();
        for member in registry.members.values_mut() {
            member.session = None;
        }
        self.publish(&mut registry);
    }

    /// Returns all nodes as they are shown.
    pub(crate) fn records(&self) -> Vec<NodeRecord> {
        self.changes.borrow().clone()
    }

    /// Returns a view of the nodes that follows every change.
    #[cfg(any(test, feature = "testsuite"))]
    pub(crate) fn watch(&self) -> watch::Receiver<Vec<NodeRecord>> {
        self.changes.subscribe()
    }

    /// Returns all nodes, to call them.
    pub(crate) fn peers(&self) -> Vec<Peer> {
        let registry = self.lock();
        let peers = registry.members.iter().map(|(name, member)| Peer {
            name: name.clone(),
            session: member.session.as_ref().map(|session| session.id),
            link: member.link.clone(),
            standing: member.standing(&self.version),
            applied: member.applied,
        });
        peers.collect()
    }

    /// Returns the node called `name`, to call it.
    pub(crate) fn peer(&self, name: &NodeName) -> Option<Peer> {
        self.peers().into_iter().find(|peer| peer.name == *name)
    }

    /// Returns whether the node needs a health check before it can be ready.
    pub(crate) fn awaits_check(&self, name: &NodeName) -> bool {
        let registry = self.lock();
        let member = registry.members.get(name);
        member.is_some_and(|member| !matches!(member.health, Health::Answering))
    }

    /// Changes the member when `session` is its present stream; returns whether it is.
    fn update(&self, name: &NodeName, session: SessionId, change: impl FnOnce(&mut Member)) -> bool {
        let mut registry = self.lock();
        let member = registry.members.get_mut(name);
        let Some(member) = member.filter(|member| member.has_session(session)) else {
            return false;
        };
        change(member);
        self.publish(&mut registry);
        true
    }

    /// Shows the present state to nodes, watchers and metrics.
    fn publish(&self, registry: &mut Registry) {
        let mut records = Vec::with_capacity(registry.members.len());
        for (name, member) in &mut registry.members {
            member.tell(member.standing(&self.version));
            // Telling may have ended the stream, so the standing is taken anew.
            records.push(member.record(name, member.standing(&self.version)));
        }
        let ready = records.iter().filter(|record| record.is_ready).count();
        metrics::set_nodes(records.len(), ready);
        self.changes.send_replace(records);
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
