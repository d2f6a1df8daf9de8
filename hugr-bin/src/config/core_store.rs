//! The core store: variables `CORE_DB_*`.

use super::error::ConfigError;
use super::value::{self, DatabaseLocation};
use hugr_auth::Secret;
use hugr_core::store::StoreKeys;

/// The database of data sources, roles and permissions.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Core store")]
pub struct CoreStoreConfig {
    /// `postgres://` URL, DuckDB file, or `s3://` URL of one, which is only read. When not set: in memory; on a work node of a cluster, management's store
    #[arg(long, env = "CORE_DB_PATH", value_name = "LOCATION")]
    pub core_db_path: Option<DatabaseLocation>,

    /// Never write the core store; needs a location
    #[arg(long, env = "CORE_DB_READONLY", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub core_db_readonly: bool,

    /// Secret that seals the credentials in the core store, the same on all nodes that open it. When not set: CLUSTER_SECRET
    #[arg(long, env = "CORE_DB_KEY", value_name = "SECRET", value_parser = value::secret)]
    pub core_db_key: Option<Secret>,

    /// Secret with which they were sealed until now; they are sealed anew at the start
    #[arg(long, env = "CORE_DB_FORMER_KEY", value_name = "SECRET", value_parser = value::secret)]
    pub core_db_former_key: Option<Secret>,

    /// Endpoint of the object storage of an `s3://` location
    #[arg(long, env = "CORE_DB_S3_ENDPOINT", value_name = "HOST")]
    pub core_db_s3_endpoint: Option<String>,

    /// Its region
    #[arg(long, env = "CORE_DB_S3_REGION", value_name = "REGION")]
    pub core_db_s3_region: Option<String>,

    /// Its access key
    #[arg(long, env = "CORE_DB_S3_KEY", value_name = "KEY", value_parser = value::secret)]
    pub core_db_s3_key: Option<Secret>,

    /// Its secret key
    #[arg(long, env = "CORE_DB_S3_SECRET", value_name = "SECRET", value_parser = value::secret)]
    pub core_db_s3_secret: Option<Secret>,

    /// Use TLS to reach it; an endpoint with http:// or https:// says it by itself
    #[arg(long, env = "CORE_DB_S3_USE_SSL", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub core_db_s3_use_ssl: bool,
}

/// Which adapter serves the core store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoreStoreKind {
    /// In the memory of this process.
    Memory,
    /// PostgreSQL, at the URL.
    Postgres(DatabaseLocation),
    /// A DuckDB file.
    DuckDbFile(DatabaseLocation),
    /// A DuckDB file in an object storage, read only.
    DuckDbObject(DatabaseLocation),
}

impl CoreStoreConfig {
    /// Returns which adapter the location asks for.
    #[must_use]
    pub fn kind(&self) -> CoreStoreKind {
        let Some(location) = self.core_db_path.clone() else {
            return CoreStoreKind::Memory;
        };
        match location.expose().split_once("://").map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql") => CoreStoreKind::Postgres(location),
            Some("s3") => CoreStoreKind::DuckDbObject(location),
            _ => CoreStoreKind::DuckDbFile(location),
        }
    }

    /// Returns the keys of the credentials in the store; `cluster_secret` is the one where no other is set. Without any,
    /// credentials are stored as they are given.
    ///
    /// # Errors
    /// When a secret is empty.
    pub fn keys(&self, cluster_secret: Option<&Secret>) -> Result<Option<StoreKeys>, ConfigError> {
        let Some(secret) = self.core_db_key.as_ref().or(cluster_secret) else {
            return match self.core_db_former_key {
                Some(_) => Err(ConfigError::variable(
                    "CORE_DB_FORMER_KEY",
                    "needs CORE_DB_KEY, the secret that seals from now on",
                )),
                None => Ok(None),
            };
        };
        let keys = StoreKeys::new(secret).map_err(|error| invalid("CORE_DB_KEY", &error))?;
        match &self.core_db_former_key {
            Some(former) => keys
                .with_former(former)
                .map(Some)
                .map_err(|error| invalid("CORE_DB_FORMER_KEY", &error)),
            None => Ok(Some(keys)),
        }
    }

    /// Checks that the nodes of a cluster can share the store: a DuckDB file that one of them writes is closed to all others.
    pub(super) fn check_shared(&self) -> Result<(), ConfigError> {
        if matches!(self.kind(), CoreStoreKind::DuckDbFile(_)) && !self.core_db_readonly {
            let reason = "the nodes of a cluster cannot share a DuckDB file that is written; set CORE_DB_READONLY=true, give a \
                          postgres:// URL, or leave it out to use the management node's store";
            return Err(ConfigError::variable("CORE_DB_PATH", reason));
        }
        Ok(())
    }

    /// Checks what only several variables together show.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.core_db_readonly && self.core_db_path.is_none() {
            let reason = "a read-only core store needs CORE_DB_PATH: a store in memory would stay empty";
            return Err(ConfigError::variable("CORE_DB_READONLY", reason));
        }
        Ok(())
    }
}

fn invalid(variable: &str, error: &hugr_core::Error) -> ConfigError {
    ConfigError::variable(variable, error.public_message())
}
