//! Operations of an engine that stands alone.

use std::sync::Weak;

use async_trait::async_trait;

use super::operations::{
    AttachmentState, NodeRecord, NodeSourceStatus, NodeStorage, OperationOutcome, Operations,
};
use super::replica::Replica as _;
use super::{EngineState, HugrEngine};
use crate::error::{Error, ErrorCode, Result};
use crate::name::{NodeName, SourceName, StorageName};
use crate::store::{Change, ObjectStorage, Revision};

/// Carries operations out in this process.
#[derive(Debug)]
pub(super) struct LocalOperations {
    /// The engine holds its operations, so these must not hold the engine.
    engine: Weak<EngineState>,
}

impl LocalOperations {
    pub(super) fn new(engine: Weak<EngineState>) -> Self {
        Self { engine }
    }

    fn engine(&self) -> Result<HugrEngine> {
        self.engine
            .upgrade()
            .map(HugrEngine)
            .ok_or_else(|| Error::new(ErrorCode::Cancelled, "the engine is shutting down"))
    }

    /// Commits `change` and brings it about; the result is the failure, if there is one.
    async fn apply(&self, engine: &HugrEngine, change: Change) -> Result<Option<Error>> {
        if let Err(error) = engine.core_store().commit(None, &[change]).await {
            return match error.code() {
                // The state does not allow it: that is an outcome, not a failure to try.
                ErrorCode::NotFound | ErrorCode::Conflict => Ok(Some(error)),
                _ => Err(error),
            };
        }
        engine.reconcile(engine.core_store().snapshot().await?).await;
        Ok(None)
    }
}

#[async_trait]
impl Operations for LocalOperations {
    fn management_url(&self) -> Option<&str> {
        None
    }

    fn node_name(&self) -> &str {
        ""
    }

    async fn load_data_source(&self, name: &SourceName) -> Result<OperationOutcome> {
        let engine = self.engine()?;
        let refused = self.apply(&engine, Change::Load(name.clone())).await?;
        let status = engine.source_status(name);
        let failure = match refused {
            Some(error) => return Ok(refusal("load_data_source", &error)),
            None => (status.state != AttachmentState::Attached).then_some(status.error),
        };
        Ok(outcome("load_data_source", "Datasource was loaded", failure))
    }

    async fn unload_data_source(&self, name: &SourceName) -> Result<OperationOutcome> {
        let engine = self.engine()?;
        let refused = self.apply(&engine, Change::Unload(name.clone())).await?;
        Ok(match refused {
            Some(error) => refusal("unload_data_source", &error),
            None => outcome("unload_data_source", "Datasource was unloaded", None),
        })
    }

    async fn register_object_storage(&self, storage: &ObjectStorage) -> Result<OperationOutcome> {
        let engine = self.engine()?;
        let refusal = self
            .apply(&engine, Change::RegisterStorage(storage.clone()))
            .await?;
        let status = engine.storage_status(&storage.name);
        let failure = match refusal {
            Some(error) => Some(error.public_message().to_owned()),
            None => (status.state != AttachmentState::Attached).then_some(status.error),
        };
        Ok(outcome(
            "register_object_storage",
            "Object storage registered",
            failure,
        ))
    }

    async fn unregister_object_storage(&self, name: &StorageName) -> Result<OperationOutcome> {
        let engine = self.engine()?;
        let refusal = self
            .apply(&engine, Change::UnregisterStorage(name.clone()))
            .await?;
        let failure = refusal.map(|error| error.public_message().to_owned());
        Ok(outcome(
            "unregister_object_storage",
            "Object storage unregistered",
            failure,
        ))
    }

    /// There is no other node.
    async fn drop_answers(&self, _: &[String]) -> Result<OperationOutcome> {
        Ok(OperationOutcome {
            is_success: true,
            message: String::new(),
        })
    }

    async fn storages(&self) -> Result<Vec<NodeStorage>> {
        let storages = self.engine()?.storages().into_iter();
        let of_this_node = storages.map(|storage| NodeStorage {
            node: NodeName::from(""),
            storage,
        });
        Ok(of_this_node.collect())
    }

    async fn data_source_status(&self, name: &SourceName) -> Result<Vec<NodeSourceStatus>> {
        let status = self.engine()?.source_status(name);
        Ok(vec![NodeSourceStatus {
            node: NodeName::from(""),
            state: status.state,
            error: status.error,
        }])
    }

    async fn committed(&self, _revision: Revision) -> Result<()> {
        let engine = self.engine()?;
        engine.reconcile(engine.core_store().snapshot().await?).await;
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>> {
        Ok(Vec::new())
    }
}

/// Clients of the original know the text for a source that is not there.
fn refusal(operation: &str, error: &Error) -> OperationOutcome {
    match error.code() {
        ErrorCode::NotFound => OperationOutcome {
            is_success: false,
            message: "data source not found".to_owned(),
        },
        _ => outcome(operation, "", Some(error.public_message().to_owned())),
    }
}

fn outcome(operation: &str, success: &str, failure: Option<String>) -> OperationOutcome {
    match failure {
        None => OperationOutcome {
            is_success: true,
            message: success.to_owned(),
        },
        Some(failure) => OperationOutcome {
            is_success: false,
            message: format!("{operation}: {failure}"),
        },
    }
}
