//! What loading keeps and what it makes anew.

use std::sync::Arc;

use hugr_auth::{Anonymous, AuthChain, Identity};

use super::{HugrEngine, Request};
use crate::catalog::SourceCatalog;
use crate::store::DataSource;

const SHOP: &str = "type orders @table(name: \"orders\") { id: Int! @pk }";

async fn engine() -> (HugrEngine, Identity) {
    let engine = HugrEngine::builder()
        .with_auth(AuthChain::new().with(Anonymous::role("admin")))
        .with_source(DataSource::duckdb("shop", ":memory:").with_sdl(SHOP))
        .build()
        .await
        .expect("the engine starts");
    let identity = engine.authenticate_anonymous().await.expect("anyone may ask");
    (engine, identity)
}

async fn run(engine: &HugrEngine, identity: &Identity, request: &str) -> String {
    let answer = engine.execute(Request::new(request), identity).await;
    assert!(answer.is_ok(), "{}", answer.into_json_text());
    answer.into_json_text()
}

fn catalog(engine: &HugrEngine, source: &str) -> Arc<SourceCatalog> {
    Arc::clone(&engine.0.served().sources[source].catalog)
}

#[tokio::test]
async fn another_source_does_not_compile_the_loaded_ones_again() {
    let (engine, admin) = engine().await;
    let before = catalog(&engine, "shop");
    let insert = r#"mutation { core { insert_data_sources(data: {name: "other", type: "duckdb", prefix: "o", as_module: false, path: ":memory:",
        catalogs: [{name: "other", type: "text", path: "type notes @table(name: \"notes\") { id: Int! @pk }"}]}) { name } } }"#;
    run(&engine, &admin, insert).await;
    let load = r#"mutation { function { core { load_data_source(name: "other") { success } } } }"#;
    assert!(run(&engine, &admin, load).await.contains("\"success\":true"));
    assert_eq!(catalog(&engine, "other").objects.len(), 1);
    assert!(Arc::ptr_eq(&before, &catalog(&engine, "shop")));
    engine.close().await;
}

#[tokio::test]
async fn an_unchanged_catalog_is_not_compiled_again() {
    let (engine, admin) = engine().await;
    let before = catalog(&engine, "shop");
    let load = r#"mutation { function { core { load_data_source(name: "shop") { success } } } }"#;
    run(&engine, &admin, load).await;
    assert!(Arc::ptr_eq(&before, &catalog(&engine, "shop")));

    let change = r#"mutation { core { update_catalog_sources(filter: {name: {eq: "shop:1"}},
        data: {path: "type orders @table(name: \"orders\") { id: Int! @pk  note: String }"}) { success } } }"#;
    run(&engine, &admin, change).await;
    run(&engine, &admin, load).await;
    let after = catalog(&engine, "shop");
    assert_ne!(before.version, after.version);
    assert_eq!(after.objects["orders"].fields.len(), 2);
    engine.close().await;
}
