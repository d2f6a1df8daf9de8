//! Runs migrations, one node at a time.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

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
pub(super) async fn migrate(mut connection: PgConnection, place: &Place) -> Result<()> {
    let failed = |error| place.error(error);
    if !is_up_to_date(&mut connection, place).await? {
        migrate_under_lock(&mut connection, place).await?;
    }
    connection.close().await.map_err(failed)
}

async fn migrate_under_lock(connection: &mut PgConnection, place: &Place) -> Result<()> {
    let failed = |error| place.error(error);
    let mut transaction = connection.begin_with(super::BEGIN).await.map_err(failed)?;
    sqlx::query(LOCK)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    // The table first: the server may still remember that there was none before the lock was granted.
    sqlx::query(migration::CREATE_LOG)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    // Read again: another node may have migrated while this one waited.
    let applied = read_log(&mut transaction).await.map_err(failed)?;
    let due = migration::due(MIGRATIONS, &applied)?;
    for migration in due {
        run(&mut transaction, migration).await.map_err(failed)?;
        tracing::info!(store = %place, migration = migration.name, "core database migrated");
    }
    transaction.commit().await.map_err(failed)
}

async fn is_up_to_date(connection: &mut PgConnection, place: &Place) -> Result<bool> {
    let failed = |error| place.error(error);
    let log_exists: bool = sqlx::query_scalar(LOG_EXISTS)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if !log_exists {
        return Ok(false);
    }
    let applied = read_log(connection).await.map_err(failed)?;
    Ok(migration::due(MIGRATIONS, &applied)?.is_empty())
}

async fn read_log(connection: &mut PgConnection) -> Result<Vec<AppliedMigration>, sqlx::Error> {
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
