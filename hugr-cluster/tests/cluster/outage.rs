//! Management being away, and coming back.

use hugr_cluster::testsuite::{Sandbox, wait_for};
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
