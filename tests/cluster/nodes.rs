//! Work nodes that die, return and come late.

use hugr_tests::processes::source::{self, PRODUCTS};
use hugr_tests::processes::{Cluster, Outcome, Source, eventually};
use libtest_mimic::Trial;

use super::Stage;

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("a_killed_node_is_shown_and_catches_up", killed_and_back),
        stage.test("a_node_that_hangs_is_left_out_until_it_goes_on", frozen),
        stage.test("a_late_node_serves_what_is_loaded", late),
        stage.test("a_name_in_use_is_refused", same_name),
    ]
}

async fn killed_and_back(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let mut second = cluster.start_worker("worker-2").await?;
    Source::create(cluster.folder())
        .await?
        .register(first.client())
        .await?;

    second.kill()?;
    let row = cluster.wait_for_node(&first, "worker-2", false).await?;
    assert!(
        row["error"].as_str().is_some_and(|error| !error.is_empty()),
        "{row}"
    );

    // The load succeeds without the dead node, and says so.
    let message = source::load(first.client()).await?;
    assert!(
        message.starts_with("Datasource was loaded; not yet on `worker-2` ("),
        "{message}"
    );
    first.client().data(PRODUCTS, "/analytics/products/1").await?;
    let status = source::status(first.client()).await?;
    assert_eq!(status[0]["status"], "attached", "{status}");
    assert_eq!(status[1]["status"], "error", "{status}");

    cluster.restart(&mut second).await?;
    second.client().data(PRODUCTS, "/analytics/products/1").await?;
    let row = cluster.wait_for_node(&first, "worker-2", true).await?;
    assert_eq!(row["error"], "");
    Ok(())
}

/// It takes connections and answers nothing: TIMEOUT and CHECK are what finds it out.
async fn frozen(cluster: &mut Cluster) -> Outcome {
    cluster.kill_management();
    cluster.set_management(&[("CHECK", "2s"), ("TIMEOUT", "3s")]);
    cluster.start_management().await?;
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    Source::create(cluster.folder())
        .await?
        .register(first.client())
        .await?;

    second.freeze()?;
    let row = cluster.wait_for_node(&first, "worker-2", false).await?;
    assert_ne!(row["error"], "", "{row}");
    let message = source::load(first.client()).await?;
    assert!(
        message.starts_with("Datasource was loaded; not yet on `worker-2` ("),
        "{message}"
    );

    second.thaw()?;
    cluster.wait_for_node(&first, "worker-2", true).await?;
    eventually("it serves what it has missed", || async {
        let products = second.client().data(PRODUCTS, "/analytics/products/1");
        products.await.map(drop)
    })
    .await
}

async fn late(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    Source::create(cluster.folder())
        .await?
        .register(second.client())
        .await?;
    source::load(first.client()).await?;

    let third = cluster.start_worker("worker-3").await?;

    // Ready means that what was loaded before is served.
    third.client().data(PRODUCTS, "/analytics/products/1").await?;
    source::unload(third.client()).await?;
    first.client().refusal(PRODUCTS).await?;
    Ok(())
}

async fn same_name(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let mut other = cluster.start_worker_with("worker-1", &[])?;
    // It goes on trying: the node that has the name may be about to end.
    eventually("the other node says why it does not start", || async {
        let log = other.log();
        match log.contains("node name `worker-1` is in use by the live node at") {
            true => Ok(()),
            false => Err(log.into()),
        }
    })
    .await?;
    let (status, _) = other.client().page("/ready").await?;
    assert_eq!(status, 503);
    other.kill()?;
    let nodes = first.nodes().await?;
    assert_eq!(nodes.as_array().map(Vec::len), Some(1), "{nodes}");
    assert_eq!(nodes[0]["url"], first.url());
    Ok(())
}
