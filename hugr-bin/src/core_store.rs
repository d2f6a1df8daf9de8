//! Opens the core store that the configuration names.

use std::sync::Arc;

use hugr_core::error::{Error, ErrorCode, Result};
use hugr_core::store::{CoreStore, DuckDbCoreStore, PostgresCoreStore};

use crate::config::core_store::{CoreStoreConfig, CoreStoreKind};

/// Opens the core store that the configuration names; one in memory when it names none.
///
/// # Errors
/// `SOURCE_UNAVAILABLE` when the database does not answer or the file cannot be opened, `UNSUPPORTED` for a location
/// that this build cannot use.
pub async fn open(config: &CoreStoreConfig) -> Result<Arc<dyn CoreStore>> {
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
        CoreStoreKind::DuckDbObject(_) => {
            return Err(unsupported(
                "a core store in an object storage is not supported yet",
            ));
        }
    };
    tracing::info!(store = %store.describe(), "core store opened");
    Ok(store)
}

fn unsupported(message: &str) -> Error {
    Error::new(ErrorCode::Unsupported, message)
}
