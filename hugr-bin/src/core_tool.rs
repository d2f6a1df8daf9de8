//! The core store in the hands of an operator: `hugr migrate`, `hugr core export`, `hugr core import`.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use hugr_core::store::{CoreExport, CoreState, CoreStore, StoreAccess};

use crate::config::core_store::CoreStoreKind;
use crate::config::core_tool::{CorePlaceConfig, ExportConfig, ImportConfig, MigrateConfig};
use crate::core_store::{self, Opening};
use crate::program::Failure;

/// Brings the tables of the core store to their present shape, and creates a PostgreSQL database that is missing;
/// returns what to tell the operator.
///
/// # Errors
/// When the store cannot be opened, or a newer build has changed it.
pub async fn migrate(config: &MigrateConfig) -> Result<String, Failure> {
    if config.place.core_store.core_db_readonly {
        return Err("CORE_DB_READONLY is set: a read-only core store cannot be migrated".into());
    }
    let mut created = "";
    if let CoreStoreKind::Postgres(location) = config.place.core_store.kind()
        && core_store::create_database(location.expose()).await?
    {
        created = "created; ";
    }
    let store = open(&config.place).await?;
    if store.access() == StoreAccess::ReadOnly {
        return Err(format!("{} is read-only and cannot be migrated", store.describe()).into());
    }
    let revision = store.revision().await?;
    let cluster_secret = config.place.cluster_secret.as_ref();
    let advice = match config.place.core_store.keys(cluster_secret)? {
        Some(_) => String::new(),
        None => format!("\n{}", core_store::UNSEALED),
    };
    Ok(format!(
        "{}: {created}its tables are up to date, at revision {revision}{advice}",
        store.describe()
    ))
}

/// Writes the content of the core store where `config` says; returns what to tell the operator.
///
/// # Errors
/// When the store cannot be read or the file not written.
pub async fn export(config: &ExportConfig) -> Result<String, Failure> {
    let store = open(&config.place).await?;
    let state = store.snapshot().await?;
    let document = if config.secrets {
        CoreExport::with_secrets(&state)?
    } else {
        CoreExport::without_secrets(&state)
    };
    let mut text = document.to_json()?;
    text.push('\n');
    match &config.file {
        Some(file) => write_private(file, &text)?,
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    let secrets = if config.secrets { "with" } else { "without" };
    Ok(format!(
        "{}: exported {}, {secrets} secrets",
        store.describe(),
        counts(&state)
    ))
}

/// Reads a document into the core store, as one commit; returns what to tell the operator.
///
/// # Errors
/// When the document cannot be read or imported, when the store is not new and nothing says that it may be replaced, or when
/// it changes meanwhile.
pub async fn import(config: &ImportConfig) -> Result<String, Failure> {
    let text = match &config.file {
        Some(file) => std::fs::read_to_string(file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?,
        None => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
    };
    let target = CoreExport::from_json(&text)?.into_state()?;
    let store = open(&config.place).await?;
    let present = store.snapshot().await?;
    if !present.is_initial() && !config.replace {
        return Err(format!(
            "{} holds {}; --replace removes them first",
            store.describe(),
            counts(&present)
        )
        .into());
    }
    let changes = present.changes_to(&target);
    let revision = store.commit(Some(present.revision), &changes).await?;
    Ok(format!(
        "{}: imported {}, as revision {revision}",
        store.describe(),
        counts(&target)
    ))
}

async fn open(place: &CorePlaceConfig) -> Result<Arc<dyn CoreStore>, Failure> {
    let opening = Opening {
        extensions: place.db_extension_directory.as_deref(),
        cluster_secret: place.cluster_secret.as_ref(),
    };
    Ok(core_store::open(&place.core_store, opening).await?)
}

fn counts(state: &CoreState) -> String {
    format!(
        "{} data sources ({} loaded), {} catalog sources, {} roles, {} permissions, {} API keys, {} object storages",
        state.data_sources.len(),
        state.loaded.len(),
        state.catalog_sources.len(),
        state.access.roles.len(),
        state.access.permissions.len(),
        state.access.api_keys.len(),
        state.storages.len(),
    )
}

/// Writes a new file that only its owner may read; one that is there already is left as it is.
fn write_private(file: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("cannot write {}: {error}", file.display()).into())
}
