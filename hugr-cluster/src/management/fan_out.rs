//! Calls that go to all nodes, in parallel and each with a deadline.

use futures::future::join_all;
use hugr_core::engine::{AttachmentState, NodeSourceStatus, SourceStatus};
use hugr_core::name::SourceName;
use hugr_core::store::Revision;
use hugr_core::{Error, Result};

use super::coordinator::Coordinator;
use crate::convert::incomplete;
use crate::convert::node::source_status_from_proto;
use crate::members::Peer;
use crate::metrics;
use crate::proto;
use crate::roll_out::{Goal, NodeOutcome, judge};

impl Coordinator {
    /// Brings every ready node to `revision`; the others are told and named.
    pub(super) async fn roll_out(
        &self,
        goal: Goal,
        revision: Revision,
        source: &SourceName,
    ) -> Vec<NodeOutcome> {
        let peers = self.members.peers();
        self.note_revision(revision);
        let outcomes = join_all(peers.into_iter().map(|peer| self.advance(peer, revision, source))).await;
        let outcome = judge(goal, revision, &outcomes);
        metrics::count_roll_out(goal.operation(), outcome.is_success);
        tracing::info!(
            operation = goal.operation(), source = %source, %revision, is_success = outcome.is_success,
            outcome = outcome.message, "rolled out"
        );
        outcomes
    }

    async fn advance(&self, peer: Peer, revision: Revision, source: &SourceName) -> NodeOutcome {
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
        match self.call_advance(&peer, revision, source).await {
            Ok((applied, status)) => outcome(true, applied, status.state, status.error),
            Err(error) => outcome(true, peer.applied, AttachmentState::Failed, reason(&error)),
        }
    }

    async fn call_advance(
        &self,
        peer: &Peer,
        revision: Revision,
        source: &SourceName,
    ) -> Result<(Revision, SourceStatus)> {
        // The node gives up a little earlier, so that it can say why.
        let patience = self.settings.timeout.mul_f64(0.9);
        let request = proto::AdvanceRequest {
            revision: revision.0,
            patience_millis: u64::try_from(patience.as_millis()).unwrap_or(u64::MAX),
            source: source.as_str().to_owned(),
        };
        let response = peer.link.answer(peer.link.node().advance(request)).await?;
        let status = source_status_from_proto(response.source.ok_or_else(|| incomplete("source"))?)?;
        Ok((Revision(response.applied_revision), status))
    }

    /// Returns the state of `source` on every node.
    pub(super) async fn source_status(&self, source: &SourceName) -> Vec<NodeSourceStatus> {
        let peers = self.members.peers();
        join_all(peers.into_iter().map(|peer| ask_status(peer, source))).await
    }
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
