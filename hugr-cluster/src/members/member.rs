//! One member: its stream, its health and what follows from them.

use chrono::{DateTime, Utc};
use hugr_core::engine::NodeRecord;
use hugr_core::name::NodeName;
use hugr_core::store::Revision;
use tokio::sync::mpsc;

use super::SessionId;
use crate::link::Link;
use crate::url::NodeUrl;

/// How many messages may wait for a node before its stream is given up.
pub(super) const OUTBOX_MESSAGES: usize = 64;

/// What management tells a node on its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Push {
    /// There is a newer revision than the node last reported.
    Behind(Revision),
    /// How management sees the node now.
    Standing(Standing),
    /// New sealed settings.
    Settings(Vec<u8>),
    /// It may have missed which kept answers to drop.
    ForgetAnswers,
    /// A later stream of the same node took over; this one ends.
    Superseded,
}

/// How management sees a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether it takes part in operations.
    pub(crate) is_ready: bool,
    /// Why not; empty when it does.
    pub(crate) error: String,
}

/// What health checks say of a node.
#[derive(Debug)]
pub(super) enum Health {
    /// None has come to an end on this stream.
    Unchecked,
    /// The last one succeeded.
    Answering,
    /// The last one failed, for this reason.
    Failing(String),
}

/// An open stream.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) outbox: mpsc::Sender<Push>,
    /// The highest revision that the node was told of on this stream.
    pub(super) announced: Revision,
    /// The standing it was last told.
    pub(super) told: Option<Standing>,
}

/// A node as the registry holds it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) url: NodeUrl,
    pub(super) version: String,
    pub(super) link: Link,
    pub(super) session: Option<Session>,
    pub(super) health: Health,
    pub(super) is_reconciled: bool,
    pub(super) applied: Revision,
    pub(super) last_seen: DateTime<Utc>,
}

impl Member {
    /// Returns whether `id` is the present stream.
    pub(super) fn has_session(&self, id: SessionId) -> bool {
        self.session.as_ref().is_some_and(|session| session.id == id)
    }

    /// Returns whether the node holds its name against another one.
    pub(super) fn is_live(&self) -> bool {
        self.session.is_some() && !matches!(self.health, Health::Failing(_))
    }

    /// Returns how management, which runs `management_version`, sees the node.
    pub(super) fn standing(&self, management_version: &str) -> Standing {
        let error = if self.session.is_none() {
            "connection lost".to_owned()
        } else if self.version != management_version {
            let version = &self.version;
            format!("version mismatch: the node runs {version}, management {management_version}")
        } else if let Health::Failing(reason) = &self.health {
            reason.clone()
        } else if matches!(self.health, Health::Unchecked) {
            "waiting for the first health check".to_owned()
        } else if !self.is_reconciled {
            "loading the data sources".to_owned()
        } else {
            String::new()
        };
        Standing {
            is_ready: error.is_empty(),
            error,
        }
    }

    /// Returns the node as it is shown.
    pub(super) fn record(&self, name: &NodeName, standing: Standing) -> NodeRecord {
        NodeRecord {
            name: name.clone(),
            url: self.url.as_str().to_owned(),
            version: self.version.clone(),
            is_ready: standing.is_ready,
            last_seen: self.last_seen,
            error: standing.error,
        }
    }

    /// Tells the node its standing, when it is news.
    pub(super) fn tell(&mut self, standing: Standing) {
        let Some(session) = &mut self.session else {
            return;
        };
        if session.told.as_ref() != Some(&standing) {
            session.told = Some(standing.clone());
            self.push(Push::Standing(standing));
        }
    }

    /// A node that does not read its messages loses the stream; it reconnects and starts afresh.
    pub(super) fn push(&mut self, push: Push) {
        let is_sent = self
            .session
            .as_ref()
            .is_none_or(|session| session.outbox.try_send(push).is_ok());
        if !is_sent {
            self.session = None;
        }
    }
}
