//! The functions of module `core`.

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::{auth, info, rows, storage_call};
use crate::catalog::model::FunctionBody;
use crate::db::Session;
use crate::engine::cached;
use crate::engine::execute::Execution;
use crate::engine::loader::SdlPart;
use crate::engine::operations::{AttachmentState, OperationOutcome, Operations};
use crate::error::{Error, ErrorCode, Result};
use crate::exec::project;
use crate::name::SourceName;
use crate::plan::Call;

/// Calls a built-in function and returns the selected part of its value.
pub(in crate::engine) async fn call(execution: &Execution<'_>, call: Call) -> Result<Bytes> {
    let FunctionBody::Runtime(function) = &call.function.body else {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("function `{}` is not supported yet", call.function.name),
        ));
    };
    let engine = execution.engine;
    let operations = engine.operations();
    let value = match function.as_str() {
        "info" => info::info(execution),
        "duckdb_version" => duckdb_version(execution).await?,
        "version" => info::version(execution),
        "auth_me" => auth::me(execution.authorized.identity()),
        "auth_my_permissions" => auth::my_permissions(execution)?,
        "auth_check_access" => auth::check_access(execution, &call)?,
        "auth_check_access_info" => auth::check_access_info(execution, &call)?,
        "cache_invalidate" => invalidate(execution, &call).await,
        "cluster_invalidate_cache" => invalidate_source(execution, &call).await,
        "data_source_status" => local_status(execution, &name_of(&call)?).await?,
        "describe_data_source_schema" => describe(execution, &call).await?,
        "load_data_source" | "cluster_load_data_source" => {
            outcome(&operations.load_data_source(&name_of(&call)?).await?)
        }
        "unload_data_source" | "cluster_unload_data_source" => {
            outcome(&operations.unload_data_source(&name_of(&call)?).await?)
        }
        "cluster_data_source_status" => {
            rows::statuses(&operations.data_source_status(&name_of(&call)?).await?)
        }
        "cluster_management_url" => operations.management_url().into(),
        "cluster_role" => role(&*operations).into(),
        "cluster_revision" => engine.store.snapshot().await?.revision.0.into(),
        "cluster_nodes" => rows::nodes(&operations.nodes().await?),
        "register_object_storage" => storage_call::register(&*operations, &call).await?,
        "unregister_object_storage" => storage_call::unregister(&*operations, &call).await?,
        "registered_storages" => rows::storages(&operations.storages().await?),
        other => {
            return Err(Error::internal(format!(
                "there is no built-in function `{other}`"
            )));
        }
    };
    let mut out = Vec::new();
    project(&mut out, &value, &call.selection);
    Ok(out.into())
}

fn role(operations: &dyn Operations) -> &'static str {
    match operations.management_url() {
        Some(_) => "worker",
        None => "standalone",
    }
}

async fn duckdb_version(execution: &Execution<'_>) -> Result<Json> {
    let rows = |session: &mut Session| session.query("SELECT version()", &[]);
    let rows = execution.engine.database.run(rows).await?;
    Ok(rows.first_text().map_or(Json::Null, Json::from))
}

/// Returns the SDL that a registered source is compiled from.
async fn describe(execution: &Execution<'_>, call: &Call) -> Result<Json> {
    let engine = execution.engine;
    let name = name_of(call)?;
    let flag = |argument: &str| call.arguments.get(argument).and_then(Json::as_bool) == Some(true);
    let state = engine.store.snapshot().await?;
    let source = state
        .data_sources
        .get(&name)
        .ok_or_else(|| Error::new(ErrorCode::NotFound, format!("data source `{name}` not found")))?;
    let part = if flag("self") {
        SdlPart::SelfDescription
    } else {
        SdlPart::Whole
    };
    let sdl = engine.loader.sdl(&state, source, part).await?;
    if flag("log") {
        tracing::info!(source = %name, sdl, "schema of a data source");
    }
    Ok(sdl.into())
}

/// Drops kept answers on all nodes.
async fn invalidate(execution: &Execution<'_>, call: &Call) -> Json {
    let tags: Vec<String> = match call.arguments.get("tags") {
        Some(Json::Array(tags)) => tags.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        Some(Json::String(tag)) => vec![tag.clone()],
        _ => Vec::new(),
    };
    outcome(&cached::drop_everywhere(execution.engine, &tags).await)
}

/// Drops what was read from a data source, or all kept answers, on all nodes.
async fn invalidate_source(execution: &Execution<'_>, call: &Call) -> Json {
    let source = call.arguments.get("catalog").and_then(Json::as_str);
    let tags: Vec<String> = source
        .map(|source| cached::source_tag(&SourceName::from(source)))
        .into_iter()
        .collect();
    outcome(&cached::drop_everywhere(execution.engine, &tags).await)
}

async fn local_status(execution: &Execution<'_>, name: &SourceName) -> Result<Json> {
    let engine = execution.engine;
    let status = engine.source_status(name);
    if status.state == AttachmentState::Detached
        && !engine.store.snapshot().await?.data_sources.contains_key(name)
    {
        return Err(Error::new(
            ErrorCode::NotFound,
            format!("data source `{name}` not found"),
        ));
    }
    let shown = if engine.served().sources.contains_key(name) {
        AttachmentState::Attached
    } else {
        AttachmentState::Detached
    };
    Ok(shown.as_str().into())
}

pub(super) fn outcome(outcome: &OperationOutcome) -> Json {
    json!({
        "success": outcome.is_success,
        "message": outcome.message,
        "affected_rows": 0,
        "last_id": null,
    })
}

fn name_of(call: &Call) -> Result<SourceName> {
    text_of(call, "name").map(SourceName::from)
}

/// Returns the text in a required argument.
pub(super) fn text_of<'a>(call: &'a Call, argument: &str) -> Result<&'a str> {
    call.arguments
        .get(argument)
        .and_then(Json::as_str)
        .ok_or_else(|| {
            Error::new(
                ErrorCode::GraphqlValidation,
                format!("argument `{argument}` is required"),
            )
        })
}
