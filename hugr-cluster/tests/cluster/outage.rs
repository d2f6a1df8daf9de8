//! Management being away, and coming back.

use std::time::Duration;

use hugr_cluster::testsuite::host::ReservedAddress;
use hugr_cluster::testsuite::{FakeReplica, PATIENCE, Sandbox, WorkerSetup, wait_for};
use hugr_core::ErrorCode;

#[tokio::test]
async fn without_management_operations_fail_and_change_nothing() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let worker = sandbox.start_worker("w1").await.unwrap();
    sandbox.register_sources(&["shop"]).await.unwrap();
    let before = sandbox.store().revision().await.unwrap();
    sandbox.kill_management().await;

    let operations = worker.operations().unwrap();
    let error = operations.load_data_source(&"shop".into()).await.unwrap_err();

    assert_eq!(error.code(), ErrorCode::ClusterUnavailable);
    let expected = format!(
        "management node {} does not answer; nothing was changed: ",
        sandbox.url()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert_eq!(sandbox.store().revision().await.unwrap(), before);
    assert_eq!(
        operations.nodes().await.unwrap_err().code(),
        ErrorCode::ClusterUnavailable
    );
    let status = operations.data_source_status(&"shop".into()).await;
    assert_eq!(status.unwrap_err().code(), ErrorCode::ClusterUnavailable);
}

#[tokio::test]
async fn without_management_a_worker_keeps_what_it_has() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let worker = sandbox.start_worker("w1").await.unwrap();
    sandbox.register_sources(&["shop"]).await.unwrap();
    worker
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();
    sandbox.kill_management().await;

    let state = worker.replica_store().snapshot().await.unwrap();

    assert!(state.loaded.contains_key("shop"));
    assert!(worker.replica.brought().borrow().attached.contains_key("shop"));
    assert!(worker.node().unwrap().status().is_reconciled);
}

#[tokio::test]
async fn nodes_return_to_a_restarted_management_and_the_revision_is_kept() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let first = sandbox.start_worker("w1").await.unwrap();
    let second = sandbox.start_worker("w2").await.unwrap();
    sandbox.register_sources(&["shop", "stock"]).await.unwrap();
    first
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();
    let before = sandbox.management().unwrap().status().revision;

    sandbox.kill_management().await;
    sandbox.start_management().await.unwrap();

    wait_for(sandbox.watch_nodes().unwrap(), |nodes| {
        nodes.len() == 2 && nodes.iter().all(|node| node.is_ready)
    })
    .await
    .unwrap();
    assert_eq!(sandbox.management().unwrap().status().revision, before);
    let outcome = second
        .operations()
        .unwrap()
        .load_data_source(&"stock".into())
        .await
        .unwrap();
    assert_eq!(outcome.message, "Datasource was loaded");
}

#[tokio::test]
async fn what_was_committed_meanwhile_reaches_the_nodes_when_management_returns() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let worker = sandbox.start_worker("w1").await.unwrap();
    sandbox.register_sources(&["shop"]).await.unwrap();
    sandbox.kill_management().await;
    let load = hugr_core::store::Change::Load("shop".into());
    sandbox.store().commit(None, &[load]).await.unwrap();

    sandbox.start_management().await.unwrap();

    worker.replica.wait_for_attached("shop").await.unwrap();
}

#[tokio::test]
async fn a_worker_that_starts_without_management_gives_up_after_its_limit() {
    let mut sandbox = Sandbox::start().await.unwrap();
    sandbox.kill_management().await;
    let replica = FakeReplica::new(sandbox.store());
    let setup = WorkerSetup::new("w1").with_start_limit(Duration::ZERO);
    let address = ReservedAddress::new().unwrap();
    let error = sandbox
        .start_worker_around(setup, replica, address)
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ClusterUnavailable);
    let expected = format!(
        "management node {} does not answer; the node cannot start",
        sandbox.url()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[tokio::test]
async fn a_worker_that_starts_before_management_waits_for_it() {
    let mut sandbox = Sandbox::start().await.unwrap();
    sandbox.kill_management().await;
    let replica = FakeReplica::new(sandbox.store());
    let address = ReservedAddress::new().unwrap();
    let starting = tokio::spawn(
        sandbox
            .starting_worker(WorkerSetup::new("w1"), replica, address)
            .unwrap(),
    );
    sandbox.start_management().await.unwrap();
    let worker = starting.await.unwrap().unwrap();
    worker.node().unwrap().ready().await.unwrap();
}

#[tokio::test]
async fn a_management_node_shuts_down_with_nodes_connected() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let worker = sandbox.start_worker("w1").await.unwrap();
    sandbox.shutdown_management().await.unwrap();
    let operations = worker.operations().unwrap();
    assert_eq!(
        operations.nodes().await.unwrap_err().code(),
        ErrorCode::ClusterUnavailable
    );
    worker.node().unwrap();
    let stopped = tokio::time::timeout(PATIENCE, worker.shutdown()).await;
    stopped.unwrap().unwrap();
}
