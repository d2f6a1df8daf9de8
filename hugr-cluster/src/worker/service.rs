//! What management asks of a work node.

use std::sync::Arc;
use std::time::Duration;

use hugr_core::engine::Replica;
use hugr_core::name::SourceName;
use hugr_core::store::Revision;
use tonic::{Request, Response, Status};

use super::reconciler::Reconciler;
use crate::convert::error::status_of;
use crate::convert::node::{source_status_to_proto, storage_to_proto, subject_from_proto};
use crate::proto;
use crate::proto::node_server::Node;
use crate::roll_out::Subject;

/// Serves an engine to management.
#[derive(Clone, Debug)]
pub(crate) struct NodeService {
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) reconciler: Arc<Reconciler>,
}

#[async_trait::async_trait]
impl Node for NodeService {
    async fn advance(
        &self,
        request: Request<proto::AdvanceRequest>,
    ) -> Result<Response<proto::AdvanceResponse>, Status> {
        let request = request.into_inner();
        let subject = subject_from_proto(request.subject).map_err(|error| status_of(&error))?;
        let patience = Duration::from_millis(request.patience_millis);
        let applied = self
            .reconciler
            .reach(Revision(request.revision), patience)
            .await
            .map_err(|error| status_of(&error))?;
        let (state, error) = match subject {
            Subject::Source(name) => {
                let status = self.replica.source_status(&name);
                (status.state, status.error)
            }
            Subject::Storage(name) => {
                let status = self.replica.storage_status(&name);
                (status.state, status.error)
            }
        };
        Ok(Response::new(proto::AdvanceResponse {
            applied_revision: applied.0,
            subject: Some(proto::SubjectStatus {
                state: proto::SourceState::from(state).into(),
                error,
            }),
        }))
    }

    async fn source_status(
        &self,
        request: Request<proto::NodeSourceStatusRequest>,
    ) -> Result<Response<proto::SourceStatus>, Status> {
        let name = SourceName::from(request.into_inner().source);
        let status = self.replica.source_status(&name);
        Ok(Response::new(source_status_to_proto(status)))
    }

    async fn list_storages(
        &self,
        _: Request<proto::NodeStoragesRequest>,
    ) -> Result<Response<proto::NodeStoragesResponse>, Status> {
        let storages = self.replica.storages().into_iter();
        Ok(Response::new(proto::NodeStoragesResponse {
            storages: storages.map(storage_to_proto).collect(),
        }))
    }

    async fn drop_answers(
        &self,
        request: Request<proto::NodeDropAnswersRequest>,
    ) -> Result<Response<proto::NodeDropAnswersResponse>, Status> {
        let dropped = self.replica.drop_answers(&request.into_inner().tags).await;
        dropped.map_err(|error| status_of(&error))?;
        Ok(Response::new(proto::NodeDropAnswersResponse {}))
    }
}
