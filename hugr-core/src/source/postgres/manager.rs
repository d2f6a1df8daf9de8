//! How connections to one host are made and kept.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, RecycleError, RecycleResult};
use futures::future::{BoxFuture, FutureExt};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::Connection;
use super::settings::{Settings, TlsMode};
use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;

/// How long a host may take to accept a connection, unless the path says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Connections to one host.
pub(super) type Pool = managed::Pool<Connections>;

/// A connection, for as long as it is lent.
pub(super) type Lent = Object<Connections>;

/// Makes connections to one host.
pub(super) struct Connections {
    config: Config,
    settings: Arc<Settings>,
    tls: Option<MakeRustlsConnect>,
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
        self.open().await
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
    /// Returns what connects as `config` says.
    pub(super) fn new(config: Config, settings: &Arc<Settings>, tls: Option<MakeRustlsConnect>) -> Self {
        Self {
            config,
            settings: Arc::clone(settings),
            tls,
        }
    }

    /// Returns a pool of them.
    ///
    /// # Errors
    /// None that is known.
    pub(super) fn into_pool(self) -> Result<Pool> {
        let connect_timeout = self.config.get_connect_timeout().copied();
        let pool_size = self.settings.pool_size;
        managed::Pool::builder(self)
            .max_size(pool_size)
            // The client's own time-out ends with the socket's connection: a server may be silent after that.
            .create_timeout(connect_timeout)
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::internal("a pool cannot be built").with_source(error))
    }

    /// Connects. Boxed: connecting is rare, and its state would be part of every request's.
    pub(super) fn open(&self) -> BoxFuture<'_, Result<Connection, tokio_postgres::Error>> {
        Connection::open(&self.config, self.tls.clone(), &self.settings).boxed()
    }
}

/// Returns what the client is told about the source.
///
/// # Errors
/// `BAD_REQUEST` when the path is not valid.
pub(super) fn client_config(source: &SourceName, settings: &Settings) -> Result<Config> {
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
    config.ssl_mode(match settings.tls.mode {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
    });
    Ok(config)
}
