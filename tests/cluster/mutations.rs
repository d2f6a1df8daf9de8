//! Mutations while the node that runs them is killed.

use std::collections::BTreeSet;

use hugr_core::db::{Database, DatabaseOptions};
use hugr_tests::processes::{Client, Cluster, Outcome};
use hugr_tests::services;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::task::JoinSet;

use super::Stage;

/// All mutations of a test.
const MUTATIONS: usize = 1000;
/// After so many answers the node is killed.
const ANSWERS: usize = 400;
/// Clients that send mutations at the same time.
const CLIENTS: usize = 4;

const TABLES: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note VARCHAR);
    CREATE TABLE items (order_id INTEGER, line INTEGER, PRIMARY KEY (order_id, line))";

const SDL: &str = r#"
type orders @table(name: "orders") {
  id: Int! @pk
  note: String
}
type items @table(name: "items")
  @references(references_name: "orders", source_fields: ["order_id"], references_fields: ["id"], query: "order", references_query: "items") {
  order_id: Int! @pk
  line: Int! @pk
}
"#;

/// An order with two lines, in three statements.
const INSERT: &str = "mutation ($data: orders_mut_input_data!) { insert_orders(data: $data) { id } }";

const ORDERS: &str = "{ orders { id items { line } } items_aggregation { _rows_count } }";

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("a_killed_node_keeps_whole_mutations_in_duckdb", duckdb),
        stage.test("a_killed_node_keeps_whole_mutations_in_postgres", postgres),
    ]
}

async fn duckdb(cluster: &mut Cluster) -> Outcome {
    let file = cluster.folder().join("shop.duckdb");
    let database = Database::open(DatabaseOptions {
        path: Some(file.clone()),
        ..DatabaseOptions::default()
    })
    .await?;
    database.run(|session| session.execute_batch(TABLES)).await?;
    database.close().await;
    whole_after_kill(cluster, "duckdb", &file.display().to_string()).await
}

async fn postgres(cluster: &mut Cluster) -> Outcome {
    let url = services::postgres().await?.create_database().await?;
    let mut connection = PgConnection::connect(&url).await?;
    sqlx::raw_sql(AssertSqlSafe(TABLES))
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    whole_after_kill(cluster, "postgres", &url).await
}

async fn whole_after_kill(cluster: &mut Cluster, kind: &str, path: &str) -> Outcome {
    let mut worker = cluster.start_worker("worker-1").await?;
    register(worker.client(), kind, path).await?;
    let mut clients = JoinSet::new();
    let (answered, mut answers) = tokio::sync::mpsc::channel(MUTATIONS);
    for number in 0..CLIENTS {
        let (client, answered) = (worker.client().clone(), answered.clone());
        clients.spawn(async move {
            for id in (number..MUTATIONS).step_by(CLIENTS) {
                let data = json!({ "id": id, "note": "n", "items": [{ "line": 1 }, { "line": 2 }] });
                let answer = client.answer(INSERT, json!({ "data": data })).await;
                // The node is gone: what was sent last is there or not, and nobody was told.
                let Ok(answer) = answer else { return };
                if answer.pointer("/data/insert_orders/id") == Some(&json!(id)) {
                    let _ = answered.send(id).await;
                }
            }
        });
    }
    drop(answered);
    let mut acknowledged = BTreeSet::new();
    while let Some(id) = answers.recv().await {
        acknowledged.insert(id);
        if acknowledged.len() == ANSWERS {
            worker.kill()?;
        }
    }
    clients.join_all().await;
    assert!(
        acknowledged.len() >= ANSWERS,
        "{} were answered",
        acknowledged.len()
    );
    assert!(
        acknowledged.len() < MUTATIONS,
        "the node was not killed in the middle"
    );

    cluster.restart(&mut worker).await?;

    load(worker.client()).await?;
    let stored = worker.client().data(ORDERS, "").await?;
    let orders = stored["orders"].as_array().cloned().unwrap_or_default();
    for order in &orders {
        let lines = order["items"].as_array().map_or(0, Vec::len);
        assert_eq!(lines, 2, "{order} is there in part");
    }
    assert_eq!(
        stored["items_aggregation"]["_rows_count"],
        json!(2 * orders.len())
    );
    let ids: BTreeSet<usize> = orders
        .iter()
        .filter_map(|order| usize::try_from(order["id"].as_u64()?).ok())
        .collect();
    let lost: Vec<_> = acknowledged.difference(&ids).collect();
    assert!(lost.is_empty(), "acknowledged, and not there: {lost:?}");
    Ok(())
}

async fn register(client: &Client, kind: &str, path: &str) -> Outcome {
    let insert = "mutation ($data: data_sources_mut_input_data!) { core { insert_data_sources(data: $data) { name } } }";
    let data = json!({
        "name": "shop", "type": kind, "prefix": "", "path": path,
        "catalogs": [{ "name": "shop_schema", "type": "text", "path": SDL }],
    });
    client
        .data_of(insert, json!({ "data": data }), "/core/insert_data_sources/name")
        .await?;
    load(client).await
}

async fn load(client: &Client) -> Outcome {
    let load =
        "mutation { function { core { cluster { load_data_source(name: \"shop\") { success message } } } } }";
    let outcome: Value = client
        .data(load, "/function/core/cluster/load_data_source")
        .await?;
    if outcome["success"] == true {
        Ok(())
    } else {
        Err(outcome.to_string().into())
    }
}
