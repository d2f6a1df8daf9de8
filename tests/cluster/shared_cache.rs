//! Work nodes with the shared cache of the seed's compose files.

use hugr_tests::processes::source::{self, PRODUCTS};
use hugr_tests::processes::{Cluster, Outcome, Source, Worker, eventually};
use hugr_tests::services::{CacheServer, REDIS_PASSWORD};
use libtest_mimic::Trial;
use serde_json::json;

use super::Stage;

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("work_nodes_share_answers_in_redis", shared),
        stage.test("what_one_node_drops_all_nodes_drop", dropped),
    ]
}

/// Returns how often the node answered from a cache.
async fn hits(worker: &Worker) -> Outcome<bool> {
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

/// Each node keeps answers in its own memory; what is dropped through one is dropped on all, also on those that were away.
async fn dropped(cluster: &mut Cluster) -> Outcome {
    let variables = [("CACHE_L1_ENABLED", "true")];
    let mut first = cluster.start_worker_with("worker-1", &variables)?;
    let mut second = cluster.start_worker_with("worker-2", &variables)?;
    first.ready().await?;
    second.ready().await?;
    for name in ["worker-1", "worker-2"] {
        cluster.wait_for_node(&first, name, true).await?;
    }
    let source = Source::create(cluster.folder()).await?;
    let file = cluster.folder().join("note.txt");
    let sql = format!(
        "SELECT 1 AS id, content AS text FROM read_text('{}')",
        file.display()
    );
    source.add_sdl(
        "notes.graphql",
        &format!("type notes @view(name: \"notes\", sql: \"{sql}\") {{ id: Int! @pk text: String }}"),
    )?;
    std::fs::write(&file, "first")?;
    source.register(first.client()).await?;
    source::load(first.client()).await?;
    let query = "{ analytics { notes @cache(ttl: 600, tags: [\"notes\"]) { text } } }";
    let note = async |worker: &Worker| worker.client().data(query, "/analytics/notes/0/text").await;

    let drops = [
        "mutation { function { core { cluster { invalidate_cache { success message } } } } }",
        "mutation { function { core { cluster { invalidate_cache(catalog: \"analytics\") { success message } } } } }",
        "{ function { core { cache { invalidate(tags: [\"notes\"]) { success message } } } } }",
        "{ function { core { cache { invalidate { success message } } } } }",
    ];
    for (number, drop) in (0..).zip(drops) {
        let before = note(&second).await?;
        std::fs::write(&file, format!("note {number}"))?;
        assert_eq!(note(&second).await?, before, "it is kept");
        let outcome = first.client().answer(drop, json!({})).await?.to_string();
        assert!(outcome.contains("\"success\":true"), "{outcome}");
        assert_eq!(note(&second).await?, format!("note {number}"), "{drop}");
    }

    // A node that cannot be told drops everything as soon as it is back.
    cluster.kill_management();
    std::fs::write(&file, "last")?;
    let outcome = first.client().answer(drops[3], json!({})).await?.to_string();
    assert!(
        outcome.contains("\"success\":false") && outcome.contains("management"),
        "{outcome}"
    );
    assert_eq!(note(&first).await?, "last", "this node has dropped it");
    assert_eq!(note(&second).await?, "note 3", "nobody has told this one");
    cluster.start_management().await?;
    eventually("the node has dropped what it kept", || async {
        let note = note(&second).await?;
        (note == "last")
            .then_some(())
            .ok_or_else(|| note.to_string().into())
    })
    .await
}
