//! A cluster whose nodes read a core store that was prepared before, and share what is loaded.

use hugr_core::store::{CatalogSource, Change, CoreStore, DataSource, DuckDbCoreStore};
use hugr_tests::processes::source::{self, PRODUCTS, SOURCE};
use hugr_tests::processes::{Cluster, Outcome, Source, Worker, eventually};
use libtest_mimic::Trial;
use serde_json::json;

use super::Stage;

const VARIABLES: [(&str, &str); 2] = [
    ("CORE_DB_PATH", "../prepared.duckdb"),
    ("CORE_DB_READONLY", "true"),
];

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![stage.test("nodes_with_read_only_core_stores_share_what_is_loaded", shared)]
}

async fn shared(cluster: &mut Cluster) -> Outcome {
    prepare(cluster).await?;
    let first = start(cluster, "worker-1").await?;
    let second = start(cluster, "worker-2").await?;
    let listed = second
        .client()
        .data("{ core { data_sources { name } } }", "/core/data_sources")
        .await?;
    assert_eq!(listed, json!([{ "name": SOURCE }]));

    assert_eq!(source::load(first.client()).await?, "Datasource was loaded");

    check_products(&[&first, &second]).await?;
    let refusal = first
        .client()
        .refusal("mutation { core { delete_data_sources(filter: {name: {eq: \"analytics\"}}) { name } } }")
        .await?;
    assert_eq!(refusal["extensions"]["code"], "UNSUPPORTED");
    let message = refusal["message"].as_str().unwrap_or_default();
    assert!(message.contains("CORE_DB_READONLY"), "{message}");

    // Management kept what is loaded in its memory: the nodes bring it back.
    cluster.kill_management();
    check_products(&[&first, &second]).await?;
    cluster.start_management().await?;
    for worker in [&first, &second] {
        cluster.wait_for_node(worker, worker.name(), true).await?;
    }
    let late = start(cluster, "worker-3").await?;
    let all = [&first, &second, &late];
    eventually("all nodes serve", || check_products(&all)).await?;
    assert_eq!(source::unload(late.client()).await?, "Datasource was unloaded");
    for worker in all {
        worker.client().refusal(PRODUCTS).await?;
    }
    Ok(())
}

/// Writes the core store that all nodes read.
async fn prepare(cluster: &Cluster) -> Outcome {
    let data = Source::create(cluster.folder()).await?;
    let (database, schema) = data.paths();
    let source = DataSource {
        as_module: true,
        read_only: true,
        ..DataSource::new(SOURCE, "duckdb", database.display().to_string())
    };
    let catalog = CatalogSource {
        name: "schema".into(),
        kind: "localFS".to_owned(),
        description: None,
        path: schema.display().to_string(),
    };
    let link = Change::LinkCatalog {
        source: source.name.clone(),
        catalog: catalog.name.clone(),
    };
    let changes = [
        Change::InsertDataSource(source),
        Change::InsertCatalogSource(catalog),
        link,
    ];
    let store = DuckDbCoreStore::open(cluster.folder().join("prepared.duckdb")).await?;
    store.commit(None, &changes).await?;
    store.close().await;
    Ok(())
}

async fn start(cluster: &Cluster, name: &str) -> Outcome<Worker> {
    let mut worker = cluster.start_worker_with(name, &VARIABLES)?;
    worker.ready().await?;
    cluster.wait_for_node(&worker, name, true).await?;
    Ok(worker)
}

async fn check_products(workers: &[&Worker]) -> Outcome {
    for worker in workers {
        worker.client().data(PRODUCTS, "/analytics/products/1").await?;
    }
    Ok(())
}
