//! One node's stream, as management sees it.

use std::sync::Arc;

use chrono::Utc;
use hugr_core::name::NodeName;
use hugr_core::store::Revision;
use hugr_core::{Error, ErrorCode, Result};
use tokio::sync::mpsc;
use tonic::{Status, Streaming};

use super::coordinator::Coordinator;
use crate::convert::error::status_of;
use crate::convert::incomplete;
use crate::members::{Arrival, Push, SessionId};
use crate::proto;
use crate::proto::management_message::Kind as Told;
use crate::proto::node_message::Kind as Said;
use crate::url::NodeUrl;

/// How many keep-alives a node may miss.
const MISSED_KEEP_ALIVES: u32 = 3;

/// A stream whose node was taken in.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) node: NodeName,
    pub(super) pushes: mpsc::Receiver<Push>,
    pub(super) welcome: proto::Welcome,
}

impl Coordinator {
    /// Reads the hello and takes the node in.
    ///
    /// # Errors
    /// `BAD_REQUEST` when there is no proper hello, `CONFLICT` when the name is in use.
    pub(super) async fn greet(
        self: &Arc<Self>,
        messages: &mut Streaming<proto::NodeMessage>,
    ) -> Result<Session, Status> {
        let first = tokio::time::timeout(self.settings.timeout, messages.message())
            .await
            .map_err(|_| Status::deadline_exceeded("no hello came"))??;
        let hello = match first.and_then(|message| message.kind) {
            Some(Said::Hello(hello)) => hello,
            _ => return Err(status_of(&incomplete("hello"))),
        };
        self.welcome(hello).map_err(|error| {
            tracing::warn!(%error, "node refused");
            status_of(&error)
        })
    }

    fn welcome(self: &Arc<Self>, hello: proto::Hello) -> Result<Session> {
        if hello.name.is_empty() {
            return Err(Error::new(ErrorCode::BadRequest, "the node has no name"));
        }
        let node = NodeName::from(hello.name);
        let arrival = Arrival {
            name: node.clone(),
            url: NodeUrl::parse(&hello.url, "the node's URL")?,
            version: hello.version,
            applied: Revision(hello.applied_revision),
        };
        let (id, pushes) = self.admit(arrival)?;
        let welcome = proto::Welcome {
            version: self.settings.version.clone(),
            settings: Some(proto::Settings {
                sealed_auth: self.sealed_auth(&node)?,
            }),
            revision: self.revision().0,
            roll_out_limit_millis: millis(self.roll_out_limit()),
            keep_alive_millis: millis(self.keep_alive()),
        };
        Ok(Session {
            id,
            node,
            pushes,
            welcome,
        })
    }

    /// Follows what the node says until the stream ends, one way or another.
    pub(super) async fn follow(
        self: Arc<Self>,
        node: NodeName,
        session: SessionId,
        mut messages: Streaming<proto::NodeMessage>,
    ) {
        let silence = self.keep_alive().saturating_mul(MISSED_KEEP_ALIVES);
        loop {
            let next = tokio::select! {
                () = self.stop.cancelled() => break,
                next = tokio::time::timeout(silence, messages.message()) => next,
            };
            let Ok(Ok(Some(message))) = next else { break };
            if !self.hear(&node, session, &message) {
                return;
            }
        }
        self.members.lost(&node, session);
        tracing::warn!(node = %node, "connection to the node lost");
    }

    /// Takes in one message; returns whether the stream goes on.
    fn hear(self: &Arc<Self>, node: &NodeName, session: SessionId, message: &proto::NodeMessage) -> bool {
        let is_present = match &message.kind {
            Some(Said::Report(report)) => {
                let applied = Revision(report.applied_revision);
                let is_present =
                    self.members
                        .report(node, session, applied, report.is_reconciled, Utc::now());
                self.note_revision(applied);
                is_present
            }
            Some(Said::Goodbye(proto::Goodbye {})) => {
                self.members.forget(node, session);
                tracing::info!(node = %node, "node left");
                return false;
            }
            // A newer node may say more than this version knows; it is alive all the same.
            Some(Said::KeepAlive(proto::KeepAlive {}) | Said::Hello(_)) | None => {
                self.members.saw(node, session, Utc::now())
            }
        };
        if is_present && self.members.awaits_check(node) {
            self.check_soon(node);
        }
        is_present
    }
}

/// Returns `push` as it travels.
pub(super) fn push_to_proto(push: Push) -> Result<proto::ManagementMessage, Status> {
    let kind = match push {
        Push::Behind(revision) => Told::Behind(proto::Behind { revision: revision.0 }),
        Push::Standing(standing) => Told::Standing(proto::Standing {
            is_ready: standing.is_ready,
            error: standing.error,
        }),
        Push::Settings(sealed_auth) => Told::Settings(proto::Settings { sealed_auth }),
        Push::ForgetAnswers => Told::ForgetAnswers(proto::ForgetAnswers {}),
        Push::Superseded => {
            let message = "another connection with the same node name and URL took over";
            return Err(status_of(&Error::new(ErrorCode::Conflict, message)));
        }
    };
    Ok(proto::ManagementMessage { kind: Some(kind) })
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
