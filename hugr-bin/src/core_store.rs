//! Opens the core store that the configuration names.

use std::path::Path;
use std::sync::Arc;

use hugr_auth::Secret;

use hugr_core::error::{Error, ErrorCode, Result};
use hugr_core::store::{CoreStore, DuckDbCoreStore, ObjectStorage, PostgresCoreStore, StorageDefinition};

use crate::config::core_store::{CoreStoreConfig, CoreStoreKind};

/// Opens the core store that the configuration names; one in memory when it names none. `extensions` is the folder of
/// DuckDB's extensions, which an `s3://` location needs.
///
/// # Errors
/// `SOURCE_UNAVAILABLE` when the database does not answer or the file cannot be opened, `UNSUPPORTED` for a location
/// that this build cannot use.
pub async fn open(config: &CoreStoreConfig, extensions: Option<&Path>) -> Result<Arc<dyn CoreStore>> {
    let store: Arc<dyn CoreStore> = match config.kind() {
        CoreStoreKind::Memory => Arc::new(DuckDbCoreStore::in_memory()),
        CoreStoreKind::Postgres(_) if config.core_db_readonly => {
            return Err(unsupported(
                "CORE_DB_READONLY is for DuckDB files; give the database role of a postgres:// store fewer rights instead",
            ));
        }
        CoreStoreKind::Postgres(location) => Arc::new(PostgresCoreStore::connect(location.expose()).await?),
        CoreStoreKind::DuckDbFile(location) if config.core_db_readonly => {
            Arc::new(DuckDbCoreStore::open_read_only(location.expose()).await?)
        }
        CoreStoreKind::DuckDbFile(location) => Arc::new(DuckDbCoreStore::open(location.expose()).await?),
        CoreStoreKind::DuckDbObject(location) => {
            let storage = object_storage(config, location.expose())?;
            let extensions = extensions.map(Path::to_owned);
            Arc::new(DuckDbCoreStore::open_object(location.expose(), &storage, extensions).await?)
        }
    };
    tracing::info!(store = %store.describe(), "core store opened");
    Ok(store)
}

/// Creates the PostgreSQL database at `url` when its server has none of that name; returns whether it did.
///
/// # Errors
/// `SOURCE_UNAVAILABLE` when the server does not answer or refuses, `BAD_REQUEST` when `url` is not valid.
pub async fn create_database(url: &str) -> Result<bool> {
    PostgresCoreStore::create_database(url).await
}

/// Returns the storage of the variables `CORE_DB_S3_*`.
fn object_storage(config: &CoreStoreConfig, location: &str) -> Result<ObjectStorage> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let key = |value: &Option<Secret>| {
        value
            .as_ref()
            .map(|key| key.expose().to_owned())
            .unwrap_or_default()
    };
    ObjectStorage::try_from(StorageDefinition {
        name: "core_db".to_owned(),
        kind: "s3".to_owned(),
        scope: location.to_owned(),
        key: key(&config.core_db_s3_key),
        secret: Secret::new(key(&config.core_db_s3_secret)),
        region: text(&config.core_db_s3_region),
        endpoint: text(&config.core_db_s3_endpoint),
        use_ssl: config.core_db_s3_use_ssl,
        url_style: "path".to_owned(),
        url_compatibility: false,
        kms_key_id: String::new(),
        account_id: String::new(),
    })
}

fn unsupported(message: &str) -> Error {
    Error::new(ErrorCode::Unsupported, message)
}
