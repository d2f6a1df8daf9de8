//! Opens the core store that the configuration names.

use std::path::Path;
use std::sync::Arc;

use hugr_auth::Secret;

use hugr_core::error::{Error, ErrorCode, Result};
use hugr_core::store::{
    CoreStore, DuckDbCoreStore, ObjectStorage, PostgresCoreStore, StorageDefinition, StoreAccess, StoreKeys,
};

use crate::config::core_store::{CoreStoreConfig, CoreStoreKind};

/// What to tell operators of a store that keeps credentials without a key.
pub(crate) const UNSEALED: &str = "CORE_DB_KEY is not set: passwords of data sources and keys of object storages lie in the core store as they are given";

/// What the configuration of a program says of the core store besides its place.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Folder of DuckDB's extensions, which an `s3://` location needs.
    pub extensions: Option<&'a Path>,
    /// The secret that seals credentials where the store has none of its own.
    pub cluster_secret: Option<&'a Secret>,
}

/// Opens the core store that the configuration names; one in memory when it names none. Credentials that lie in it as they
/// were given are sealed, when there is a key.
///
/// # Errors
/// `SOURCE_UNAVAILABLE` when the database does not answer or the file cannot be opened, `UNSUPPORTED` for a location
/// that this build cannot use, `BAD_REQUEST` for a key that cannot be used.
pub async fn open(config: &CoreStoreConfig, opening: Opening<'_>) -> Result<Arc<dyn CoreStore>> {
    let keys = config
        .keys(opening.cluster_secret)
        .map_err(|error| Error::new(ErrorCode::BadRequest, error.to_string()))?;
    let has_keys = keys.is_some();
    let store = connect(config, opening.extensions, keys.unwrap_or_default()).await?;
    tracing::info!(store = %store.describe(), "core store opened");
    let is_kept = config.kind() != CoreStoreKind::Memory && store.access() == StoreAccess::ReadWrite;
    if is_kept && !has_keys {
        tracing::warn!("{UNSEALED}");
    }
    Ok(store)
}

async fn connect(
    config: &CoreStoreConfig,
    extensions: Option<&Path>,
    keys: StoreKeys,
) -> Result<Arc<dyn CoreStore>> {
    Ok(match config.kind() {
        CoreStoreKind::Memory => Arc::new(DuckDbCoreStore::in_memory()),
        CoreStoreKind::Postgres(_) if config.core_db_readonly => {
            return Err(unsupported(
                "CORE_DB_READONLY is for DuckDB files; give the database role of a postgres:// store fewer rights instead",
            ));
        }
        CoreStoreKind::Postgres(location) => {
            let store = PostgresCoreStore::connect(location.expose())
                .await?
                .with_keys(keys);
            tell_sealed(store.seal_anew().await?);
            Arc::new(store)
        }
        CoreStoreKind::DuckDbFile(location) if config.core_db_readonly => Arc::new(
            DuckDbCoreStore::open_read_only(location.expose())
                .await?
                .with_keys(keys),
        ),
        CoreStoreKind::DuckDbFile(location) => {
            let store = DuckDbCoreStore::open(location.expose()).await?.with_keys(keys);
            tell_sealed(store.seal_anew().await?);
            Arc::new(store)
        }
        CoreStoreKind::DuckDbObject(location) => {
            let storage = object_storage(config, location.expose())?;
            let extensions = extensions.map(Path::to_owned);
            let store = DuckDbCoreStore::open_object(location.expose(), &storage, extensions).await?;
            Arc::new(store.with_keys(keys))
        }
    })
}

fn tell_sealed(is_sealed_anew: bool) {
    if is_sealed_anew {
        tracing::info!("credentials in the core store are sealed with the present key now");
    }
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
