//! An engine in this process, and requests to it as administrator.

use std::path::Path;

use hugr_auth::{Anonymous, AuthChain, Identity};
use hugr_core::db::DatabaseOptions;
use hugr_core::store::CoreStore;
use hugr_core::{EngineConfig, HugrEngine, HugrEngineBuilder, Request};
use serde_json::{Value, json};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Inserts a source of type `duckdb` with one catalog.
const INSERT: &str = "mutation ($data: data_sources_mut_input_data!) {
  core { insert_data_sources(data: $data) { name } }
}";

/// An engine and the identity that asks it.
pub(crate) struct Driver {
    pub(crate) engine: HugrEngine,
    identity: Identity,
}

/// Returns the settings of the tests' engines: DuckDB finds the extensions that `make setup` has fetched.
pub(crate) fn config() -> EngineConfig {
    EngineConfig {
        database: DatabaseOptions {
            extension_directory: option_env!("DUCKDB_LIB_DIR")
                .map(|library| Path::new(library).join("../extensions")),
            ..DatabaseOptions::default()
        },
        ..EngineConfig::default()
    }
}

impl Driver {
    /// Builds an engine over `store`.
    pub(crate) async fn over(store: impl CoreStore + 'static) -> Outcome<Self> {
        Self::of(HugrEngine::builder().with_core_store(store).with_config(config())).await
    }

    /// Builds an engine for everybody.
    pub(crate) async fn of(builder: HugrEngineBuilder) -> Outcome<Self> {
        let engine = builder
            .with_auth(AuthChain::new().with(Anonymous::role("admin")))
            .build()
            .await?;
        let identity = engine.authenticate_anonymous().await?;
        Ok(Self { engine, identity })
    }

    /// Returns the whole answer.
    pub(crate) async fn answer(&self, query: &str, variables: Value) -> Outcome<Value> {
        let variables = variables.as_object().cloned().unwrap_or_default();
        let request = Request::new(query).with_variables(variables);
        let answer = self.engine.execute(request, &self.identity).await;
        Ok(serde_json::from_str(&answer.into_json_text())?)
    }

    /// Returns the part of the data at `pointer`; errors are failures.
    pub(crate) async fn data(&self, query: &str, pointer: &str) -> Outcome<Value> {
        self.data_of(query, json!({}), pointer).await
    }

    /// As [`Driver::data`], with variables.
    pub(crate) async fn data_of(&self, query: &str, variables: Value, pointer: &str) -> Outcome<Value> {
        let answer = self.answer(query, variables).await?;
        match answer.pointer(&format!("/data{pointer}")) {
            Some(data) if answer.get("errors").is_none() => Ok(data.clone()),
            _ => Err(format!("{query}\nis answered by {answer}").into()),
        }
    }

    /// Returns the message of the first error.
    pub(crate) async fn refusal(&self, query: &str) -> Outcome<String> {
        let answer = self.answer(query, json!({})).await?;
        match answer.pointer("/errors/0/message").and_then(Value::as_str) {
            Some(message) => Ok(message.to_owned()),
            None => Err(format!("{query}\nis not refused: {answer}").into()),
        }
    }

    /// Registers a DuckDB database in memory that `catalog` describes.
    pub(crate) async fn insert_source(&self, name: &str, catalog: Value) -> Outcome {
        let source = json!({ "data": {
            "name": name, "type": "duckdb", "prefix": "", "path": ":memory:", "catalogs": [catalog],
        }});
        self.data_of(INSERT, source, "/core").await.map(drop)
    }

    /// Loads a source; returns whether it succeeded, and the message.
    pub(crate) async fn load(&self, name: &str) -> Outcome<(bool, String)> {
        self.operate("load_data_source", name).await
    }

    /// Unloads a source; returns whether it succeeded, and the message.
    pub(crate) async fn unload(&self, name: &str) -> Outcome<(bool, String)> {
        self.operate("unload_data_source", name).await
    }

    async fn operate(&self, operation: &str, name: &str) -> Outcome<(bool, String)> {
        let query = format!(
            "mutation {{ function {{ core {{ {operation}(name: \"{name}\") {{ success message }} }} }} }}"
        );
        let outcome = self.data(&query, &format!("/function/core/{operation}")).await?;
        let message = outcome["message"].as_str().ok_or("no message")?.to_owned();
        Ok((outcome["success"] == true, message))
    }
}
