//! Settings: those that management distributes, and those of the builders.

use std::sync::Arc;

use hugr_auth::RoleName;
use hugr_cluster::testsuite::{FakeReplica, MemoryCoreStore, Sandbox, wait_for};
use hugr_cluster::{AuthSettings, ClusterNode, Secret};

#[tokio::test]
async fn authentication_settings_come_from_management_and_can_change() {
    let sandbox = Sandbox::start().await.unwrap();
    let worker = sandbox.start_worker("w1").await.unwrap();
    let of_cluster = worker
        .replica
        .brought()
        .borrow()
        .auth
        .clone()
        .and_then(|auth| auth.cluster_secret);
    assert!(of_cluster.is_some(), "the cluster's secret is accepted");
    let expected = Some(AuthSettings {
        cluster_secret: of_cluster,
        ..AuthSettings::default()
    });
    assert_eq!(worker.replica.brought().borrow().auth, expected);

    let changed = AuthSettings {
        anonymous_role: Some(RoleName::new("guest")),
        secret_key: Some(Secret::new("key")),
        ..AuthSettings::closed()
    };
    sandbox
        .management()
        .unwrap()
        .distribute_auth_settings(changed.clone())
        .unwrap();

    let expected = Some(AuthSettings {
        cluster_secret: of_cluster,
        ..changed
    });
    wait_for(worker.replica.brought(), |brought| brought.auth == expected)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_missing_setting_is_named() {
    let worker = || ClusterNode::worker(FakeReplica::new(Arc::new(MemoryCoreStore::new())));
    let secret = Secret::new("s");
    let url = "http://127.0.0.1:1";
    let cases = [
        (worker(), "CLUSTER_SECRET"),
        (worker().with_secret(secret.clone()), "CLUSTER_NODE_NAME"),
        (
            worker().with_secret(secret.clone()).with_name("w1"),
            "CLUSTER_MANAGEMENT_URL",
        ),
        (
            worker().with_secret(secret).with_name("w1").with_management(url),
            "CLUSTER_NODE_URL",
        ),
    ];
    for (builder, setting) in cases {
        let message = builder.build().unwrap_err().to_string();
        assert!(message.starts_with(setting), "{message}");
    }
    let management = ClusterNode::management(Arc::new(MemoryCoreStore::new()));
    assert!(
        management
            .build()
            .unwrap_err()
            .to_string()
            .starts_with("CLUSTER_SECRET")
    );
}
