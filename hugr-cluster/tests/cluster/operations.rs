//! Operations that enter at one worker and concern all.

use std::sync::Arc;
use std::time::Duration;

use hugr_cluster::testsuite::{Sandbox, WorkerSetup};
use hugr_core::engine::AttachmentState;
use hugr_core::store::{Change, Revision};

#[tokio::test]
async fn a_load_through_either_worker_reaches_both() {
    let sandbox = Sandbox::start().await.unwrap();
    let (first, second) = (
        sandbox.start_worker("w1").await.unwrap(),
        sandbox.start_worker("w2").await.unwrap(),
    );
    sandbox.register_sources(&["shop", "stock"]).await.unwrap();

    for (worker, source) in [(&first, "shop"), (&second, "stock")] {
        let outcome = worker
            .operations()
            .unwrap()
            .load_data_source(&source.into())
            .await
            .unwrap();
        assert_eq!(outcome.message, "Datasource was loaded");
        assert!(outcome.is_success);
        for replica in [&first.replica, &second.replica] {
            assert!(replica.brought().borrow().attached.contains_key(source));
        }
    }
}

#[tokio::test]
async fn an_unload_reaches_both_workers() {
    let sandbox = Sandbox::start().await.unwrap();
    let (first, second) = (
        sandbox.start_worker("w1").await.unwrap(),
        sandbox.start_worker("w2").await.unwrap(),
    );
    sandbox.register_sources(&["shop"]).await.unwrap();
    first
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();

    let outcome = second
        .operations()
        .unwrap()
        .unload_data_source(&"shop".into())
        .await
        .unwrap();

    assert_eq!(outcome.message, "Datasource was unloaded");
    assert!(outcome.is_success);
    for replica in [&first.replica, &second.replica] {
        assert!(replica.brought().borrow().attached.is_empty());
    }
}

#[tokio::test]
async fn a_load_of_an_unknown_source_is_a_failed_outcome() {
    let sandbox = Sandbox::start().await.unwrap();
    let worker = sandbox.start_worker("w1").await.unwrap();
    let outcome = worker
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();
    assert_eq!(outcome.message, "load_data_source: data source `shop` not found");
    assert!(!outcome.is_success);
}

#[tokio::test]
async fn an_unload_of_what_is_not_loaded_is_a_failed_outcome() {
    let sandbox = Sandbox::start().await.unwrap();
    let worker = sandbox.start_worker("w1").await.unwrap();
    sandbox.register_sources(&["shop"]).await.unwrap();
    let outcome = worker
        .operations()
        .unwrap()
        .unload_data_source(&"shop".into())
        .await
        .unwrap();
    assert_eq!(
        outcome.message,
        "unload_data_source: data source `shop` is not loaded"
    );
    assert!(!outcome.is_success);
}

#[tokio::test]
async fn a_source_that_fails_on_one_node_is_a_failed_outcome_that_names_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let (first, second) = (
        sandbox.start_worker("w1").await.unwrap(),
        sandbox.start_worker("w2").await.unwrap(),
    );
    sandbox.register_sources(&["shop"]).await.unwrap();
    second.replica.break_source("shop");

    let outcome = first
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();

    assert_eq!(
        outcome.message,
        "load_data_source: failed on `w2` (broken by the test)"
    );
    assert!(!outcome.is_success);
    let statuses = first
        .operations()
        .unwrap()
        .data_source_status(&"shop".into())
        .await
        .unwrap();
    let states: Vec<_> = statuses
        .iter()
        .map(|status| (status.node.as_str(), status.state))
        .collect();
    assert_eq!(
        states,
        [("w1", AttachmentState::Attached), ("w2", AttachmentState::Failed)]
    );
}

#[tokio::test]
async fn a_node_that_does_not_finish_in_time_is_named_and_catches_up() {
    let sandbox = Sandbox::start_with_timeout(Duration::from_millis(300))
        .await
        .unwrap();
    let (first, second) = (
        sandbox.start_worker("w1").await.unwrap(),
        sandbox.start_worker("w2").await.unwrap(),
    );
    sandbox.register_sources(&["shop"]).await.unwrap();
    second.replica.hold();

    let outcome = first
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();

    assert!(!outcome.is_success);
    assert!(
        outcome
            .message
            .starts_with("load_data_source: not done by `w2` ("),
        "{}",
        outcome.message
    );
    assert!(outcome.message.ends_with("will catch up"), "{}", outcome.message);
    second.replica.release();
    second.replica.wait_for_attached("shop").await.unwrap();
}

#[tokio::test]
async fn a_late_worker_receives_what_is_loaded() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = sandbox.start_worker("w1").await.unwrap();
    sandbox.register_sources(&["shop"]).await.unwrap();
    first
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();

    let late = sandbox.start_worker("w2").await.unwrap();

    assert!(late.replica.brought().borrow().attached.contains_key("shop"));
}

#[tokio::test]
async fn workers_with_a_store_of_their_own_need_none_at_management() {
    let sandbox = Sandbox::start().await.unwrap();
    let shared = hugr_cluster::testsuite::MemoryCoreStore::new();
    let mut workers = Vec::new();
    for name in ["w1", "w2"] {
        let setup = WorkerSetup::new(name).with_store(Arc::new(shared.clone()));
        let worker = sandbox.start_worker_with(setup).await.unwrap();
        worker.node().unwrap().ready().await.unwrap();
        workers.push(worker);
    }
    let store = workers[0].replica_store();
    let source = hugr_core::store::DataSource::new("shop", "duckdb", "shop.duckdb");
    store
        .commit(None, &[Change::InsertDataSource(source)])
        .await
        .unwrap();

    let outcome = workers[1]
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();

    assert_eq!(outcome.message, "Datasource was loaded");
    assert_eq!(sandbox.store().revision().await.unwrap(), Revision(0));
    assert_eq!(sandbox.management().unwrap().status().revision, Revision(2));
}

#[tokio::test]
async fn a_change_of_the_core_store_reaches_all_nodes_without_an_operation() {
    let sandbox = Sandbox::start().await.unwrap();
    let (first, second) = (
        sandbox.start_worker("w1").await.unwrap(),
        sandbox.start_worker("w2").await.unwrap(),
    );
    sandbox.register_sources(&["shop"]).await.unwrap();
    first
        .operations()
        .unwrap()
        .load_data_source(&"shop".into())
        .await
        .unwrap();

    let delete = Change::DeleteDataSource("shop".into());
    first.replica_store().commit(None, &[delete]).await.unwrap();

    let brought = second.replica.brought();
    hugr_cluster::testsuite::wait_for(brought, |brought| brought.attached.is_empty())
        .await
        .unwrap();
}
