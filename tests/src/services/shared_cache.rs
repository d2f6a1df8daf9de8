//! Redis and memcached. A test of a cache needs an empty server of its own.

use tokio::sync::oneshot;

use super::container::{self, Image};
use super::guard::{Guard, Service};
use super::{ServiceError, binary, port};

/// Password of every Redis server.
pub const REDIS_PASSWORD: &str = "redis-password-of-the-test";

const ATTEMPTS: usize = 3;

/// `$1` is the folder of the binary, `$2` the port, `$3` the password.
const REDIS_FUNCTIONS: &str = r#"
start() {
    "$1/redis-server" --bind 127.0.0.1 --port "$2" --requirepass "$3" --save '' --appendonly no --daemonize yes \
        --dir "$folder" --pidfile "$folder/pid" --logfile "$folder/server.log"
    for attempt in $(seq 300); do
        if grep -q 'eady to accept connections' "$folder/server.log"; then return 0; fi
        if grep -q 'Failed listening' "$folder/server.log"; then return 1; fi
        sleep 0.1
    done
    return 1
}
stop() { kill "$(cat "$folder/pid")"; }
"#;

/// Answers of more than a megabyte fit, as in Redis.
const MEMCACHED_FUNCTIONS: &str = r#"
start() {
    user=
    if [ "$(id -u)" = 0 ]; then user='-u nobody'; fi
    "$1/memcached" -l 127.0.0.1 -p "$2" -U 0 -m 64 -I 8m $user &
    echo $! >"$folder/pid"
    for attempt in $(seq 300); do
        if python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$2"; then
            kill -0 "$(cat "$folder/pid")"
            return 0
        fi
        kill -0 "$(cat "$folder/pid")"
        sleep 0.1
    done
    return 1
}
stop() { kill "$(cat "$folder/pid")"; }
"#;

const REDIS: Kind = Kind {
    name: "Redis",
    program: "redis-server",
    functions: REDIS_FUNCTIONS,
    image: Image {
        name: "redis",
        tag: "7-alpine",
        port: 6379,
        ready_message: "Ready to accept connections",
        environment: &[],
        command: &["redis-server", "--requirepass", REDIS_PASSWORD],
    },
};

const MEMCACHED: Kind = Kind {
    name: "memcached",
    program: "memcached",
    functions: MEMCACHED_FUNCTIONS,
    image: Image {
        name: "memcached",
        tag: "1.6-alpine",
        port: 11211,
        ready_message: "server listening",
        environment: &[],
        command: &["memcached", "-vv", "-I", "8m"],
    },
};

struct Kind {
    name: &'static str,
    program: &'static str,
    functions: &'static str,
    image: Image,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct CacheServer {
    address: String,
    _guard: Guard,
}

impl CacheServer {
    /// Starts a Redis server that wants [`REDIS_PASSWORD`].
    ///
    /// # Errors
    /// When none can be started.
    pub async fn redis() -> Result<Self, ServiceError> {
        Self::start(&REDIS).await
    }

    /// Starts a memcached server.
    ///
    /// # Errors
    /// When none can be started.
    pub async fn memcached() -> Result<Self, ServiceError> {
        Self::start(&MEMCACHED).await
    }

    /// Returns its address, `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    async fn start(kind: &Kind) -> Result<Self, ServiceError> {
        let mut tried = Vec::new();
        match start_local(kind).await {
            Ok(server) => return Ok(server),
            Err(reason) => tried.push(format!("local binary: {reason}")),
        }
        match container::start(&kind.image).await {
            Ok(container) => {
                return Ok(Self {
                    address: format!("{}:{}", container.host, container.port),
                    _guard: container.guard,
                });
            }
            Err(reason) => tried.push(format!("container: {reason}")),
        }
        Err(ServiceError::Missing {
            service: kind.name,
            tried,
        })
    }
}

async fn start_local(kind: &Kind) -> Result<CacheServer, String> {
    let folder = binary::folder_of(kind.program, [])
        .ok_or_else(|| format!("no `{}` is installed", kind.program))?
        .display()
        .to_string();
    let functions = kind.functions;
    let (sender, receiver) = oneshot::channel();
    // Starting blocks: a thread of its own keeps the test's runtime going.
    std::thread::spawn(move || sender.send(start_on_a_free_port(functions, &folder)));
    receiver.await.map_err(|_| "the starting thread died")?
}

fn start_on_a_free_port(functions: &'static str, folder: &str) -> Result<CacheServer, String> {
    let mut failure = String::new();
    for _ in 0..ATTEMPTS {
        let port = port::free().map_err(|error| error.to_string())?;
        let service = Service {
            functions,
            arguments: vec![folder.to_owned(), port.to_string(), REDIS_PASSWORD.to_owned()],
            instead_of_root: None,
        };
        match Guard::start(&service) {
            Ok(guard) => {
                return Ok(CacheServer {
                    address: format!("127.0.0.1:{port}"),
                    _guard: guard,
                });
            }
            Err(reason) => failure = reason,
        }
    }
    Err(failure)
}
