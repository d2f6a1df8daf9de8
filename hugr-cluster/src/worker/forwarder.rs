//! Operations of a worker: committed here, rolled out by management.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hugr_core::engine::{NodeRecord, NodeSourceStatus, NodeStorage, OperationOutcome, Operations, Replica};
use hugr_core::name::{NodeName, SourceName, StorageName};
use hugr_core::store::{Change, ObjectStorage, Revision};
use hugr_core::{Error, ErrorCode, Result};
use tokio::sync::watch;

use super::reconciler::Reconciler;
use crate::convert::node::{
    node_record_from_proto, node_status_from_proto, node_storage_from_proto, outcome_from_proto,
    subject_to_proto,
};
use crate::link::{Link, is_unreachable, unreachable};
use crate::proto;
use crate::roll_out::{Goal, NodeOutcome, Subject, failure, judge};
use crate::url::NodeUrl;

/// Commits operations to the core store and asks management to roll them out.
#[derive(Debug)]
pub(crate) struct Forwarder {
    pub(crate) node: NodeName,
    pub(crate) management_url: NodeUrl,
    pub(crate) link: Link,
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) reconciler: Arc<Reconciler>,
    pub(crate) roll_out_limit: watch::Receiver<Duration>,
}

#[async_trait]
impl Operations for Forwarder {
    fn management_url(&self) -> Option<&str> {
        Some(self.management_url.as_str())
    }

    fn node_name(&self) -> &str {
        self.node.as_str()
    }

    async fn load_data_source(&self, name: &SourceName) -> Result<OperationOutcome> {
        let subject = Subject::Source(name.clone());
        self.submit(Goal::Load, &subject, Change::Load(name.clone()))
            .await
    }

    async fn unload_data_source(&self, name: &SourceName) -> Result<OperationOutcome> {
        let subject = Subject::Source(name.clone());
        self.submit(Goal::Unload, &subject, Change::Unload(name.clone()))
            .await
    }

    async fn register_object_storage(&self, storage: &ObjectStorage) -> Result<OperationOutcome> {
        let subject = Subject::Storage(storage.name.clone());
        self.submit(Goal::Register, &subject, Change::RegisterStorage(storage.clone()))
            .await
    }

    async fn unregister_object_storage(&self, name: &StorageName) -> Result<OperationOutcome> {
        let subject = Subject::Storage(name.clone());
        self.submit(
            Goal::Unregister,
            &subject,
            Change::UnregisterStorage(name.clone()),
        )
        .await
    }

    async fn storages(&self) -> Result<Vec<NodeStorage>> {
        let mut management = self.link.management();
        let answer = self
            .link
            .answer_within(
                self.roll_out_wait(),
                management.list_storages(proto::ListStoragesRequest {}),
            )
            .await;
        let response = answer.map_err(|error| self.explained(error))?;
        response
            .storages
            .into_iter()
            .map(node_storage_from_proto)
            .collect()
    }

    async fn data_source_status(&self, name: &SourceName) -> Result<Vec<NodeSourceStatus>> {
        let request = proto::DataSourceStatusRequest {
            source: name.as_str().to_owned(),
        };
        let mut management = self.link.management();
        let answer = self
            .link
            .answer_within(self.roll_out_wait(), management.data_source_status(request))
            .await;
        let response = answer.map_err(|error| self.explained(error))?;
        response.nodes.into_iter().map(node_status_from_proto).collect()
    }

    /// Management hears of the revision from this node's report, and tells the others.
    async fn committed(&self, revision: Revision) -> Result<()> {
        let limit = *self.roll_out_limit.borrow();
        self.reconciler.reach(revision, limit).await.map(drop)
    }

    async fn drop_answers(&self, tags: &[String]) -> Result<OperationOutcome> {
        let request = proto::DropAnswersRequest {
            node: self.node.as_str().to_owned(),
            tags: tags.to_vec(),
        };
        let mut management = self.link.management();
        let answer = self
            .link
            .answer_within(self.roll_out_wait(), management.drop_answers(request))
            .await;
        Ok(match answer {
            Ok(response) => dropped(&response.missed),
            Err(error) => not_dropped(format!(
                "other nodes may answer what they have kept until they hear of it: {error}"
            )),
        })
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>> {
        let mut management = self.link.management();
        let answer = self
            .link
            .answer(management.list_nodes(proto::ListNodesRequest {}))
            .await;
        let response = answer.map_err(|error| self.explained(error))?;
        response.nodes.into_iter().map(node_record_from_proto).collect()
    }
}

impl Forwarder {
    async fn submit(&self, goal: Goal, subject: &Subject, change: Change) -> Result<OperationOutcome> {
        // Asked first, so that nothing is committed that nobody would roll out.
        self.nodes().await?;
        let revision = match self.replica.core_store().commit(None, &[change]).await {
            Ok(revision) => revision,
            Err(error) if is_refusal(error.code()) => return Ok(failure(goal, error)),
            Err(error) => return Err(error),
        };
        match self.roll_out(goal, subject, revision).await {
            Ok(nodes) => Ok(judge(goal, revision, &nodes)),
            Err(error) => {
                // The commit stands: this node goes ahead, the others follow when management is back.
                self.reconciler.want(revision);
                let reason = format!(
                    "committed as revision {revision}, but not rolled out; the nodes will catch up: {error}"
                );
                Ok(failure(goal, reason))
            }
        }
    }

    async fn roll_out(&self, goal: Goal, subject: &Subject, revision: Revision) -> Result<Vec<NodeOutcome>> {
        let request = proto::RollOutRequest {
            revision: revision.0,
            subject: Some(subject_to_proto(subject)),
            goal: proto::SourceState::from(goal.state()).into(),
        };
        let mut management = self.link.management();
        let answer = self
            .link
            .answer_within(self.roll_out_wait(), management.roll_out(request))
            .await?;
        answer.nodes.into_iter().map(outcome_from_proto).collect()
    }

    /// Management's own limit, and the time of a call on top.
    fn roll_out_wait(&self) -> Duration {
        *self.roll_out_limit.borrow() + self.link.timeout()
    }

    fn explained(&self, error: Error) -> Error {
        if is_unreachable(&error) {
            unreachable(self.link.peer(), "nothing was changed", &error)
        } else {
            error
        }
    }
}

fn dropped(missed: &[proto::MissedNode]) -> OperationOutcome {
    if missed.is_empty() {
        return OperationOutcome {
            is_success: true,
            message: String::new(),
        };
    }
    let nodes = missed
        .iter()
        .map(|missed| format!("`{}` ({})", missed.node, missed.error));
    let nodes: Vec<_> = nodes.collect();
    not_dropped(format!("not yet on {}", nodes.join(", ")))
}

fn not_dropped(message: String) -> OperationOutcome {
    OperationOutcome {
        is_success: false,
        message,
    }
}

/// Returns whether the store understood the change and would not do it, as opposed to failing.
fn is_refusal(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotFound | ErrorCode::Conflict | ErrorCode::BadRequest | ErrorCode::Unsupported
    )
}
