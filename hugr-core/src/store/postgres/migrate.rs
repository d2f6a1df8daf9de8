//! Runs migrations, one node at a time.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};

use super::error::Place;
use crate::error::Result;
use crate::sql::quote;
use crate::store::migration::{self, AppliedMigration, MIGRATIONS, Migration};

/// Held to the end of the transaction that migrates. The number means nothing: it is ours, and never changes.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7521984306217)";
const LOG_EXISTS: &str = "SELECT to_regclass('core_migrations') IS NOT NULL";
const READ_LOG: &str = "SELECT version, checksum FROM core_migrations ORDER BY version";

/// What PostgreSQL calls the missing of a database, and the making of one that is there.
const NO_SUCH_DATABASE: &str = "3D000";
const DATABASE_EXISTS: &str = "42P04";

/// Creates the database of `options` when there is none; returns whether it did.
///
/// # Errors
/// As [`PostgresCoreStore::create_database`](super::PostgresCoreStore::create_database) says.
pub(super) async fn create_database(options: &PgConnectOptions, place: &Place) -> Result<bool> {
    let failed = |error| place.error(error);
    match PgConnection::connect_with(options).await {
        Ok(connection) => return connection.close().await.map(|()| false).map_err(failed),
        Err(error) if is_code(&error, NO_SUCH_DATABASE) => {}
        Err(error) => return Err(failed(error)),
    }
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    let sql = format!("CREATE DATABASE {}", quote::identifier(name));
    let maintenance = options.clone().database("postgres");
    let mut connection = PgConnection::connect_with(&maintenance).await.map_err(failed)?;
    let created = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
    connection.close().await.map_err(failed)?;
    match created {
        Ok(_) => Ok(true),
        // Another was faster.
        Err(error) if is_code(&error, DATABASE_EXISTS) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

fn is_code(error: &sqlx::Error, code: &str) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|found| found == code)
}

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
