//! The connections of a source: reads go to replicas where there are any, changes to the primary.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool::managed::{self, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType};
use futures::future::{BoxFuture, FutureExt};
use tokio::time::Instant;
use tokio_postgres::Config;
use tokio_postgres::config::{LoadBalanceHosts, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::Connection;
use super::error::{is_passing, query_error};
use super::read::PostgresRead;
use super::settings::{Settings, TlsMode};
use super::tls;
use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;
use crate::source::native::{NativeDatabase, NativeRead, ReadTerms};
use crate::sql::dialect::{PostgresDialect, PostgresExtensions};

/// How long a host may take to accept a connection, unless the path says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Pauses between attempts to connect grow from the first to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// First version that is supported.
const MIN_VERSION: u16 = 13;

const FEATURES: &str = "SELECT current_setting('server_version_num')::int / 10000, \
    coalesce((SELECT array_agg(extname::text) FROM pg_extension), '{}')";

/// The connections of a source.
#[derive(Debug)]
pub(super) struct PostgresPool {
    source: SourceName,
    settings: Arc<Settings>,
    dialect: PostgresDialect,
    reads: Pool,
    /// The same connections as `reads` where the path names one host.
    changes: Pool,
}

type Pool = managed::Pool<Connections>;

/// A connection, for as long as it is lent.
pub(super) type Lent = Object<Connections>;

/// Makes connections.
pub(super) struct Connections {
    config: Config,
    settings: Arc<Settings>,
    tls: Option<MakeRustlsConnect>,
    /// Which hosts are wanted, first choice first.
    targets: &'static [TargetSessionAttrs],
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").finish_non_exhaustive()
    }
}

impl managed::Manager for Connections {
    type Type = Connection;
    type Error = tokio_postgres::Error;

    async fn create(&self) -> Result<Connection, tokio_postgres::Error> {
        let mut outcome = None;
        for target in self.targets {
            let mut config = self.config.clone();
            config.target_session_attrs(*target);
            match self.open(&config).await {
                Ok(connection) => return Ok(connection),
                Err(error) => outcome = Some(error),
            }
        }
        match outcome {
            Some(error) => Err(error),
            None => self.open(&self.config).await,
        }
    }

    async fn recycle(
        &self,
        connection: &mut Connection,
        _metrics: &Metrics,
    ) -> RecycleResult<tokio_postgres::Error> {
        // The client hears of a server that went away at once; nothing is asked, since that would cost a round trip.
        if connection.is_closed() {
            return Err(RecycleError::message("the connection is closed"));
        }
        Ok(())
    }
}

impl Connections {
    /// Boxed: connecting is rare, and its state would be part of every request's.
    fn open<'a>(&'a self, config: &'a Config) -> BoxFuture<'a, Result<Connection, tokio_postgres::Error>> {
        Connection::open(config, self.tls.clone(), &self.settings).boxed()
    }
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
        let pool = |targets| {
            let connections = Connections {
                config: config.clone(),
                settings: Arc::clone(&settings),
                tls: tls.clone(),
                targets,
            };
            managed::Pool::builder(connections)
                .max_size(settings.pool_size)
                .runtime(deadpool::Runtime::Tokio1)
                .build()
                .map_err(|error| Error::internal("a pool cannot be built").with_source(error))
        };
        let (reads, changes) = if settings.has_several_hosts {
            (
                pool(&[TargetSessionAttrs::ReadOnly, TargetSessionAttrs::Any])?,
                pool(&[TargetSessionAttrs::ReadWrite])?,
            )
        } else {
            let only = pool(&[])?;
            (only.clone(), only)
        };
        let dialect = ask_features(source, &reads).await?;
        let pool = Arc::new(Self {
            source: source.clone(),
            settings,
            dialect,
            reads,
            changes,
        });
        tokio::spawn(keep(Arc::downgrade(&pool)));
        Ok(pool)
    }

    /// Lends a connection, waiting for one as long as the settings allow: while the server starts again or has no slot left,
    /// another attempt is made.
    async fn lend(&self, pool: &Pool) -> Result<Lent> {
        let deadline = Instant::now() + self.settings.acquire_timeout;
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match tokio::time::timeout_at(deadline, pool.get()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(PoolError::Backend(error))) if is_passing(&error) => {
                    if Instant::now() + pause >= deadline {
                        return Err(query_error(&self.source, error));
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
                Ok(Err(error)) => error,
                Err(_) => PoolError::Timeout(TimeoutType::Wait),
            };
            return Err(self.lending_error(pool, error));
        }
    }

    fn lending_error(&self, pool: &Pool, error: PoolError<tokio_postgres::Error>) -> Error {
        let source = &self.source;
        let waited = self.settings.acquire_timeout;
        match error {
            PoolError::Backend(error) => query_error(source, error),
            // Either all are lent, or the server does not answer.
            PoolError::Timeout(_) if pool.status().size < self.settings.pool_size => Error::new(
                ErrorCode::SourceUnavailable,
                format!("data source `{source}` did not accept a connection within {waited:?}"),
            ),
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
        for (group, pool) in [("reads", &self.reads), ("changes", &self.changes)] {
            let status = pool.status();
            for (state, count) in [
                ("open", status.size),
                ("idle", status.available),
                ("waiting", status.waiting),
            ] {
                let labels = [
                    ("source", self.source.to_string()),
                    ("group", group.to_owned()),
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
        for pool in [&self.reads, &self.changes] {
            pool.retain(|connection, metrics| !connection.is_closed() && metrics.last_used() < limit);
        }
    }
}

/// Reports on a pool and closes what is idle, until the pool is gone.
async fn keep(pool: std::sync::Weak<PostgresPool>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(5));
    loop {
        ticks.tick().await;
        let Some(pool) = pool.upgrade() else { return };
        pool.close_idle();
        pool.report();
    }
}

#[async_trait]
impl NativeDatabase for PostgresPool {
    fn dialect(&self) -> PostgresDialect {
        self.dialect
    }

    async fn read(&self, terms: &ReadTerms) -> Result<Box<dyn NativeRead>> {
        let pool = if terms.may_change {
            &self.changes
        } else {
            &self.reads
        };
        let connection = self.lend(pool).await?;
        Ok(Box::new(PostgresRead::new(
            self.source.clone(),
            connection,
            terms,
            self.settings.prepared_statements,
        )))
    }
}

fn client_config(source: &SourceName, settings: &Settings) -> Result<Config> {
    // The text may hold a password: neither it nor what the parser says of it is repeated.
    let mut config: Config = settings.client_url.parse().map_err(|_| {
        Error::new(
            ErrorCode::BadRequest,
            format!(
                "data source `{source}`: the path is not valid; expected postgres://user:password@host:port/database"
            ),
        )
    })?;
    if config.get_application_name().is_none() {
        config.application_name("hugr");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if settings.has_several_hosts {
        config.load_balance_hosts(LoadBalanceHosts::Random);
    }
    config.ssl_mode(match settings.tls.mode {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
    });
    Ok(config)
}

async fn ask_features(source: &SourceName, pool: &Pool) -> Result<PostgresDialect> {
    let connection = pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => Error::new(
            ErrorCode::SourceUnavailable,
            query_error(source, error).to_string(),
        ),
        other => Error::internal("a new pool gives no connection").with_source(other),
    })?;
    let row = connection
        .client
        .query_one(FEATURES, &[])
        .await
        .map_err(|error| query_error(source, error))?;
    let unexpected = |error| Error::internal("the answer on the server's features is odd").with_source(error);
    let version: i32 = row.try_get(0).map_err(unexpected)?;
    let extensions: Vec<String> = row.try_get(1).map_err(unexpected)?;
    let version = u16::try_from(version).unwrap_or(0);
    if version < MIN_VERSION {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("data source `{source}` is PostgreSQL {version}; {MIN_VERSION} or later is needed"),
        ));
    }
    let has = |name: &str| extensions.iter().any(|extension| extension == name);
    Ok(PostgresDialect {
        version,
        extensions: PostgresExtensions {
            postgis: has("postgis"),
            vector: has("vector"),
            timescale: has("timescaledb"),
        },
    })
}
