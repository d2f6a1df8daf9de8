//! Each program by itself: how it starts, what it refuses, what it shows.

use std::time::Duration;

use hugr_tests::processes::{Cluster, Outcome, eventually};
use libtest_mimic::Trial;

use super::Stage;

/// The project's own limit is 120 MB for an optimised build; this one is for any build.
const IDLE_BYTES: u64 = 200 * 1024 * 1024;

/// The project's own limit is 1 s on an idle machine; this one is for a machine full of tests.
const START: Duration = Duration::from_secs(20);

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("a_wrong_secret_ends_the_worker", wrong_secret),
        stage.test("a_malformed_variable_ends_the_program", malformed_variable),
        stage.test("management_serves_no_graphql", no_graphql),
        stage.test("metrics_count_requests_and_nodes", metrics),
        stage.test("an_idle_worker_is_small_and_quick_to_start", idle),
    ]
}

async fn wrong_secret(cluster: &mut Cluster) -> Outcome {
    let mut worker = cluster.start_worker_with("worker-1", &[("CLUSTER_SECRET", "another")])?;
    let status = worker.ended().await?;
    assert_eq!(status.code(), Some(1), "{}", worker.log());
    let log = worker.log();
    let last = log.lines().last().unwrap_or_default();
    assert!(
        last.contains("ERROR") && last.contains("cluster secret refused"),
        "{log}"
    );
    assert!(!log.contains("another"), "{log}");
    Ok(())
}

async fn malformed_variable(cluster: &mut Cluster) -> Outcome {
    let mut worker = cluster.start_worker_with("worker-1", &[("CLUSTER_TIMEOUT", "soon")])?;
    let status = worker.ended().await?;
    assert_eq!(status.code(), Some(2), "{}", worker.log());
    let log = worker.log();
    assert!(log.contains("CLUSTER_TIMEOUT") && log.contains("`soon`"), "{log}");
    Ok(())
}

async fn no_graphql(cluster: &mut Cluster) -> Outcome {
    let management = cluster.management();
    for path in ["/query", "/graphql", "/admin"] {
        management.expect_status(path, 404).await?;
    }
    management.expect_status("/health", 200).await
}

async fn metrics(cluster: &mut Cluster) -> Outcome {
    let worker = cluster.start_worker("worker-1").await?;
    worker
        .client()
        .data("{ core { data_sources { name } } }", "/core/data_sources")
        .await?;
    worker.client().refusal("{ nothing_of_this_name }").await?;
    let (_, text) = worker.client().page("/metrics").await?;
    let expected = [
        "hugr_graphql_requests_total{outcome=\"OK\"}",
        "hugr_graphql_requests_total{outcome=\"GRAPHQL_VALIDATION\"}",
        "hugr_graphql_request_seconds_bucket{",
        "hugr_queries_total{source=\"core\",outcome=\"OK\"}",
        "hugr_query_seconds_bucket{source=\"core\",",
        "hugr_cluster_applied_revision",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
    ];
    for name in expected {
        assert!(text.contains(name), "no {name} in\n{text}");
    }
    eventually("management counts the node", || async {
        let (_, text) = cluster.management().page("/metrics").await?;
        let expected = [
            "hugr_cluster_nodes 1",
            "hugr_cluster_nodes_ready 1",
            "hugr_cluster_health_check_seconds_bucket{node=\"worker-1\"",
            "process_resident_memory_bytes",
        ];
        match expected.iter().all(|name| text.contains(name)) {
            true => Ok(()),
            false => Err(text.into()),
        }
    })
    .await
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are for who reads the test's output"
)]
async fn idle(cluster: &mut Cluster) -> Outcome {
    let mut worker = cluster.start_worker_with("worker-1", &[])?;
    let start = worker.ready().await?;
    let resident = worker.resident_bytes();
    println!(
        "an idle worker: ready after {} ms, {} MB resident",
        start.as_millis(),
        resident.map_or_else(|| "?".to_owned(), |bytes| (bytes / 1_048_576).to_string())
    );
    assert!(start < START, "{start:?}");
    assert!(resident.is_none_or(|bytes| bytes < IDLE_BYTES), "{resident:?}");
    Ok(())
}
