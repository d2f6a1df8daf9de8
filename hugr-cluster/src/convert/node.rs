//! Members, states of sources and outcomes.

use chrono::DateTime;
use hugr_core::Result;
use hugr_core::engine::{
    AttachmentState, NodeRecord, NodeSourceStatus, NodeStorage, RegisteredStorage, SourceStatus,
};
use hugr_core::store::Revision;

use super::incomplete;
use crate::proto;
use crate::proto::subject::Kind as SubjectKind;
use crate::roll_out::{NodeOutcome, Subject};

impl From<AttachmentState> for proto::SourceState {
    fn from(state: AttachmentState) -> Self {
        match state {
            AttachmentState::Attached => Self::Attached,
            AttachmentState::Detached => Self::Detached,
            AttachmentState::Failed => Self::Failed,
        }
    }
}

/// Returns the state that travelled as `number`.
pub(crate) fn state_from_proto(number: i32) -> Result<AttachmentState> {
    match proto::SourceState::try_from(number) {
        Ok(proto::SourceState::Attached) => Ok(AttachmentState::Attached),
        Ok(proto::SourceState::Detached) => Ok(AttachmentState::Detached),
        Ok(proto::SourceState::Failed) => Ok(AttachmentState::Failed),
        Ok(proto::SourceState::Unspecified) | Err(_) => Err(incomplete("state")),
    }
}

/// Returns `subject` as it travels.
pub(crate) fn subject_to_proto(subject: &Subject) -> proto::Subject {
    let kind = match subject {
        Subject::Source(name) => SubjectKind::Source(name.as_str().to_owned()),
        Subject::Storage(name) => SubjectKind::Storage(name.as_str().to_owned()),
    };
    proto::Subject { kind: Some(kind) }
}

/// Returns the subject that travelled.
pub(crate) fn subject_from_proto(subject: Option<proto::Subject>) -> Result<Subject> {
    match subject.and_then(|subject| subject.kind) {
        Some(SubjectKind::Source(name)) => Ok(Subject::Source(name.into())),
        Some(SubjectKind::Storage(name)) => Ok(Subject::Storage(name.into())),
        None => Err(incomplete("subject")),
    }
}

/// Returns `storage` as it travels.
pub(crate) fn storage_to_proto(storage: RegisteredStorage) -> proto::RegisteredStorage {
    proto::RegisteredStorage {
        name: storage.name.as_str().to_owned(),
        kind: storage.kind.as_str().to_owned(),
        scope: storage.scope,
        parameters: storage.parameters,
    }
}

/// Returns the storage that travelled.
pub(crate) fn storage_from_proto(storage: proto::RegisteredStorage) -> Result<RegisteredStorage> {
    Ok(RegisteredStorage {
        name: storage.name.into(),
        kind: storage.kind.parse()?,
        scope: storage.scope,
        parameters: storage.parameters,
    })
}

/// Returns `storage` as it travels.
pub(crate) fn node_storage_to_proto(storage: NodeStorage) -> proto::NodeStorage {
    proto::NodeStorage {
        node: storage.node.as_str().to_owned(),
        storage: Some(storage_to_proto(storage.storage)),
    }
}

/// Returns the storage that travelled.
pub(crate) fn node_storage_from_proto(storage: proto::NodeStorage) -> Result<NodeStorage> {
    Ok(NodeStorage {
        node: storage.node.into(),
        storage: storage_from_proto(storage.storage.ok_or_else(|| incomplete("storage"))?)?,
    })
}

/// Returns `status` as it travels.
pub(crate) fn source_status_to_proto(status: SourceStatus) -> proto::SourceStatus {
    proto::SourceStatus {
        source: status.name.as_str().to_owned(),
        state: proto::SourceState::from(status.state).into(),
        error: status.error,
    }
}

/// Returns the status that travelled.
pub(crate) fn source_status_from_proto(status: proto::SourceStatus) -> Result<SourceStatus> {
    Ok(SourceStatus {
        name: status.source.into(),
        state: state_from_proto(status.state)?,
        error: status.error,
    })
}

/// Returns `status` as it travels.
pub(crate) fn node_status_to_proto(status: NodeSourceStatus) -> proto::NodeStatus {
    proto::NodeStatus {
        node: status.node.as_str().to_owned(),
        state: proto::SourceState::from(status.state).into(),
        error: status.error,
    }
}

/// Returns the status that travelled.
pub(crate) fn node_status_from_proto(status: proto::NodeStatus) -> Result<NodeSourceStatus> {
    Ok(NodeSourceStatus {
        node: status.node.into(),
        state: state_from_proto(status.state)?,
        error: status.error,
    })
}

/// Returns `record` as it travels.
pub(crate) fn node_record_to_proto(record: NodeRecord) -> proto::NodeRecord {
    proto::NodeRecord {
        name: record.name.as_str().to_owned(),
        url: record.url,
        version: record.version,
        is_ready: record.is_ready,
        last_seen_unix_micros: record.last_seen.timestamp_micros(),
        error: record.error,
    }
}

/// Returns the record that travelled.
pub(crate) fn node_record_from_proto(record: proto::NodeRecord) -> Result<NodeRecord> {
    Ok(NodeRecord {
        name: record.name.into(),
        url: record.url,
        version: record.version,
        is_ready: record.is_ready,
        last_seen: DateTime::from_timestamp_micros(record.last_seen_unix_micros)
            .ok_or_else(|| incomplete("last_seen"))?,
        error: record.error,
    })
}

/// Returns `outcome` as it travels.
pub(crate) fn outcome_to_proto(outcome: NodeOutcome) -> proto::NodeOutcome {
    proto::NodeOutcome {
        node: outcome.node.as_str().to_owned(),
        is_ready: outcome.is_ready,
        applied_revision: outcome.applied.0,
        state: proto::SourceState::from(outcome.state).into(),
        error: outcome.error,
    }
}

/// Returns the outcome that travelled.
pub(crate) fn outcome_from_proto(outcome: proto::NodeOutcome) -> Result<NodeOutcome> {
    Ok(NodeOutcome {
        node: outcome.node.into(),
        is_ready: outcome.is_ready,
        applied: Revision(outcome.applied_revision),
        state: state_from_proto(outcome.state)?,
        error: outcome.error,
    })
}
