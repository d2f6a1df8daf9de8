//! The functions that register object storages.

use hugr_auth::Secret;
use serde_json::Value as Json;

use super::call::outcome;
use crate::engine::operations::{OperationOutcome, Operations};
use crate::error::{Error, ErrorCode, Result};
use crate::name::StorageName;
use crate::plan::Call;
use crate::store::{ObjectStorage, StorageDefinition};

/// Registers the storage that the arguments describe; a description that cannot be meant is an outcome.
pub(super) async fn register(operations: &dyn Operations, call: &Call) -> Result<Json> {
    let done = match ObjectStorage::try_from(definition(call)?) {
        Ok(storage) => operations.register_object_storage(&storage).await?,
        Err(error) => OperationOutcome {
            is_success: false,
            message: format!("register_object_storage: {}", error.public_message()),
        },
    };
    Ok(with_affected(&done))
}

/// Unregisters the storage that the arguments name.
pub(super) async fn unregister(operations: &dyn Operations, call: &Call) -> Result<Json> {
    let name = StorageName::from(required(call, "name")?);
    Ok(with_affected(&operations.unregister_object_storage(&name).await?))
}

fn definition(call: &Call) -> Result<StorageDefinition> {
    Ok(StorageDefinition {
        name: required(call, "name")?,
        kind: required(call, "type")?,
        scope: required(call, "scope")?,
        key: required(call, "key")?,
        secret: Secret::new(required(call, "secret")?),
        region: optional(call, "region"),
        endpoint: required(call, "endpoint")?,
        use_ssl: switch(call, "use_ssl").unwrap_or(true),
        url_style: required(call, "url_style")?,
        url_compatibility: switch(call, "url_compatibility").unwrap_or(false),
        kms_key_id: optional(call, "kms_key_id"),
        account_id: optional(call, "account_id"),
    })
}

/// One storage is affected by what succeeds.
fn with_affected(done: &OperationOutcome) -> Json {
    let mut shown = outcome(done);
    if let Json::Object(members) = &mut shown {
        members.insert("affected_rows".to_owned(), i32::from(done.is_success).into());
    }
    shown
}

fn required(call: &Call, name: &str) -> Result<String> {
    text(call, name).ok_or_else(|| {
        Error::new(
            ErrorCode::GraphqlValidation,
            format!("argument `{name}` is required"),
        )
    })
}

fn optional(call: &Call, name: &str) -> String {
    text(call, name).unwrap_or_default()
}

fn text(call: &Call, name: &str) -> Option<String> {
    call.arguments.get(name).and_then(Json::as_str).map(str::to_owned)
}

fn switch(call: &Call, name: &str) -> Option<bool> {
    call.arguments.get(name).and_then(Json::as_bool)
}
