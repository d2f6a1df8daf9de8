//! Who belongs to the cluster, and who is ready.

use std::time::Duration;

use hugr_cluster::testsuite::host::ReservedAddress;
use hugr_cluster::testsuite::{FakeReplica, Sandbox, WorkerSetup};
use hugr_core::ErrorCode;

#[tokio::test]
async fn nodes_are_listed_with_what_they_are() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sandbox.start_worker("w1").await.unwrap();
    let _second = sandbox.start_worker("w2").await.unwrap();
    let nodes = first.operations().unwrap().nodes().await.unwrap();
    let names: Vec<_> = nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["w1", "w2"]);
    for node in nodes {
        assert!(node.is_ready && node.error.is_empty(), "{node:?}");
        assert_eq!(node.version, env!("CARGO_PKG_VERSION"));
        assert!(node.url.starts_with("http://127.0.0.1:"), "{}", node.url);
    }
}

#[tokio::test]
async fn a_worker_is_not_ready_before_it_has_reconciled() {
    let sandbox = Sandbox::start().await.unwrap();
    let replica = FakeReplica::new(sandbox.store());
    replica.hold();
    let address = ReservedAddress::new().unwrap();
    let setup = WorkerSetup::new("w1");
    let worker = sandbox
        .start_worker_around(setup, replica, address)
        .await
        .unwrap();

    sandbox
        .wait_for_node("w1", |node| node.error == "loading the data sources")
        .await
        .unwrap();
    assert!(!worker.node().unwrap().status().is_reconciled);

    worker.replica.release();
    sandbox.wait_for_node("w1", |node| node.is_ready).await.unwrap();
}

#[tokio::test]
async fn a_killed_worker_is_shown_excluded_and_taken_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sandbox.start_worker("w1").await.unwrap();
    let second = sandbox.start_worker("w2").await.unwrap();
    sandbox.register_sources(&["shop"]).await.unwrap();

    let address = second.kill().await;
    let record = sandbox.wait_for_node("w2", |node| !node.is_ready).await.unwrap();
    assert_eq!(record.error, "connection lost");

    let outcome = first
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();
    assert!(outcome.is_success);
    let message = "Datasource was loaded; not yet on `w2` (connection lost): will catch up";
    assert_eq!(outcome.message, message);

    let returned = sandbox.restart_worker("w2", address).await.unwrap();
    assert!(returned.replica.brought().borrow().attached.contains_key("shop"));
    let record = sandbox.wait_for_node("w2", |node| node.is_ready).await.unwrap();
    assert_eq!(record.error, "");
}

#[tokio::test]
async fn a_worker_that_says_goodbye_is_no_longer_listed() {
    let sandbox = Sandbox::start().await.unwrap();
    let worker = sandbox.start_worker("w1").await.unwrap();
    worker.shutdown().await.unwrap();
    assert!(sandbox.management().unwrap().nodes().is_empty());
}

#[tokio::test]
async fn a_name_in_use_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sandbox.start_worker("w1").await.unwrap();
    let setup = WorkerSetup::new("w1").with_start_limit(Duration::ZERO);
    let error = sandbox.start_worker_with(setup).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    let message = error.to_string();
    assert!(
        message.starts_with("node name `w1` is in use by the live node at http://127.0.0.1:"),
        "{message}"
    );
    assert!(first.node().unwrap().status().is_ready);
}

#[tokio::test]
async fn a_dead_node_gives_its_name_to_one_at_another_url() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.start_worker("w1").await.unwrap().kill().await;
    sandbox.wait_for_node("w1", |node| !node.is_ready).await.unwrap();
    let second = sandbox.start_worker("w1").await.unwrap();
    assert!(second.node().unwrap().status().is_ready);
    assert_eq!(sandbox.management().unwrap().nodes().len(), 1);
}

#[tokio::test]
async fn another_version_is_not_ready() {
    let sandbox = Sandbox::start().await.unwrap();
    let setup = WorkerSetup::new("w1").with_version("9.9.9");
    let worker = sandbox.start_worker_with(setup).await.unwrap();
    let own = env!("CARGO_PKG_VERSION");
    let expected = format!("version mismatch: the node runs 9.9.9, management {own}");
    sandbox
        .wait_for_node("w1", |node| !node.is_ready && node.error == expected)
        .await
        .unwrap();
    assert!(!worker.node().unwrap().status().is_ready);
}

#[tokio::test]
async fn a_node_that_is_not_reached_at_its_url_is_not_ready_until_it_is() {
    let sandbox = Sandbox::start().await.unwrap();
    let setup = WorkerSetup::new("w1");
    let address = ReservedAddress::new().unwrap();
    let replica = FakeReplica::new(sandbox.store());
    let worker = sandbox.start_deaf_worker(setup, replica, address).await.unwrap();

    let is_unreached = |error: &str| error.starts_with("health check failed: ");
    let record = sandbox
        .wait_for_node("w1", |node| is_unreached(&node.error))
        .await
        .unwrap();
    assert!(!record.is_ready);

    worker.listen().await.unwrap();
    sandbox.check_now().await.unwrap();
    sandbox.wait_for_node("w1", |node| node.is_ready).await.unwrap();
}
