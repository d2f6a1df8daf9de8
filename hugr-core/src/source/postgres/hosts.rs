//! The hosts of a source: which of them accepts changes, and which may answer reads.
//!
//! A source with one host asks nothing of it. Of several, each is asked once a second what it is and how far behind; one that
//! does not answer, or is too far behind, gets no queries until it says otherwise.

use std::fmt::Display;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host as Address, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::Connection;
use super::features::query_one;
use super::manager::{Connections, Pool};
use super::password::PasswordFile;
use super::settings::Settings;
use crate::error::{Error, ErrorCode, Result};
use crate::name::SourceName;

/// Whether a host is a standby, and how many seconds it is behind: not at all when it has replayed all that it was sent and
/// is still sent more. One that has replayed nothing yet cannot tell.
const STATE: &str = "SELECT pg_is_in_recovery(), CASE \
    WHEN NOT pg_is_in_recovery() THEN 0 \
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() \
        AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0 \
    ELSE COALESCE(EXTRACT(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) \
    END::float8";
const DEFAULT_PORT: u16 = 5432;
/// How long a host may take to tell.
const PATIENCE: Duration = Duration::from_secs(2);

/// The hosts of a source.
#[derive(Debug)]
pub(super) struct Hosts {
    members: Vec<Host>,
    settings: Arc<Settings>,
    /// Whether reads go to the primary, because the path says so.
    reads_primary: bool,
    /// Counts reads, so that replicas take turns.
    turn: AtomicUsize,
}

/// One host.
#[derive(Debug)]
pub(super) struct Host {
    name: String,
    pool: Pool,
    seen: Mutex<Seen>,
    /// The connection on which it is asked; taken while it is.
    asked_on: tokio::sync::Mutex<Option<Connection>>,
}

/// What a host said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// Nothing, or not in time.
    Away,
    Primary,
    Replica,
    /// A replica that seemed too far behind once: one that had nothing to do for long seems so while it replays the first
    /// transaction.
    Suspect,
    Lagging,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Change,
}

impl Host {
    /// Returns its address.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the connections to it.
    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Notes that it does not answer.
    pub(super) fn set_away(&self) {
        *self.seen() = Seen::Away;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, max_lag: Option<Duration>) {
        // Whoever asks already asks for all.
        let Ok(mut asked_on) = self.asked_on.try_lock() else {
            return;
        };
        let told = match timeout(PATIENCE, told(&self.pool, asked_on.take())).await {
            Ok(Ok((connection, is_standby, lag))) => {
                *asked_on = Some(connection);
                Some((is_standby, lag))
            }
            Ok(Err(error)) => {
                tracing::debug!(host = %self.name, %error, "a host of a source does not answer");
                None
            }
            Err(_) => None,
        };
        let mut seen = self.seen();
        let lags = |lag: f64| max_lag.is_some_and(|most| lag > most.as_secs_f64());
        let now = match told {
            None => Seen::Away,
            Some((false, _)) => Seen::Primary,
            Some((true, lag)) if !lags(lag) => Seen::Replica,
            Some((true, _)) if *seen == Seen::Replica => Seen::Suspect,
            Some((true, _)) => Seen::Lagging,
        };
        if *seen != now {
            tracing::info!(host = %self.name, before = ?*seen, ?now, "a host of a source has changed");
            *seen = now;
        }
    }
}

/// Asks a host what it is, on `connection` or a new one.
async fn told(
    pool: &Pool,
    connection: Option<Connection>,
) -> Result<(Connection, bool, f64), tokio_postgres::Error> {
    let connection = match connection.filter(|connection| !connection.is_closed()) {
        Some(connection) => connection,
        None => pool.manager().open().await?,
    };
    match query_one(&connection, STATE).await? {
        Some(row) => Ok((connection, row.try_get(0)?, row.try_get(1)?)),
        None => Ok((connection, false, 0.0)),
    }
}

impl Hosts {
    /// Returns the hosts that `config` names, none of which is asked yet.
    ///
    /// # Errors
    /// `INTERNAL` when a pool cannot be made.
    pub(super) fn new(
        config: &Config,
        settings: &Arc<Settings>,
        (tls, passwords): (Option<&MakeRustlsConnect>, &PasswordFile),
    ) -> Result<Self> {
        let mut members = Vec::new();
        for (name, mut config) in one_by_one(config) {
            if config.get_password().is_none()
                && let Some(password) = password_of(&config, passwords)
            {
                config.password(password);
            }
            let connections = Connections::new(config, settings, tls.cloned());
            members.push(Host {
                name,
                pool: connections.into_pool()?,
                seen: Mutex::new(Seen::Away),
                asked_on: tokio::sync::Mutex::default(),
            });
        }
        Ok(Self {
            members,
            settings: Arc::clone(settings),
            reads_primary: config.get_target_session_attrs() == TargetSessionAttrs::ReadWrite,
            turn: AtomicUsize::new(0),
        })
    }

    /// Returns all hosts.
    pub(super) fn all(&self) -> &[Host] {
        &self.members
    }

    /// Returns the host of a source that has one.
    pub(super) fn only(&self) -> Option<&Host> {
        match self.members.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Asks all hosts what they are.
    pub(super) async fn ask(&self) {
        let max_lag = self.settings.max_replica_lag;
        join_all(self.members.iter().map(|host| host.ask(max_lag))).await;
    }

    /// Returns the hosts that serve `purpose`, first choice first.
    pub(super) fn serving(&self, purpose: Purpose) -> Vec<&Host> {
        let mut replicas = Vec::new();
        let mut primaries = Vec::new();
        for host in &self.members {
            match *host.seen() {
                Seen::Primary => primaries.push(host),
                Seen::Replica | Seen::Suspect => replicas.push(host),
                Seen::Away | Seen::Lagging => {}
            }
        }
        if purpose == Purpose::Change || self.reads_primary {
            return primaries;
        }
        if !replicas.is_empty() {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % replicas.len();
            replicas.rotate_left(turn);
        }
        replicas.append(&mut primaries);
        replicas
    }

    /// Returns the error when no host serves `purpose`.
    pub(super) fn none(&self, source: &SourceName, purpose: Purpose) -> Error {
        let lagging = self
            .members
            .iter()
            .filter(|host| *host.seen() == Seen::Lagging)
            .count();
        let message = match purpose {
            Purpose::Change => format!("data source `{source}`: no host accepts changes"),
            Purpose::Read if lagging > 0 => format!(
                "data source `{source}`: {lagging} of {} hosts are further behind than `max_replica_lag`, and the others \
                 do not answer",
                self.members.len()
            ),
            Purpose::Read => format!("data source `{source}`: no host answers"),
        };
        Error::new(ErrorCode::SourceUnavailable, message)
    }
}

/// Returns a configuration for each host of `config`, with the host's address.
fn one_by_one(config: &Config) -> Vec<(String, Config)> {
    let count = config.get_hosts().len().max(config.get_hostaddrs().len());
    let port = |index: usize| {
        let ports = config.get_ports();
        ports
            .get(index)
            .or_else(|| ports.first())
            .copied()
            .unwrap_or(DEFAULT_PORT)
    };
    let one = |index: usize| {
        let mut one = without_hosts(config);
        one.port(port(index));
        let host = config.get_hosts().get(index);
        match host {
            Some(Address::Tcp(host)) => one.host(host),
            #[cfg(unix)]
            Some(Address::Unix(folder)) => one.host_path(folder),
            None => &mut one,
        };
        let address = config.get_hostaddrs().get(index);
        if let Some(address) = address {
            one.hostaddr(*address);
        }
        let shown: &dyn Display = match (host, address) {
            (Some(Address::Tcp(host)), _) => host,
            #[cfg(unix)]
            (Some(Address::Unix(folder)), _) => &folder.display(),
            (None, Some(address)) => address,
            (None, None) => &"",
        };
        (format!("{shown}:{}", port(index)), one)
    };
    (0..count).map(one).collect()
}

fn password_of<'a>(config: &Config, passwords: &'a PasswordFile) -> Option<&'a str> {
    let host = match config.get_hosts().first() {
        Some(Address::Tcp(host)) => host.as_str(),
        _ => "localhost",
    };
    let port = config
        .get_ports()
        .first()
        .copied()
        .unwrap_or(DEFAULT_PORT)
        .to_string();
    let user = config.get_user().unwrap_or_default();
    passwords.find([host, &port, config.get_dbname().unwrap_or(user), user])
}

/// Returns a copy of what `config` says about other things than hosts.
fn without_hosts(config: &Config) -> Config {
    let mut copy = Config::new();
    config.get_user().map(|user| copy.user(user));
    config.get_password().map(|password| copy.password(password));
    config.get_dbname().map(|name| copy.dbname(name));
    config.get_options().map(|options| copy.options(options));
    config
        .get_application_name()
        .map(|name| copy.application_name(name));
    config
        .get_tcp_user_timeout()
        .map(|time| copy.tcp_user_timeout(*time));
    config
        .get_keepalives_interval()
        .map(|time| copy.keepalives_interval(time));
    config
        .get_keepalives_retries()
        .map(|count| copy.keepalives_retries(count));
    config
        .get_connect_timeout()
        .map(|time| copy.connect_timeout(*time));
    copy.keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .channel_binding(config.get_channel_binding());
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_port() {
        for (url, expected) in [
            ("postgres://u:p@a/d", vec!["a:5432"]),
            ("postgres://u:p@a,b:5433/d", vec!["a:5432", "b:5433"]),
            ("postgres://u@/d?host=a&port=6000", vec!["a:6000"]),
        ] {
            let config: Config = url.parse().unwrap();
            let hosts = one_by_one(&config);
            let names: Vec<_> = hosts.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, expected, "{url}");
            for (_, one) in hosts {
                assert_eq!(one.get_hosts().len(), 1, "{url}");
                assert_eq!(one.get_user(), Some("u"), "{url}");
                assert_eq!(one.get_dbname(), Some("d"), "{url}");
            }
        }
    }
}
