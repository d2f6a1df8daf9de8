//! Calls that go to all nodes, in parallel and each with a deadline.

use futures::future::join_all;
use hugr_core::engine::{AttachmentState, NodeSourceStatus, NodeStorage};
use hugr_core::name::{NodeName, SourceName};
use hugr_core::store::Revision;
use hugr_core::{Error, Result};

use super::coordinator::Coordinator;
use crate::convert::incomplete;
use crate::convert::node::{
    source_status_from_proto, state_from_proto, storage_from_proto, subject_to_proto,
};
use crate::members::{Peer, Push};
use crate::metrics;
use crate::proto;
use crate::roll_out::{Goal, NodeOutcome, Subject, judge};

impl Coordinator {
    /// Brings every ready node to `revision`; the others are told and named.
    pub(super) async fn roll_out(
        &self,
        goal: Goal,
        revision: Revision,
        subject: &Subject,
    ) -> Vec<NodeOutcome> {
        let peers = self.members.peers();
        self.note_revision(revision);
        let outcomes = join_all(
            peers
                .into_iter()
                .map(|peer| self.advance(peer, revision, subject)),
        )
        .await;
        let outcome = judge(goal, revision, &outcomes);
        metrics::count_roll_out(goal.operation(), outcome.is_success);
        tracing::info!(
            operation = goal.operation(), %subject, %revision, is_success = outcome.is_success,
            outcome = outcome.message, "rolled out"
        );
        outcomes
    }

    async fn advance(&self, peer: Peer, revision: Revision, subject: &Subject) -> NodeOutcome {
        let outcome = |is_ready, applied, state, error| NodeOutcome {
            node: peer.name.clone(),
            is_ready,
            applied,
            state,
            error,
        };
        if !peer.standing.is_ready {
            return outcome(
                false,
                peer.applied,
                AttachmentState::Failed,
                peer.standing.error.clone(),
            );
        }
        match self.call_advance(&peer, revision, subject).await {
            Ok((applied, state, error)) => outcome(true, applied, state, error),
            Err(error) => outcome(true, peer.applied, AttachmentState::Failed, reason(&error)),
        }
    }

    async fn call_advance(
        &self,
        peer: &Peer,
        revision: Revision,
        subject: &Subject,
    ) -> Result<(Revision, AttachmentState, String)> {
        // The node gives up a little earlier, so that it can say why.
        let patience = self.settings.timeout.mul_f64(0.9);
        let request = proto::AdvanceRequest {
            revision: revision.0,
            patience_millis: u64::try_from(patience.as_millis()).unwrap_or(u64::MAX),
            subject: Some(subject_to_proto(subject)),
        };
        let response = peer.link.answer(peer.link.node().advance(request)).await?;
        let status = response.subject.ok_or_else(|| incomplete("subject"))?;
        let state = state_from_proto(status.state)?;
        Ok((Revision(response.applied_revision), state, status.error))
    }

    /// Returns the state of `source` on every node.
    pub(super) async fn source_status(&self, source: &SourceName) -> Vec<NodeSourceStatus> {
        let peers = self.members.peers();
        join_all(peers.into_iter().map(|peer| ask_status(peer, source))).await
    }

    /// Has all nodes but the one that asks drop kept answers; returns those that did not. They are told to drop everything, on
    /// their stream, where no message is lost: a node without one drops everything when it comes back.
    pub(super) async fn drop_answers(&self, asking: &NodeName, tags: &[String]) -> Vec<proto::MissedNode> {
        let others = self.members.peers().into_iter();
        let others = others.filter(|peer| peer.name != *asking);
        let failures = join_all(others.map(|peer| drop_on(peer, tags.to_vec()))).await;
        let mut missed = Vec::new();
        for (node, error) in failures.into_iter().flatten() {
            tracing::warn!(node = %node, error, "it has not dropped its kept answers yet");
            self.members.push_to(&node, Push::ForgetAnswers);
            missed.push(proto::MissedNode {
                node: node.as_str().to_owned(),
                error,
            });
        }
        missed
    }

    /// Returns the object storages that every node knows; a node that does not answer shows none.
    pub(super) async fn storages(&self) -> Vec<NodeStorage> {
        let ready = self.members.peers().into_iter();
        let ready = ready.filter(|peer| peer.standing.is_ready);
        join_all(ready.map(ask_storages)).await.concat()
    }
}

/// Has a node drop kept answers; returns it with the reason when it does not.
async fn drop_on(peer: Peer, tags: Vec<String>) -> Option<(NodeName, String)> {
    if !peer.standing.is_ready {
        return Some((peer.name, peer.standing.error));
    }
    let mut node = peer.link.node();
    let request = proto::NodeDropAnswersRequest { tags };
    let answer = peer.link.answer(node.drop_answers(request)).await;
    answer.err().map(|error| (peer.name, reason(&error)))
}

async fn ask_storages(peer: Peer) -> Vec<NodeStorage> {
    let mut node = peer.link.node();
    let answer = peer
        .link
        .answer(node.list_storages(proto::NodeStoragesRequest {}))
        .await;
    let storages = answer.and_then(|response| {
        let storages = response.storages.into_iter().map(storage_from_proto);
        storages.collect::<Result<Vec<_>>>()
    });
    let storages = storages.unwrap_or_else(|error| {
        tracing::warn!(node = %peer.name, %error, "cannot list its object storages");
        Vec::new()
    });
    let of_node = storages.into_iter().map(|storage| NodeStorage {
        node: peer.name.clone(),
        storage,
    });
    of_node.collect()
}

async fn ask_status(peer: Peer, source: &SourceName) -> NodeSourceStatus {
    let (state, error) = if peer.standing.is_ready {
        let request = proto::NodeSourceStatusRequest {
            source: source.as_str().to_owned(),
        };
        let mut node = peer.link.node();
        let answer = peer.link.answer(node.source_status(request)).await;
        match answer.and_then(source_status_from_proto) {
            Ok(status) => (status.state, status.error),
            Err(error) => (AttachmentState::Failed, reason(&error)),
        }
    } else {
        let text = format!("the node is not ready: {}", peer.standing.error);
        (AttachmentState::Failed, text)
    };
    NodeSourceStatus {
        node: peer.name,
        state,
        error,
    }
}

fn reason(error: &Error) -> String {
    error.public_message().to_owned()
}
