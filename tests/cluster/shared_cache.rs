//! Work nodes with the shared cache of the seed's compose files.

use hugr_tests::processes::source::{self, PRODUCTS};
use hugr_tests::processes::{Cluster, Outcome, Source};
use hugr_tests::services::{CacheServer, REDIS_PASSWORD};
use libtest_mimic::Trial;
use serde_json::json;

use super::Stage;

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![stage.test("work_nodes_share_answers_in_redis", shared)]
}

/// Returns how often the node answered from a cache.
async fn hits(worker: &hugr_tests::processes::Worker) -> Outcome<bool> {
    let metrics = worker.client().page("/metrics").await?.1;
    let hit = "hugr_cache_answers_total{origin=\"hit\"}";
    Ok(metrics.lines().any(|line| line.starts_with(hit)))
}

async fn shared(cluster: &mut Cluster) -> Outcome {
    let redis = CacheServer::redis().await?;
    cluster.note_secret(REDIS_PASSWORD);
    let variables = [
        ("CACHE_L1_ENABLED", "true"),
        ("CACHE_L1_MAX_SIZE", "512"),
        ("CACHE_L2_ENABLED", "true"),
        ("CACHE_L2_BACKEND", "redis"),
        ("CACHE_L2_ADDRESSES", redis.address()),
        ("CACHE_L2_PASSWORD", REDIS_PASSWORD),
    ];
    let mut first = cluster.start_worker_with("worker-1", &variables)?;
    let mut second = cluster.start_worker_with("worker-2", &variables)?;
    first.ready().await?;
    second.ready().await?;
    assert!(
        first.log().contains("the shared cache answers"),
        "{}",
        first.log()
    );
    let source = Source::create(cluster.folder()).await?;
    source.register(first.client()).await?;
    source::load(first.client()).await?;

    let query = PRODUCTS.replacen(") {", ") @cache(ttl: 600) {", 1);
    let expected = json!([{ "id": 1, "name": "tea" }, { "id": 2, "name": "rice" }]);
    for worker in [&first, &second] {
        let products = worker.client().data(&query, "/analytics/products").await?;
        assert_eq!(products, expected);
    }
    assert!(!hits(&first).await?, "the first node computed the answer");
    assert!(hits(&second).await?, "the second node found it");

    drop(redis);
    let products = second.client().data(PRODUCTS, "/analytics/products").await?;
    assert_eq!(products, expected, "without the cache, too");
    Ok(())
}
