//! Management's core store, seen from another node.

use std::sync::Arc;
use std::time::Duration;

use hugr_cluster::testsuite::Sandbox;
use hugr_core::ErrorCode;
use hugr_core::store::{Change, CoreState, CoreStore, DataSource, Revision};

fn insert(name: &str) -> Change {
    Change::InsertDataSource(DataSource::new(name, "duckdb", "shop.duckdb"))
}

#[tokio::test]
async fn commits_and_reads_are_managements() {
    let sandbox = Sandbox::start().await.unwrap();
    let (first, second) = (
        sandbox.remote_store().connect().await.unwrap(),
        sandbox.remote_store().connect().await.unwrap(),
    );
    assert_eq!(
        first.commit(Some(Revision(0)), &[insert("shop")]).await.unwrap(),
        Revision(1)
    );
    assert_eq!(second.revision().await.unwrap(), Revision(1));
    assert_eq!(
        second.snapshot().await.unwrap(),
        sandbox.store().snapshot().await.unwrap()
    );
}

#[tokio::test]
async fn errors_keep_their_code_and_text() {
    let sandbox = Sandbox::start().await.unwrap();
    let store = sandbox.remote_store().connect().await.unwrap();
    let error = store
        .commit(None, &[Change::Load("shop".into())])
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert_eq!(error.to_string(), "data source `shop` not found");
    let error = store
        .commit(Some(Revision(9)), &[insert("shop")])
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
}

#[tokio::test]
async fn without_management_reads_serve_the_state_last_seen_and_commits_fail() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let store = sandbox.remote_store().connect().await.unwrap();
    store.commit(None, &[insert("shop")]).await.unwrap();
    let seen = store.snapshot().await.unwrap();
    sandbox.kill_management().await;

    assert_eq!(store.snapshot().await.unwrap(), seen);
    assert_eq!(store.revision().await.unwrap(), seen.revision);
    let error = store.commit(None, &[insert("stock")]).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ClusterUnavailable);
    assert!(
        error
            .to_string()
            .contains("does not answer; the change was not confirmed"),
        "{error}"
    );
}

#[tokio::test]
async fn connecting_without_management_says_that_it_does_not_answer() {
    let mut sandbox = Sandbox::start().await.unwrap();
    sandbox.kill_management().await;
    let error = sandbox
        .remote_store()
        .with_start_limit(Duration::ZERO)
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ClusterUnavailable);
    assert!(
        error
            .to_string()
            .contains("does not answer; the core store cannot be read"),
        "{error}"
    );
}

#[tokio::test]
async fn a_core_store_that_was_lost_is_not_mistaken_for_the_old_one() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let store = sandbox.remote_store().connect().await.unwrap();
    store.commit(None, &[insert("shop")]).await.unwrap();
    store.snapshot().await.unwrap();
    sandbox.kill_management().await;
    sandbox.lose_store();
    sandbox.start_management().await.unwrap();

    for error in [
        store.snapshot().await.unwrap_err(),
        store.revision().await.unwrap_err(),
        store.commit(None, &[insert("stock")]).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("it was lost or replaced"), "{error}");
    }
}

/// Returns the content of a read-only store, with a source that is not loaded.
fn content() -> hugr_core::Result<Arc<CoreState>> {
    let state = CoreState::initial().apply(&[insert("shop")])?;
    Ok(Arc::new(CoreState {
        revision: Revision(5),
        ..state
    }))
}

#[tokio::test]
async fn nodes_with_read_only_stores_share_what_is_loaded() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let connect = |sandbox: &Sandbox| sandbox.remote_store().with_content(content().unwrap()).connect();
    let (first, second) = (connect(&sandbox).await.unwrap(), connect(&sandbox).await.unwrap());
    assert_eq!(*second.snapshot().await.unwrap(), *content().unwrap());
    let error = first.commit(None, &[insert("stock")]).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unsupported);
    assert!(error.to_string().contains("CORE_DB_READONLY"), "{error}");

    let loaded = first.commit(None, &[Change::Load("shop".into())]).await.unwrap();

    assert_eq!(loaded, Revision(6));
    assert_eq!(second.revision().await.unwrap(), loaded);
    let seen = second.snapshot().await.unwrap();
    assert!(seen.loaded.contains_key("shop"));
    // What management has lost, the nodes bring back.
    sandbox.kill_management().await;
    let late = connect(&sandbox).await.unwrap();
    assert_eq!(*late.snapshot().await.unwrap(), *content().unwrap());
    sandbox.lose_store();
    sandbox.start_management().await.unwrap();
    assert_eq!(*late.snapshot().await.unwrap(), *content().unwrap());
    assert_eq!(second.revision().await.unwrap(), loaded);
    assert_eq!(late.snapshot().await.unwrap(), seen);
    let unloaded = late.commit(None, &[Change::Unload("shop".into())]).await.unwrap();
    assert_eq!(unloaded, Revision(7));
    assert!(first.snapshot().await.unwrap().loaded.is_empty());
}
