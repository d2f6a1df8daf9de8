//! The protocol's face of the management node.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt, stream};
use hugr_core::name::{NodeName, SourceName};
use hugr_core::store::{Change, Revision, StoreAccess};
use hugr_core::{Error, ErrorCode, Result};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::coordinator::Coordinator;
use super::session::push_to_proto;
use crate::convert::error::status_of;
use crate::convert::incomplete;
use crate::convert::node::{
    node_record_to_proto, node_status_to_proto, node_storage_to_proto, outcome_to_proto, state_from_proto,
    subject_from_proto,
};
use crate::proto;
use crate::proto::management_message::Kind as Told;
use crate::proto::management_server::Management;
use crate::roll_out::Goal;

/// Serves a coordinator.
#[derive(Clone, Debug)]
pub(crate) struct ManagementService(pub(crate) Arc<Coordinator>);

#[async_trait::async_trait]
impl Management for ManagementService {
    type ConnectStream = Pin<Box<dyn Stream<Item = Result<proto::ManagementMessage, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<proto::NodeMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let mut messages = request.into_inner();
        let session = self.0.greet(&mut messages).await?;
        let following = Arc::clone(&self.0).follow(session.node, session.id, messages);
        self.0.tasks.spawn(following);
        let welcome = proto::ManagementMessage {
            kind: Some(Told::Welcome(session.welcome)),
        };
        let pushes = ReceiverStream::new(session.pushes).map(push_to_proto);
        let told = stream::iter([Ok(welcome)]).chain(pushes);
        Ok(Response::new(Box::pin(told)))
    }

    async fn roll_out(
        &self,
        request: Request<proto::RollOutRequest>,
    ) -> Result<Response<proto::RollOutResponse>, Status> {
        let request = request.into_inner();
        let state = state_from_proto(request.goal).map_err(|error| status_of(&error))?;
        let subject = subject_from_proto(request.subject).map_err(|error| status_of(&error))?;
        let goal = Goal::of_state(&subject, state).ok_or_else(|| status_of(&incomplete("goal")))?;
        let outcomes = self.0.roll_out(goal, Revision(request.revision), &subject).await;
        Ok(Response::new(proto::RollOutResponse {
            nodes: outcomes.into_iter().map(outcome_to_proto).collect(),
        }))
    }

    async fn list_nodes(
        &self,
        _: Request<proto::ListNodesRequest>,
    ) -> Result<Response<proto::ListNodesResponse>, Status> {
        let records = self.0.members.records();
        Ok(Response::new(proto::ListNodesResponse {
            nodes: records.into_iter().map(node_record_to_proto).collect(),
        }))
    }

    async fn data_source_status(
        &self,
        request: Request<proto::DataSourceStatusRequest>,
    ) -> Result<Response<proto::DataSourceStatusResponse>, Status> {
        let source = SourceName::from(request.into_inner().source);
        let statuses = self.0.source_status(&source).await;
        Ok(Response::new(proto::DataSourceStatusResponse {
            nodes: statuses.into_iter().map(node_status_to_proto).collect(),
        }))
    }

    async fn list_storages(
        &self,
        _: Request<proto::ListStoragesRequest>,
    ) -> Result<Response<proto::ListStoragesResponse>, Status> {
        let storages = self.0.storages().await;
        Ok(Response::new(proto::ListStoragesResponse {
            storages: storages.into_iter().map(node_storage_to_proto).collect(),
        }))
    }

    async fn drop_answers(
        &self,
        request: Request<proto::DropAnswersRequest>,
    ) -> Result<Response<proto::DropAnswersResponse>, Status> {
        let request = request.into_inner();
        let asking = NodeName::from(request.node);
        let missed = self.0.drop_answers(&asking, &request.tags).await;
        Ok(Response::new(proto::DropAnswersResponse { missed }))
    }

    async fn core_revision(
        &self,
        _: Request<proto::CoreRevisionRequest>,
    ) -> Result<Response<proto::CoreRevisionResponse>, Status> {
        let revision = self.0.store.revision().await.map_err(|error| status_of(&error))?;
        Ok(Response::new(proto::CoreRevisionResponse {
            revision: revision.0,
        }))
    }

    async fn core_snapshot(
        &self,
        request: Request<proto::CoreSnapshotRequest>,
    ) -> Result<Response<proto::CoreSnapshotResponse>, Status> {
        let known = request.into_inner().known_revision.map(Revision);
        let answer = self.0.core_snapshot(known).await;
        answer.map(Response::new).map_err(|error| status_of(&error))
    }

    async fn offer_core_state(
        &self,
        request: Request<proto::OfferCoreStateRequest>,
    ) -> Result<Response<proto::OfferCoreStateResponse>, Status> {
        let answer = self.0.offer_core_state(request.into_inner()).await;
        let is_taken = answer.map_err(|error| status_of(&error))?;
        Ok(Response::new(proto::OfferCoreStateResponse { is_taken }))
    }

    async fn core_commit(
        &self,
        request: Request<proto::CoreCommitRequest>,
    ) -> Result<Response<proto::CoreCommitResponse>, Status> {
        let answer = self.0.core_commit(request.into_inner()).await;
        let revision = answer.map_err(|error| status_of(&error))?;
        Ok(Response::new(proto::CoreCommitResponse { revision: revision.0 }))
    }
}

impl Coordinator {
    async fn core_snapshot(&self, known: Option<Revision>) -> Result<proto::CoreSnapshotResponse> {
        let is_read_only = self.store.access() == StoreAccess::ReadOnly;
        let state = self.store.snapshot().await?;
        let state = if known == Some(state.revision) {
            None
        } else {
            Some(self.keys.state_to_proto(&state)?)
        };
        Ok(proto::CoreSnapshotResponse { state, is_read_only })
    }

    async fn offer_core_state(&self, request: proto::OfferCoreStateRequest) -> Result<bool> {
        let state = request.state.ok_or_else(|| incomplete("state"))?;
        let state = self.keys.state_from_proto(state)?;
        let is_taken = self.store.adopt(&state).await?;
        if is_taken {
            tracing::info!(revision = %state.revision, "core store taken over from a work node");
            self.note_revision(state.revision);
        }
        Ok(is_taken)
    }

    async fn core_commit(&self, request: proto::CoreCommitRequest) -> Result<Revision> {
        let known = Revision(request.known_revision);
        let present = self.store.revision().await?;
        if present < known {
            return Err(outdated_store(present, known));
        }
        let changes = request
            .changes
            .into_iter()
            .map(|change| self.keys.change_from_proto(change))
            .collect::<Result<Vec<Change>>>()?;
        let expected = request.expected_revision.map(Revision);
        let revision = self.store.commit(expected, &changes).await?;
        self.note_revision(revision);
        Ok(revision)
    }
}

/// Returns the error for a core store that is older than what a node has already seen of it.
pub(crate) fn outdated_store(present: Revision, known: Revision) -> Error {
    let message = format!(
        "the core store of the management node is at revision {present}, older than {known}, which this node has \
         seen: it was lost or replaced; restart the work nodes to go on with it"
    );
    Error::new(ErrorCode::Conflict, message)
}
