//! The connections of a source: reads go to replicas where there are any, changes to the primary.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool::managed::{PoolError, TimeoutType};
use tokio::time::Instant;

use super::connection::{Scope, session_settings};
use super::error::{is_passing, query_error};
use super::features::{ask_features, ask_schemas};
use super::hosts::{Host, Hosts, Purpose};
use super::manager::{Lent, Pool, client_config};
use super::password::PasswordFile;
use super::read::{PostgresRead, SessionKind};
use super::settings::Settings;
use super::tls;
use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;
use crate::source::native::{NativeDatabase, NativeRead, ReadTerms};
use crate::sql::dialect::PostgresDialect;

/// How often the hosts of a source with several are asked what they are.
const ASKING_INTERVAL: Duration = Duration::from_secs(1);
/// How often a source with one host is looked after.
const KEEPING_INTERVAL: Duration = Duration::from_secs(5);
/// Pauses between attempts to connect grow from the first to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The connections of a source.
#[derive(Debug)]
pub(super) struct PostgresPool {
    source: SourceName,
    settings: Arc<Settings>,
    dialect: PostgresDialect,
    /// Schemas of relations that the search path finds and DuckDB does not, by their names.
    schemas: Arc<HashMap<String, String>>,
    hosts: Hosts,
    /// The statements with which each transaction begins where sessions are not ours.
    transaction_settings: String,
}

impl PostgresPool {
    /// Connects to the database of `source` and asks what it can do.
    ///
    /// # Errors
    /// `BAD_REQUEST` when the path is not valid, `SOURCE_UNAVAILABLE` when the database does not answer or refuses,
    /// `UNSUPPORTED` when it is too old.
    pub(super) async fn open(source: &SourceName, settings: Settings) -> Result<Arc<Self>> {
        let config = client_config(source, &settings)?;
        let tls = tls::connector(&settings.tls)
            .map_err(|error| Error::new(error.code(), format!("data source `{source}`: {error}")))?;
        let settings = Arc::new(settings);
        let passwords = match &settings.password_file {
            Some(file) => PasswordFile::read(file).await,
            None => PasswordFile::default(),
        };
        let hosts = Hosts::new(&config, &settings, (tls.as_ref(), &passwords))?;
        if hosts.only().is_none() {
            hosts.ask().await;
        }
        let first = first_connection(source, &hosts).await?;
        let dialect = ask_features(source, &first).await?;
        let schemas = match &settings.search_path {
            Some(path) => ask_schemas(source, &first, path).await?,
            None => HashMap::new(),
        };
        drop(first);
        let pool = Arc::new(Self {
            source: source.clone(),
            transaction_settings: session_settings(&settings, Scope::Transaction),
            settings,
            dialect,
            schemas: Arc::new(schemas),
            hosts,
        });
        tokio::spawn(keep(Arc::downgrade(&pool)));
        Ok(pool)
    }

    /// Lends a connection, waiting for one as long as the settings allow: while the server starts again or has no slot left,
    /// another attempt is made.
    async fn lend(&self, purpose: Purpose) -> Result<Lent> {
        let deadline = Instant::now() + self.settings.acquire_timeout;
        let mut pause = FIRST_PAUSE;
        loop {
            let outcome = match self.hosts.only() {
                Some(host) => self.lend_from(host, deadline).await,
                None => self.lend_from_first(purpose, deadline).await,
            };
            let error = match outcome {
                Ok(connection) => return Ok(connection),
                Err((error, Retry::No)) => return Err(error),
                Err((error, Retry::Later)) => error,
            };
            if Instant::now() + pause >= deadline {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if self.hosts.only().is_none() {
                self.hosts.ask().await;
            }
        }
    }

    /// Lends a connection of the first host that has one.
    async fn lend_from_first(&self, purpose: Purpose, deadline: Instant) -> Result<Lent, (Error, Retry)> {
        let mut outcome = None;
        for host in self.hosts.serving(purpose) {
            match self.lend_from(host, deadline).await {
                Err((error, Retry::Later)) => {
                    host.set_away();
                    outcome = Some((error, Retry::Later));
                }
                lent_or_failed => return lent_or_failed,
            }
        }
        Err(outcome.unwrap_or_else(|| (self.hosts.none(&self.source, purpose), Retry::Later)))
    }

    async fn lend_from(&self, host: &Host, deadline: Instant) -> Result<Lent, (Error, Retry)> {
        let pool = host.pool();
        let error = match tokio::time::timeout_at(deadline, pool.get()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(PoolError::Backend(error))) if is_passing(&error) => {
                return Err((query_error(&self.source, error), Retry::Later));
            }
            Ok(Err(PoolError::Timeout(TimeoutType::Create))) => {
                return Err((self.unanswered(), Retry::Later));
            }
            Ok(Err(error)) => error,
            Err(_) => PoolError::Timeout(TimeoutType::Wait),
        };
        Err((self.lending_error(pool, error), Retry::No))
    }

    fn unanswered(&self) -> Error {
        let (source, waited) = (&self.source, self.settings.acquire_timeout);
        Error::new(
            ErrorCode::SourceUnavailable,
            format!("data source `{source}` did not accept a connection within {waited:?}"),
        )
    }

    fn lending_error(&self, pool: &Pool, error: PoolError<tokio_postgres::Error>) -> Error {
        let source = &self.source;
        let waited = self.settings.acquire_timeout;
        match error {
            PoolError::Backend(error) => query_error(source, error),
            // Either all are lent, or the server does not answer.
            PoolError::Timeout(_) if pool.status().size < self.settings.pool_size => self.unanswered(),
            PoolError::Timeout(_) => Error::new(
                ErrorCode::ResourceExhausted,
                format!(
                    "no connection of data source `{source}` became free within {waited:?}; its `pool_size` is {}",
                    self.settings.pool_size
                ),
            ),
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                Error::internal(format!("the pool of data source `{source}` is closed")).with_source(error)
            }
        }
    }

    fn report(&self) {
        for host in self.hosts.all() {
            let status = host.pool().status();
            for (state, count) in [
                ("open", status.size),
                ("idle", status.available),
                ("waiting", status.waiting),
            ] {
                let labels = [
                    ("source", self.source.to_string()),
                    ("host", host.name().to_owned()),
                    ("state", state.to_owned()),
                ];
                // Counts of connections are exact as doubles.
                metrics::gauge!("hugr_source_connections", &labels)
                    .set(u32::try_from(count).unwrap_or(u32::MAX));
            }
        }
    }

    fn close_idle(&self) {
        let limit = self.settings.idle_timeout;
        for host in self.hosts.all() {
            host.pool()
                .retain(|connection, metrics| !connection.is_closed() && metrics.last_used() < limit);
        }
    }
}

/// Whether another attempt to connect is worth a pause.
enum Retry {
    No,
    Later,
}

/// Reports on a pool, closes what is idle and asks several hosts what they are, until the pool is gone.
async fn keep(pool: std::sync::Weak<PostgresPool>) {
    let has_one_host = pool.upgrade().is_none_or(|pool| pool.hosts.only().is_some());
    let interval = if has_one_host {
        KEEPING_INTERVAL
    } else {
        ASKING_INTERVAL
    };
    let mut ticks = tokio::time::interval(interval);
    loop {
        ticks.tick().await;
        let Some(pool) = pool.upgrade() else { return };
        pool.close_idle();
        pool.report();
        if !has_one_host {
            pool.hosts.ask().await;
        }
    }
}

#[async_trait]
impl NativeDatabase for PostgresPool {
    fn dialect(&self) -> PostgresDialect {
        self.dialect
    }

    fn schemas(&self) -> Arc<HashMap<String, String>> {
        Arc::clone(&self.schemas)
    }

    async fn read(&self, terms: &ReadTerms) -> Result<Box<dyn NativeRead>> {
        let purpose = if terms.may_change {
            Purpose::Change
        } else {
            Purpose::Read
        };
        let connection = self.lend(purpose).await?;
        Ok(Box::new(PostgresRead::new(
            self.source.clone(),
            connection,
            terms,
            if self.settings.prepared_statements {
                SessionKind::Own
            } else {
                SessionKind::Pooled {
                    settings: &self.transaction_settings,
                }
            },
        )))
    }
}

/// Connects to the first host that may answer reads.
async fn first_connection(source: &SourceName, hosts: &Hosts) -> Result<Lent> {
    let host = match hosts.only() {
        Some(host) => Some(host),
        None => hosts.serving(Purpose::Read).into_iter().next(),
    };
    let host = host.ok_or_else(|| hosts.none(source, Purpose::Read))?;
    host.pool().get().await.map_err(|error| match error {
        PoolError::Backend(error) => Error::new(
            ErrorCode::SourceUnavailable,
            query_error(source, error).to_string(),
        ),
        PoolError::Timeout(_) => Error::new(
            ErrorCode::SourceUnavailable,
            format!("data source `{source}`: `{}` does not answer", host.name()),
        ),
        other => Error::internal("a new pool gives no connection").with_source(other),
    })
}
