//! The cluster secret.

use hugr_cluster::testsuite::host::ReservedAddress;
use hugr_cluster::testsuite::{FakeReplica, Sandbox, WorkerSetup};
use hugr_cluster::{RemoteCoreStore, Secret};
use hugr_core::ErrorCode;

#[tokio::test]
async fn a_worker_with_another_secret_fails_at_once_and_says_who_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let setup = WorkerSetup::new("w1").with_secret("guessed");
    let replica = FakeReplica::new(sandbox.store());
    let address = ReservedAddress::new().unwrap();

    let error = sandbox
        .start_worker_around(setup, replica, address)
        .await
        .unwrap_err();

    assert_eq!(error.code(), ErrorCode::Unauthenticated);
    let expected = format!(
        "management node {} refused this node: cluster secret refused",
        sandbox.url()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(!error.to_string().contains("guessed"), "{error}");
    assert!(sandbox.management().unwrap().nodes().is_empty());
}

#[tokio::test]
async fn the_core_store_needs_the_secret() {
    let sandbox = Sandbox::start().await.unwrap();
    let store = RemoteCoreStore::builder(sandbox.url(), Secret::new("guessed"));
    let error = store.connect().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
}
