//! Redis, alone or as a cluster.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, ConnectionAddr, ConnectionInfo, FromRedisValue, IntoConnectionInfo as _, Pipeline,
    RedisConnectionInfo, RedisError,
};
use tokio::sync::OnceCell;

use super::server::{Found, KeyValueServer, ServerError};

/// Port where an address names none.
const DEFAULT_PORT: u16 = 6379;
/// How long making a connection, and one answer, may take.
const TIMEOUT: Duration = Duration::from_millis(400);

/// Where Redis is, and how to log in.
#[derive(Clone, Default)]
pub struct RedisOptions {
    /// Addresses, `host` or `host:port`; several are nodes of one cluster.
    pub addresses: Vec<String>,
    /// Number of the database; a cluster has only 0.
    pub database: u32,
    /// User; the server's default user without it.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<String>,
}

/// Leaves the password out.
impl std::fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisOptions")
            .field("addresses", &self.addresses)
            .field("database", &self.database)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// A Redis server, or a cluster of them. Connects with the first operation, and again after failures.
pub struct RedisServer {
    description: String,
    connection: Connection,
}

enum Connection {
    One(ConnectionManager),
    Cluster(Box<ClusterClient>, OnceCell<ClusterConnection>),
}

impl std::fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RedisServer").field(&self.description).finish()
    }
}

impl RedisServer {
    /// Returns the server that `options` name. Must be called in a Tokio runtime.
    ///
    /// # Errors
    /// When there is no address, one cannot be read, or a cluster is asked for another database than 0.
    pub fn new(options: &RedisOptions) -> Result<Self, ServerError> {
        let nodes: Vec<ConnectionInfo> = options
            .addresses
            .iter()
            .map(|address| connection_info(address, options))
            .collect::<Result<_, ServerError>>()?;
        let description = format!("redis, {}", options.addresses.join(", "));
        let connection = match nodes.as_slice() {
            [] => return Err("Redis has no address".into()),
            [one] => Connection::One(one_server(one.clone())?),
            _ if options.database != 0 => return Err("a Redis cluster has no database but 0".into()),
            _ => Connection::Cluster(Box::new(cluster(nodes)?), OnceCell::new()),
        };
        Ok(Self {
            description,
            connection,
        })
    }

    /// Runs the commands of `pipe`, whose keys lie on one node.
    async fn run<T: FromRedisValue + Send>(&self, pipe: &Pipeline) -> Result<T, ServerError> {
        let answer = match &self.connection {
            Connection::One(connection) => pipe.query_async(&mut connection.clone()).await,
            Connection::Cluster(client, connection) => {
                let connection = connection
                    .get_or_try_init(|| client.get_async_connection())
                    .await?;
                pipe.query_async(&mut connection.clone()).await
            }
        };
        answer.map_err(|error: RedisError| error.into())
    }
}

fn one_server(info: ConnectionInfo) -> Result<ConnectionManager, ServerError> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT))
        .set_number_of_retries(1);
    Ok(ConnectionManager::new_lazy_with_config(
        Client::open(info)?,
        config,
    )?)
}

fn cluster(nodes: Vec<ConnectionInfo>) -> Result<ClusterClient, ServerError> {
    let client = ClusterClient::builder(nodes)
        .connection_timeout(TIMEOUT)
        .response_timeout(TIMEOUT)
        .retries(2)
        .build()?;
    Ok(client)
}

fn connection_info(address: &str, options: &RedisOptions) -> Result<ConnectionInfo, ServerError> {
    let invalid = || format!("`{address}` is no address of Redis; write host:port");
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| invalid())?),
        None => (address, DEFAULT_PORT),
    };
    if host.is_empty() || host.contains('/') {
        return Err(invalid().into());
    }
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let mut redis = RedisConnectionInfo::default().set_db(options.database.into());
    if let Some(username) = &options.username {
        redis = redis.set_username(username);
    }
    if let Some(password) = &options.password {
        redis = redis.set_password(password);
    }
    let info = ConnectionAddr::Tcp(host, port).into_connection_info()?;
    Ok(info.set_redis_settings(redis))
}

fn milliseconds(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[async_trait]
impl KeyValueServer for RedisServer {
    fn describe(&self) -> String {
        self.description.clone()
    }

    async fn get(&self, key: &str) -> Result<Option<Found>, ServerError> {
        let mut pipe = redis::pipe();
        pipe.cmd("GET").arg(key).cmd("PTTL").arg(key);
        let (value, time_left): (Option<Vec<u8>>, i64) = self.run(&pipe).await?;
        Ok(value.map(|value| Found {
            value: value.into(),
            time_left: u64::try_from(time_left).ok().map(Duration::from_millis),
        }))
    }

    async fn get_all(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, ServerError> {
        let mut pipe = redis::pipe();
        pipe.cmd("MGET").arg(keys);
        let (values,): (Vec<Option<Vec<u8>>>,) = self.run(&pipe).await?;
        Ok(values.into_iter().map(|value| value.map(Bytes::from)).collect())
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), ServerError> {
        let mut pipe = redis::pipe();
        let command = pipe.cmd("SET").arg(key).arg(value.as_ref());
        command.arg("PX").arg(milliseconds(ttl)).ignore();
        self.run(&pipe).await
    }

    async fn add(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), ServerError> {
        let mut pipe = redis::pipe();
        let command = pipe.cmd("SET").arg(key).arg(value.as_ref());
        command.arg("PX").arg(milliseconds(ttl)).arg("NX").ignore();
        self.run(&pipe).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ServerError> {
        let mut pipe = redis::pipe();
        pipe.cmd("DEL").arg(keys).ignore();
        self.run(&pipe).await
    }
}
