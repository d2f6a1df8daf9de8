//! The crate's metrics, in one place.

use std::time::Duration;

use hugr_core::store::Revision;
use metrics::{counter, gauge, histogram};

/// Sets how many nodes are known and how many of them are ready.
pub(crate) fn set_nodes(known: usize, ready: usize) {
    gauge!("hugr_cluster_nodes").set(as_gauge(known));
    gauge!("hugr_cluster_nodes_ready").set(as_gauge(ready));
}

/// Counts a health check that failed.
pub(crate) fn count_failed_check(node: &str) {
    counter!("hugr_cluster_health_check_failures_total", "node" => node.to_owned()).increment(1);
}

/// Notes how long a node took to answer a health check: the time between the nodes and back.
pub(crate) fn note_check(node: &str, took: Duration) {
    histogram!("hugr_cluster_health_check_seconds", "node" => node.to_owned()).record(took);
}

/// Counts a roll-out.
pub(crate) fn count_roll_out(operation: &'static str, is_success: bool) {
    let outcome = if is_success { "success" } else { "failure" };
    counter!("hugr_cluster_roll_outs_total", "operation" => operation, "outcome" => outcome).increment(1);
}

/// Sets the highest revision that management has heard of.
pub(crate) fn set_revision(revision: Revision) {
    gauge!("hugr_cluster_revision").set(revision_gauge(revision));
}

/// Sets the revision that this work node has applied.
pub(crate) fn set_applied_revision(revision: Revision) {
    gauge!("hugr_cluster_applied_revision").set(revision_gauge(revision));
}

/// Counts a lost connection to management.
pub(crate) fn count_lost_connection() {
    counter!("hugr_cluster_connections_lost_total").increment(1);
}

fn as_gauge(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float; revisions stay far below 2^53"
)]
fn revision_gauge(revision: Revision) -> f64 {
    revision.0 as f64
}
