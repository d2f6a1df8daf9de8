//! The end of a program that is told to end.

use hugr_tests::processes::source::{self, SOURCE};
use hugr_tests::processes::{Cluster, Outcome, Source, eventually, pipe};
use libtest_mimic::Trial;
use serde_json::json;

use super::Stage;

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("a_request_in_flight_finishes", request_in_flight),
        stage.test("management_ends_with_nodes_connected", management_ends),
    ]
}

/// The request reads a pipe, so that it lasts as long as the test wants it to.
async fn request_in_flight(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let mut second = cluster.start_worker("worker-2").await?;
    let source = Source::create(cluster.folder()).await?;
    let pipe = pipe::create(&cluster.folder().join("pipe"))?;
    let sql = format!("SELECT content FROM read_text('{}')", pipe.display());
    source.add_sdl(
        "slow.graphql",
        &format!("type slow @view(name: \"slow\", sql: \"{sql}\") {{ content: String }}"),
    )?;
    source.register(first.client()).await?;
    source::load(first.client()).await?;

    let client = second.client().clone();
    let query = format!("{{ {SOURCE} {{ slow {{ content }} }} }}");
    let answer = tokio::spawn(async move { client.data(&query, &format!("/{SOURCE}/slow")).await });
    // The other end is open: the request runs.
    let mut writer = eventually("the request reads", || async { pipe::open(&pipe) }).await?;
    second.terminate()?;
    eventually("the node has left", || async {
        let nodes = first.nodes().await?;
        let is_alone = nodes.as_array().is_some_and(|nodes| nodes.len() == 1);
        is_alone.then_some(()).ok_or_else(|| nodes.to_string().into())
    })
    .await?;
    assert!(!answer.is_finished());

    pipe::write(&mut writer, "late").await?;
    drop(writer);

    assert_eq!(answer.await??, json!([{ "content": "late" }]));
    let status = second.ended().await?;
    assert!(status.success(), "{status}");
    Ok(())
}

async fn management_ends(cluster: &mut Cluster) -> Outcome {
    let worker = cluster.start_worker("worker-1").await?;
    let status = cluster.end_management().await?;
    assert!(status.success(), "{status}");
    worker.client().expect_status("/ready", 200).await
}
