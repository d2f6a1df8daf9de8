//! The management node away, and back.

use std::time::{Duration, Instant};

use hugr_tests::processes::source::{self, PRODUCTS, SOURCE};
use hugr_tests::processes::{Cluster, Outcome, Source};
use libtest_mimic::Trial;

use super::Stage;

/// More than a refused command takes on a busy machine, less than any deadline of a call that is waited for.
const FAST: Duration = Duration::from_secs(4);

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("without_management_queries_go_on_and_commands_fail_fast", away),
        stage.test("nothing_is_lost_when_management_restarts", back),
    ]
}

async fn away(cluster: &mut Cluster) -> Outcome {
    let worker = cluster.start_worker("worker-1").await?;
    Source::create(cluster.folder())
        .await?
        .register(worker.client())
        .await?;
    source::load(worker.client()).await?;

    cluster.kill_management();

    worker.client().data(PRODUCTS, "/analytics/products/1").await?;
    worker.client().expect_status("/ready", 200).await?;
    let commands = [
        format!(
            "mutation {{ function {{ core {{ cluster {{ unload_data_source(name: \"{SOURCE}\") {{ success }} }} }} }} }}"
        ),
        "{ core { cluster { cluster_nodes { name } } } }".to_owned(),
    ];
    for command in commands {
        let asked = Instant::now();
        let refusal = worker.client().refusal(&command).await?;
        assert!(asked.elapsed() < FAST, "{command} took {:?}", asked.elapsed());
        assert_eq!(refusal["extensions"]["code"], "CLUSTER_UNAVAILABLE", "{refusal}");
        let message = refusal["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("management node http://"), "{message}");
        assert!(
            message.contains("does not answer; nothing was changed"),
            "{message}"
        );
    }
    // Nothing was unloaded.
    worker.client().data(PRODUCTS, "/analytics/products/1").await?;
    Ok(())
}

async fn back(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    let source = Source::create(cluster.folder()).await?;
    source.register(first.client()).await?;
    source::load(first.client()).await?;
    cluster.kill_management();

    cluster.start_management().await?;

    for name in ["worker-1", "worker-2"] {
        cluster.wait_for_node(&first, name, true).await?;
    }
    first.client().data(PRODUCTS, "/analytics/products/1").await?;
    source::unload(second.client()).await?;
    first.client().refusal(PRODUCTS).await?;
    assert_eq!(source::load(second.client()).await?, "Datasource was loaded");
    let third = cluster.start_worker("worker-3").await?;
    third.client().data(PRODUCTS, "/analytics/products/1").await?;
    Ok(())
}
