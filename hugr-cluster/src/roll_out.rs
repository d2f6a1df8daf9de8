//! What came of a roll-out, in the words of GraphQL. Pure.

use std::fmt;

use hugr_core::engine::{AttachmentState, OperationOutcome};
use hugr_core::name::{NodeName, SourceName, StorageName};
use hugr_core::store::Revision;

/// What a roll-out is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A data source.
    Source(SourceName),
    /// An object storage.
    Storage(StorageName),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(name) => write!(f, "data source `{name}`"),
            Self::Storage(name) => write!(f, "object storage `{name}`"),
        }
    }
}

/// What a roll-out should bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The source serves on every node.
    Load,
    /// The source serves nowhere.
    Unload,
    /// The object storage is known to every node.
    Register,
    /// The object storage is known to no node.
    Unregister,
}

impl Goal {
    /// Returns the name of the operation.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Load => "load_data_source",
            Self::Unload => "unload_data_source",
            Self::Register => "register_object_storage",
            Self::Unregister => "unregister_object_storage",
        }
    }

    /// Returns the state that the subject should have.
    pub(crate) fn state(self) -> AttachmentState {
        match self {
            Self::Load | Self::Register => AttachmentState::Attached,
            Self::Unload | Self::Unregister => AttachmentState::Detached,
        }
    }

    /// Returns the goal that brings `subject` to `state`.
    pub(crate) fn of_state(subject: &Subject, state: AttachmentState) -> Option<Self> {
        let goals = match subject {
            Subject::Source(_) => [Self::Load, Self::Unload],
            Subject::Storage(_) => [Self::Register, Self::Unregister],
        };
        goals.into_iter().find(|goal| goal.state() == state)
    }

    fn success_text(self) -> &'static str {
        match self {
            Self::Load => "Datasource was loaded",
            Self::Unload => "Datasource was unloaded",
            Self::Register => "Object storage registered",
            Self::Unregister => "Object storage unregistered",
        }
    }

    /// Returns what a subject is called whose state is `state` and should not be.
    fn unmet(self, state: AttachmentState) -> String {
        match (self, state) {
            (Self::Load | Self::Unload, _) => format!("the data source is {}", state.as_str()),
            (Self::Register, _) => "the object storage is not registered".to_owned(),
            (Self::Unregister, _) => "the object storage is still registered".to_owned(),
        }
    }
}

/// What came of a roll-out on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeOutcome {
    /// The node.
    pub(crate) node: NodeName,
    /// Whether it took part.
    pub(crate) is_ready: bool,
    /// The revision that it has applied.
    pub(crate) applied: Revision,
    /// State of the subject there.
    pub(crate) state: AttachmentState,
    /// Why it did not take part, could not advance, or could not bring the subject there.
    pub(crate) error: String,
}

/// Returns the failure of an operation before any node was asked.
pub(crate) fn failure(goal: Goal, reason: impl fmt::Display) -> OperationOutcome {
    OperationOutcome {
        is_success: false,
        message: format!("{}: {reason}", goal.operation()),
    }
}

/// Returns what the operation came to: a success when every ready node reached `revision` and the goal there.
pub(crate) fn judge(goal: Goal, revision: Revision, nodes: &[NodeOutcome]) -> OperationOutcome {
    let mut absent = Vec::new();
    let mut behind = Vec::new();
    let mut failed = Vec::new();
    for node in nodes {
        if !node.is_ready {
            absent.push(named(node, "is not ready"));
        } else if node.applied < revision {
            behind.push(named(node, "did not get there in time"));
        } else if node.state != goal.state() {
            failed.push(named(node, &goal.unmet(node.state)));
        }
    }
    let is_success = behind.is_empty() && failed.is_empty() && nodes.iter().any(|node| node.is_ready);
    let mut sentences = Vec::new();
    if is_success {
        sentences.push(goal.success_text().to_owned());
    } else if nodes.iter().all(|node| !node.is_ready) {
        sentences.push("no node is ready".to_owned());
    }
    if !failed.is_empty() {
        sentences.push(format!("failed on {}", failed.join(", ")));
    }
    if !behind.is_empty() {
        sentences.push(format!("not done by {}: will catch up", behind.join(", ")));
    }
    if !absent.is_empty() {
        sentences.push(format!("not yet on {}: will catch up", absent.join(", ")));
    }
    let text = sentences.join("; ");
    if is_success {
        OperationOutcome {
            is_success,
            message: text,
        }
    } else {
        failure(goal, text)
    }
}

fn named(node: &NodeOutcome, default_reason: &str) -> String {
    let reason = if node.error.is_empty() {
        default_reason
    } else {
        &node.error
    };
    format!("`{}` ({reason})", node.node)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REVISION: Revision = Revision(7);

    fn done(node: &str) -> NodeOutcome {
        NodeOutcome {
            node: node.into(),
            is_ready: true,
            applied: REVISION,
            state: AttachmentState::Attached,
            error: String::new(),
        }
    }

    fn check(goal: Goal, nodes: &[NodeOutcome], is_success: bool, message: &str) {
        let outcome = judge(goal, REVISION, nodes);
        assert_eq!(outcome.message, message);
        assert_eq!(outcome.is_success, is_success);
    }

    #[test]
    fn all_ready_nodes_did_it() {
        check(
            Goal::Load,
            &[done("w1"), done("w2")],
            true,
            "Datasource was loaded",
        );
    }

    #[test]
    fn an_unloaded_source_is_detached() {
        let node = NodeOutcome {
            state: AttachmentState::Detached,
            ..done("w1")
        };
        check(Goal::Unload, &[node], true, "Datasource was unloaded");
        let message = "unload_data_source: failed on `w1` (the data source is attached)";
        check(Goal::Unload, &[done("w1")], false, message);
    }

    #[test]
    fn storages_are_registered_and_unregistered() {
        let message = "Object storage registered";
        check(Goal::Register, &[done("w1")], true, message);
        let message = "unregister_object_storage: failed on `w1` (the object storage is still registered)";
        check(Goal::Unregister, &[done("w1")], false, message);
    }

    #[test]
    fn a_node_that_could_not_load_is_a_failure() {
        let node = NodeOutcome {
            state: AttachmentState::Failed,
            error: "no such file".to_owned(),
            ..done("w2")
        };
        let message = "load_data_source: failed on `w2` (no such file)";
        check(Goal::Load, &[done("w1"), node], false, message);
    }

    #[test]
    fn a_node_that_is_behind_is_a_failure_and_catches_up() {
        let node = NodeOutcome {
            applied: Revision(6),
            ..done("w2")
        };
        let message = "load_data_source: not done by `w2` (did not get there in time): will catch up";
        check(Goal::Load, &[done("w1"), node], false, message);
    }

    #[test]
    fn a_node_that_is_not_ready_is_named_only() {
        let node = NodeOutcome {
            is_ready: false,
            error: "connection lost".to_owned(),
            ..done("w2")
        };
        let message = "Datasource was loaded; not yet on `w2` (connection lost): will catch up";
        check(Goal::Load, &[done("w1"), node], true, message);
    }

    #[test]
    fn without_ready_nodes_nothing_succeeds() {
        check(Goal::Load, &[], false, "load_data_source: no node is ready");
    }
}
