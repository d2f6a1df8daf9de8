//! memcached 1.6 or newer, by its meta commands over TCP.
//!
//! ```text
//! mg KEY v t                 ->  VA 5 t59 | hello      or  EN
//! ms KEY 5 T60 | hello       ->  HD                    or  NS
//! md KEY                     ->  HD                    or  NF
//! ```

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::server::{Found, KeyValueServer, ServerError};

/// Port where an address names none.
const DEFAULT_PORT: &str = ":11211";
/// Most connections to one server that are kept while idle.
const MAX_IDLE: usize = 16;
/// Longest line that is read.
const MAX_LINE_BYTES: u64 = 4096;
/// Ends every line and every value.
const LINE_END: &[u8] = b"\r\n";

/// One memcached server, or several that share the keys.
#[derive(Debug)]
pub struct MemcachedServer {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    address: String,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
}

/// The answer to one command.
#[derive(Debug)]
struct Reply {
    /// What the first word says.
    code: String,
    /// The words after it, without the size of the value.
    flags: Vec<String>,
    value: Option<Bytes>,
}

impl MemcachedServer {
    /// Returns the servers at `addresses`, `host` or `host:port`. Connects with the first operation.
    ///
    /// # Errors
    /// When there is no address.
    pub fn new(addresses: &[String]) -> Result<Self, ServerError> {
        if addresses.is_empty() {
            return Err("memcached has no address".into());
        }
        let node = |address: &String| Node {
            address: match address.contains(':') {
                true => address.clone(),
                false => format!("{address}{DEFAULT_PORT}"),
            },
            idle: Mutex::default(),
        };
        Ok(Self {
            nodes: addresses.iter().map(node).collect(),
        })
    }

    /// Returns the number of the server that has `key`, the same in every process.
    fn place_of(&self, key: &str) -> usize {
        // FNV-1a.
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let count = self.nodes.len().max(1) as u64;
        usize::try_from(hash % count).unwrap_or_default()
    }

    /// Sends `commands` to the server numbered `place` and returns their answers in order.
    async fn run(&self, place: usize, commands: &[u8], count: usize) -> Result<Vec<Reply>, ServerError> {
        let node = self.nodes.get(place).ok_or("there is no such server")?;
        let idle = node.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(&node.address).await?),
        };
        connection.write_all(commands).await?;
        let mut replies = Vec::with_capacity(count);
        for _ in 0..count {
            replies.push(read_reply(&mut connection).await?);
        }
        // One that failed halfway is dropped: what comes next on it would answer something else.
        let mut idle = node.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
        Ok(replies)
    }

    async fn run_one(&self, key: &str, command: &[u8]) -> Result<Reply, ServerError> {
        let mut replies = self.run(self.place_of(key), command, 1).await?;
        replies.pop().ok_or_else(|| "no answer".into())
    }

    async fn store(&self, key: &str, value: &Bytes, ttl: Duration, mode: &str) -> Result<(), ServerError> {
        // A part of a second would be too long.
        let seconds = ttl.as_secs();
        if seconds == 0 {
            return self.delete(&[key.to_owned()]).await;
        }
        let mut command = format!("ms {key} {} T{seconds}{mode}\r\n", value.len()).into_bytes();
        command.extend_from_slice(value);
        command.extend_from_slice(LINE_END);
        self.run_one(key, &command).await?.expect(&["HD", "NS"])
    }
}

impl Reply {
    fn expect(&self, codes: &[&str]) -> Result<(), ServerError> {
        if codes.contains(&self.code.as_str()) {
            return Ok(());
        }
        Err(format!("{} {}", self.code, self.flags.join(" ")).into())
    }

    fn into_value(self) -> Result<Option<Bytes>, ServerError> {
        self.expect(&["VA", "EN"])?;
        Ok(self.value)
    }

    /// Returns the number behind the flag `name`; `None` when it is not there or negative, which means without end.
    fn number(&self, name: char) -> Option<u64> {
        let mut numbers = self.flags.iter().filter_map(|flag| flag.strip_prefix(name));
        numbers.next()?.parse().ok()
    }
}

async fn read_reply(connection: &mut BufReader<TcpStream>) -> Result<Reply, ServerError> {
    let mut line = String::new();
    let mut limited = (&mut *connection).take(MAX_LINE_BYTES);
    limited.read_line(&mut line).await?;
    if !line.ends_with('\n') {
        return Err("the connection ended".into());
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let code = words.next().unwrap_or_default();
    if code != "VA" {
        let flags = words.collect();
        return Ok(Reply {
            code,
            flags,
            value: None,
        });
    }
    let size: usize = words.next().unwrap_or_default().parse()?;
    let mut value = Vec::new();
    let with_end = size as u64 + LINE_END.len() as u64;
    (&mut *connection).take(with_end).read_to_end(&mut value).await?;
    if value.len() != size + LINE_END.len() {
        return Err("the connection ended".into());
    }
    value.truncate(size);
    Ok(Reply {
        code,
        flags: words.collect(),
        value: Some(value.into()),
    })
}

#[async_trait]
impl KeyValueServer for MemcachedServer {
    fn describe(&self) -> String {
        let addresses: Vec<_> = self.nodes.iter().map(|node| node.address.as_str()).collect();
        format!("memcached, {}", addresses.join(", "))
    }

    async fn get(&self, key: &str) -> Result<Option<Found>, ServerError> {
        let reply = self.run_one(key, format!("mg {key} v t\r\n").as_bytes()).await?;
        let time_left = reply.number('t').map(Duration::from_secs);
        Ok(reply.into_value()?.map(|value| Found { value, time_left }))
    }

    async fn get_all(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, ServerError> {
        let mut values = vec![None; keys.len()];
        for place in 0..self.nodes.len() {
            let own = keys
                .iter()
                .enumerate()
                .filter(|(_, key)| self.place_of(key) == place);
            let (numbers, own): (Vec<_>, Vec<_>) = own.unzip();
            if own.is_empty() {
                continue;
            }
            let commands: String = own.iter().map(|key| format!("mg {key} v\r\n")).collect();
            let replies = self.run(place, commands.as_bytes(), own.len()).await?;
            for (number, reply) in numbers.into_iter().zip(replies) {
                if let Some(value) = values.get_mut(number) {
                    *value = reply.into_value()?;
                }
            }
        }
        Ok(values)
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), ServerError> {
        self.store(key, &value, ttl, "").await
    }

    async fn add(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), ServerError> {
        self.store(key, &value, ttl, " ME").await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ServerError> {
        for key in keys {
            let reply = self.run_one(key, format!("md {key}\r\n").as_bytes()).await?;
            reply.expect(&["HD", "NF"])?;
        }
        Ok(())
    }
}
