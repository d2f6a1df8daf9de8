//! Real engines in place of the fake ones: commands come in as GraphQL, and data goes out.

use std::sync::Arc;

use hugr_cluster::testsuite::Sandbox;
use hugr_cluster::testsuite::host::{NodeHost, ReservedAddress};
use hugr_cluster::testsuite::sandbox::SECRET;
use hugr_cluster::{ClusterNode, Secret};
use hugr_core::store::{CatalogSource, Change, CoreStore, DataSource};
use hugr_core::{HugrEngine, Request, Result};

const SDL: &str = r#"type answers @view(name: "answers", sql: "SELECT 42 AS id") { id: Int @pk }"#;
const LOAD: &str =
    r#"mutation { function { core { cluster { load_data_source(name: "shop") { success message } } } } }"#;

struct Worker {
    engine: HugrEngine,
    _host: NodeHost,
}

impl Worker {
    async fn start(sandbox: &Sandbox, name: &str) -> Result<Self> {
        let store = sandbox.remote_store().connect().await?;
        let engine = HugrEngine::builder()
            .with_core_store(store)
            .for_cluster()
            .build()
            .await?;
        let address = ReservedAddress::new()?;
        let node = ClusterNode::worker(Arc::new(engine.clone()))
            .with_name(name)
            .with_management(sandbox.url())
            .with_advertise_url(address.url())
            .with_secret(Secret::new(SECRET))
            .build()?;
        let host = NodeHost::start(Some(&address), node).await?;
        host.node()?.ready().await?;
        Ok(Self { engine, _host: host })
    }

    async fn ask(&self, query: &str) -> Result<String> {
        let identity = self.engine.authenticate_anonymous().await?;
        Ok(self
            .engine
            .execute(Request::new(query), &identity)
            .await
            .into_json_text())
    }
}

async fn register(store: &dyn CoreStore) {
    let catalog = CatalogSource {
        name: "shop".into(),
        kind: "text".to_owned(),
        description: None,
        path: SDL.to_owned(),
    };
    let link = Change::LinkCatalog {
        source: "shop".into(),
        catalog: "shop".into(),
    };
    let source = Change::InsertDataSource(DataSource::new("shop", "duckdb", ":memory:"));
    let changes = [source, Change::InsertCatalogSource(catalog), link];
    assert!(store.commit(None, &changes).await.is_ok());
}

#[tokio::test]
async fn a_source_loaded_by_graphql_on_one_worker_is_served_by_both_and_by_a_late_one() {
    let sandbox = Sandbox::start().await.unwrap();
    register(sandbox.store().as_ref()).await;
    let first = Worker::start(&sandbox, "w1").await.unwrap();
    let second = Worker::start(&sandbox, "w2").await.unwrap();

    let answer = first.ask(LOAD).await.unwrap();
    assert!(answer.contains("Datasource was loaded"), "{answer}");
    let late = Worker::start(&sandbox, "w3").await.unwrap();

    for worker in [&first, &second, &late] {
        let answer = worker.ask("{ answers { id } }").await.unwrap();
        assert_eq!(answer.trim_end(), r#"{"data":{"answers":[{"id":42}]}}"#);
    }
    let nodes = "{ core { cluster { cluster_nodes(order_by: [{field: \"name\"}]) { name ready error } } } }";
    let answer = second.ask(nodes).await.unwrap();
    for name in ["w1", "w2", "w3"] {
        assert!(
            answer.contains(&format!(r#"{{"name":"{name}","ready":true,"error":""}}"#)),
            "{answer}"
        );
    }
}
