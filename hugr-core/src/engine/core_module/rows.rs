//! The tables of module `core`.

use serde_json::{Value as Json, json};

use super::access_rows;
use crate::engine::EngineState;
use crate::engine::operations::{NodeRecord, NodeSourceStatus, NodeStorage};
use crate::engine::replica::RegisteredStorage;
use crate::error::{Error, Result};
use crate::plan::Read;
use crate::sql::Value;
use crate::store::CoreState;
use crate::store::record::mask_password;

/// Returns the rows of `table` that `read` reads, as the text of a JSON array.
pub(in crate::engine) async fn rows(engine: &EngineState, table: &str, read: &Read) -> Result<Value> {
    let rows = match table {
        "data_sources" => data_sources(&*engine.store.snapshot().await?),
        "catalog_sources" => catalog_sources(&*engine.store.snapshot().await?),
        "catalogs" => catalogs(&*engine.store.snapshot().await?),
        "roles" => access_rows::roles(&engine.store.snapshot().await?.access),
        "role_permissions" => access_rows::role_permissions(&engine.store.snapshot().await?.access),
        "api_keys" => access_rows::api_keys(&engine.store.snapshot().await?.access, read),
        "cluster_nodes" => nodes(&engine.operations().nodes().await?),
        "registered_object_storages" => own_storages(&engine.storages.list()),
        "registered_storages" => storages(&engine.operations().storages().await?),
        other => return Err(Error::internal(format!("there is no built-in table `{other}`"))),
    };
    Ok(Value::Text(rows.to_string()))
}

fn data_sources(state: &CoreState) -> Json {
    let rows = state.data_sources.values().map(|source| {
        json!({
            "name": source.name,
            "type": source.kind,
            "prefix": source.prefix,
            "as_module": source.as_module,
            "description": source.description,
            "path": mask_password(&source.path),
            "disabled": source.disabled,
            "self_defined": source.self_defined,
            "read_only": source.read_only,
        })
    });
    rows.collect()
}

fn catalog_sources(state: &CoreState) -> Json {
    let rows = state.catalog_sources.values().map(|catalog| {
        json!({
            "name": catalog.name,
            "type": catalog.kind,
            "description": catalog.description,
            "path": mask_password(&catalog.path),
        })
    });
    rows.collect()
}

fn catalogs(state: &CoreState) -> Json {
    let rows = state
        .links
        .iter()
        .map(|(source, catalog)| json!({ "data_source_name": source, "catalog_name": catalog }));
    rows.collect()
}

/// Returns nodes as `cluster_nodes` shows them.
pub(super) fn nodes(nodes: &[NodeRecord]) -> Json {
    let rows = nodes.iter().map(|node| {
        json!({
            "name": node.name,
            "url": node.url,
            "version": node.version,
            "ready": node.is_ready,
            "last_seen": node.last_seen.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            "error": node.error,
        })
    });
    rows.collect()
}

/// Returns storages as `registered_object_storages` shows them.
fn own_storages(storages: &[RegisteredStorage]) -> Json {
    let rows = storages.iter().map(|storage| {
        json!({
            "name": storage.name,
            "type": storage.kind,
            "scope": [storage.scope],
            "parameters": storage.parameters,
        })
    });
    rows.collect()
}

/// Returns storages as `registered_storages` shows them.
pub(super) fn storages(storages: &[NodeStorage]) -> Json {
    let rows = storages.iter().map(|NodeStorage { node, storage }| {
        json!({
            "node": node,
            "name": storage.name,
            "type": storage.kind,
            "scope": [storage.scope],
            "Parameters": storage.parameters,
            "parameters": storage.parameters,
        })
    });
    rows.collect()
}

/// Returns statuses as `data_source_status` shows them.
pub(super) fn statuses(statuses: &[NodeSourceStatus]) -> Json {
    let rows = statuses
        .iter()
        .map(|status| json!({ "node": status.node, "status": status.state.as_str(), "error": status.error }));
    rows.collect()
}
