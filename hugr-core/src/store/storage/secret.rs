//! Object storages as secrets of DuckDB, by which it finds the credentials for a URL.

use super::record::ObjectStorage;
use crate::db::Session;
use crate::error::{Error, ErrorCode, Result};
use crate::sql::quote;
use crate::store::require_opened;

/// DuckDB's extension that reaches object storages.
const EXTENSION: &str = "httpfs";

/// Makes `storage` known to DuckDB, in place of what its name stood for.
///
/// # Errors
/// `SOURCE_UNAVAILABLE` when its secret is sealed, `UNSUPPORTED` when DuckDB has no extension for it, else what DuckDB says, without the secret.
pub(crate) fn register(session: &mut Session, storage: &ObjectStorage) -> Result<()> {
    require_opened(
        format_args!("object storage `{}`", storage.name),
        storage.secret.expose(),
    )?;
    session.execute_batch(&format!("LOAD {EXTENSION}")).map_err(|error| {
        let message = format!(
            "object storages need DuckDB's extension `{EXTENSION}`, which is not in the extension directory"
        );
        Error::new(ErrorCode::Unsupported, message).with_source(error)
    })?;
    session.execute_batch(&create(storage)).map_err(|error| {
        // The statement holds a secret, so what DuckDB says is not repeated when it quotes the statement.
        let said = error.to_string();
        let reason = said.lines().next().filter(|line| !line.contains("SECRET"));
        Error::new(error.code(), reason.unwrap_or("DuckDB refuses it"))
    })
}

/// Makes the storage of this name unknown to DuckDB, if it is known.
///
/// # Errors
/// What DuckDB says.
pub(crate) fn unregister(session: &mut Session, name: &str) -> Result<()> {
    session.execute_batch(&format!(
        "DROP TEMPORARY SECRET IF EXISTS {}",
        quote::identifier(name)
    ))
}

/// The secret lives in memory only: the core store is what remembers it. DuckDB takes no parameters here, so every value is
/// a quoted literal.
fn create(storage: &ObjectStorage) -> String {
    let mut sql = format!(
        "CREATE OR REPLACE TEMPORARY SECRET {} (TYPE {}, SCOPE {}, USE_SSL {}, URL_STYLE {}",
        quote::identifier(storage.name.as_str()),
        storage.kind.as_str(),
        quote::literal(&storage.scope),
        storage.use_ssl,
        quote::literal(storage.url_style.as_str()),
    );
    for (parameter, value) in [
        ("KEY_ID", storage.key.as_str()),
        ("SECRET", storage.secret.expose()),
        ("REGION", &storage.region),
        ("ENDPOINT", &storage.endpoint),
        ("KMS_KEY_ID", &storage.kms_key_id),
        ("ACCOUNT_ID", &storage.account_id),
    ] {
        if !value.is_empty() {
            sql.push_str(&format!(", {parameter} {}", quote::literal(value)));
        }
    }
    if storage.url_compatibility {
        sql.push_str(", URL_COMPATIBILITY_MODE true");
    }
    sql.push(')');
    sql
}

#[cfg(test)]
mod tests {
    use hugr_auth::Secret;

    use super::*;
    use crate::store::{StorageKind, UrlStyle};

    fn storage() -> ObjectStorage {
        ObjectStorage {
            name: "minio-storage".into(),
            kind: StorageKind::S3,
            scope: "s3://my-bucket".to_owned(),
            key: "minioadmin".to_owned(),
            secret: Secret::new("it's"),
            region: "us-east-1".to_owned(),
            endpoint: "minio:9000".to_owned(),
            use_ssl: false,
            url_style: UrlStyle::Path,
            url_compatibility: false,
            kms_key_id: String::new(),
            account_id: String::new(),
        }
    }

    #[test]
    fn values_are_quoted_and_empty_ones_left_out() {
        assert_eq!(
            create(&storage()),
            "CREATE OR REPLACE TEMPORARY SECRET \"minio-storage\" (TYPE s3, SCOPE 's3://my-bucket', USE_SSL false, \
             URL_STYLE 'path', KEY_ID 'minioadmin', SECRET 'it''s', REGION 'us-east-1', ENDPOINT 'minio:9000')"
        );
    }

    #[test]
    fn everything_that_is_said_is_told_to_duckdb() {
        let full = ObjectStorage {
            kind: StorageKind::R2,
            url_compatibility: true,
            kms_key_id: "kms".to_owned(),
            account_id: "account".to_owned(),
            ..storage()
        };
        let sql = create(&full);
        let expected = ", KMS_KEY_ID 'kms', ACCOUNT_ID 'account', URL_COMPATIBILITY_MODE true)";
        assert!(sql.contains("TYPE r2") && sql.ends_with(expected), "{sql}");
    }
}
