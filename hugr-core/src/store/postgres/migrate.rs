//! Runs migrations, one node at a time.

use sqlx::postgres::{PgConnection, PgPool};

use super::error::Place;
use crate::error::Result;
use crate::store::migration::{self, AppliedMigration, MIGRATIONS, Migration};

/// Held to the end of the transaction that migrates. The number means nothing: it is ours, and never changes.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7521984306217)";
const LOG_EXISTS: &str = "SELECT to_regclass('core_migrations') IS NOT NULL";
const READ_LOG: &str = "SELECT version, checksum FROM core_migrations ORDER BY version";

/// Brings the database to its present shape. A database that has it already is only read.
///
/// # Errors
/// As [`PostgresCoreStore::connect`](super::PostgresCoreStore::connect) says.
pub(super) async fn migrate(pool: &PgPool, place: &Place) -> Result<()> {
    let failed = |error| place.error(error);
    let mut connection = pool.acquire().await.map_err(failed)?;
    if due(&mut connection, place).await?.is_empty() {
        return Ok(());
    }
    drop(connection);

    let mut transaction = pool.begin_with(super::BEGIN).await.map_err(failed)?;
    sqlx::query(LOCK)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    // Asked again: another node may have migrated while this one waited.
    let due = due(&mut transaction, place).await?;
    sqlx::query(migration::CREATE_LOG)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    for migration in due {
        run(&mut transaction, migration).await.map_err(failed)?;
        tracing::info!(store = %place, migration = migration.name, "core database migrated");
    }
    transaction.commit().await.map_err(failed)
}

async fn due(connection: &mut PgConnection, place: &Place) -> Result<Vec<&'static Migration>> {
    let applied = read_log(connection).await.map_err(|error| place.error(error))?;
    migration::due(MIGRATIONS, &applied)
}

async fn read_log(connection: &mut PgConnection) -> Result<Vec<AppliedMigration>, sqlx::Error> {
    let log_exists: bool = sqlx::query_scalar(LOG_EXISTS).fetch_one(&mut *connection).await?;
    if !log_exists {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, String)> = sqlx::query_as(READ_LOG).fetch_all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|(version, checksum)| AppliedMigration { version, checksum })
        .collect())
}

async fn run(connection: &mut PgConnection, migration: &Migration) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(migration.sql).execute(&mut *connection).await?;
    sqlx::query(migration::LOG_MIGRATION)
        .bind(migration.version)
        .bind(migration.name)
        .bind(migration.checksum())
        .execute(connection)
        .await
        .map(drop)
}
