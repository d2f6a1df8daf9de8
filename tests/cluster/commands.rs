//! Commands to the cluster, sent to any work node.

use hugr_tests::processes::source::{self, PRICES, PRODUCTS, SOURCE};
use hugr_tests::processes::{Cluster, Outcome, Source};
use libtest_mimic::Trial;
use serde_json::json;

use super::Stage;

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("nodes_are_listed", nodes_are_listed),
        stage.test("a_source_is_registered_with_its_catalog", registered),
        stage.test("a_loaded_source_serves_on_every_node", loaded),
        stage.test("a_second_load_brings_changed_sdl_to_every_node", loaded_again),
        stage.test("an_unloaded_source_serves_nowhere", unloaded),
        stage.test("a_source_is_changed_and_deleted", changed_and_deleted),
        stage.test("newer_names_of_commands_do_the_same", newer_names),
    ]
}

async fn nodes_are_listed(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    let query = "{ function { core { cluster { nodes { name url version ready error } } } } }";
    for worker in [&first, &second] {
        let nodes = worker
            .client()
            .data(query, "/function/core/cluster/nodes")
            .await?;
        let row = |worker: &hugr_tests::processes::Worker| {
            json!({ "name": worker.name(), "url": worker.url(), "version": env!("CARGO_PKG_VERSION"),
                    "ready": true, "error": "" })
        };
        assert_eq!(nodes, json!([row(&first), row(&second)]));
        let view = worker.nodes().await?;
        assert_eq!(view[1]["name"], "worker-2");
        assert!(view[1]["last_seen"].is_string(), "{view}");
    }
    Ok(())
}

async fn registered(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    let source = Source::create(cluster.folder()).await?;
    let (database, schema) = source.paths();
    let catalogs = json!([{ "name": "analytics_schema", "type": "localFS", "path": schema }]);

    let shown = source.register(first.client()).await?;

    assert_eq!(
        shown,
        json!({ "name": SOURCE, "type": "duckdb", "description": "Analytics database", "path": database,
                "catalogs": catalogs })
    );
    let list = "{ core { data_sources { name type prefix path disabled catalogs { name type path } } } }";
    for worker in [&first, &second] {
        let rows = worker.client().data(list, "/core/data_sources").await?;
        assert_eq!(
            rows,
            json!([{ "name": SOURCE, "type": "duckdb", "prefix": "an", "path": database, "disabled": false,
                     "catalogs": catalogs }])
        );
    }
    Ok(())
}

async fn loaded(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    let source = Source::create(cluster.folder()).await?;
    source.register(second.client()).await?;

    assert_eq!(source::load(first.client()).await?, "Datasource was loaded");
    let log = first.log();
    let noted = r#"decision="done" what="function.core.cluster.load_data_source" code="OK" role=admin"#;
    assert!(log.contains(noted), "no line for auditors: {log}");

    for worker in [&first, &second] {
        let products = worker.client().data(PRODUCTS, "/analytics/products").await?;
        assert_eq!(
            products,
            json!([{ "id": 1, "name": "tea" }, { "id": 2, "name": "rice" }])
        );
        assert_eq!(
            source::status(worker.client()).await?,
            json!([{ "node": "worker-1", "status": "attached", "error": "" },
                   { "node": "worker-2", "status": "attached", "error": "" }])
        );
    }
    Ok(())
}

async fn loaded_again(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    let source = Source::create(cluster.folder()).await?;
    source.register(first.client()).await?;
    source::load(first.client()).await?;
    let refusal = first.client().refusal(PRICES).await?;
    assert_eq!(refusal["extensions"]["code"], "GRAPHQL_VALIDATION");

    source.add_price()?;
    source::load(second.client()).await?;

    for worker in [&first, &second] {
        let prices = worker.client().data(PRICES, "/analytics/products").await?;
        assert_eq!(
            prices,
            json!([{ "id": 1, "price": 2.5 }, { "id": 2, "price": 1.25 }])
        );
    }
    Ok(())
}

async fn unloaded(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    Source::create(cluster.folder())
        .await?
        .register(first.client())
        .await?;
    source::load(first.client()).await?;

    assert_eq!(source::unload(second.client()).await?, "Datasource was unloaded");

    for worker in [&first, &second] {
        let refusal = worker.client().refusal(PRODUCTS).await?;
        assert_eq!(refusal["extensions"]["code"], "GRAPHQL_VALIDATION", "{refusal}");
    }
    let status = source::status(first.client()).await?;
    assert_eq!(status[0]["status"], "detached");
    assert_eq!(status[1]["status"], "detached");
    // The registration stays: what was unloaded can be loaded.
    source::load(first.client()).await?;
    Ok(())
}

async fn newer_names(cluster: &mut Cluster) -> Outcome {
    let worker = cluster.start_worker("worker-1").await?;
    let source = Source::create(cluster.folder()).await?;
    source.register(worker.client()).await?;
    for (command, message) in [
        ("load_source", "Datasource was loaded"),
        ("reload_source", "Datasource was loaded"),
        ("unload_source", "Datasource was unloaded"),
    ] {
        let query = format!(
            "mutation {{ function {{ core {{ cluster {{ {command}(name: \"{SOURCE}\") {{ success message }} }} }} }} }}"
        );
        let outcome = worker
            .client()
            .data(&query, &format!("/function/core/cluster/{command}"))
            .await?;
        assert_eq!(
            outcome,
            json!({ "success": true, "message": message }),
            "{command}"
        );
    }
    let query = "{ function { core { cluster { my_role management_url schema_version } } } }";
    let state = worker.client().data(query, "/function/core/cluster").await?;
    assert_eq!(state["my_role"], "worker");
    assert!(state["management_url"].is_string(), "{state}");
    assert!(state["schema_version"].as_u64() > Some(2), "{state}");
    Ok(())
}

async fn changed_and_deleted(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    Source::create(cluster.folder())
        .await?
        .register(first.client())
        .await?;
    let update = "mutation updateDataSource($name: String!, $data: data_sources_mut_data!) { core {
        update_data_sources(filter: {name: {eq: $name}}, data: $data) { name description path disabled } } }";
    let change = json!({ "name": SOURCE, "data": { "description": "Figures", "disabled": false } });
    let updated = second
        .client()
        .data_of(update, change, "/core/update_data_sources")
        .await?;
    assert_eq!(updated["description"], "Figures");
    let list = "{ core { data_sources { name description } } }";
    let rows = first.client().data(list, "/core/data_sources").await?;
    assert_eq!(rows, json!([{ "name": SOURCE, "description": "Figures" }]));

    let delete = "mutation deleteDataSource($name: String!) { core {
        delete_data_sources(filter: {name: {eq: $name}}) { name } } }";
    let deleted = first
        .client()
        .data_of(delete, json!({ "name": SOURCE }), "/core/delete_data_sources")
        .await?;

    assert_eq!(deleted, json!({ "name": SOURCE }));
    let rows = second.client().data(list, "/core/data_sources").await?;
    assert_eq!(rows, json!([]));
    let outcome = source::roll_out(second.client(), "load_data_source").await?;
    assert_eq!(outcome["success"], false);
    let message = outcome["message"].as_str().unwrap_or_default();
    assert!(message.contains("`analytics`"), "{message}");
    Ok(())
}
