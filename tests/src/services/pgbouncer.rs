//! pgbouncer in transaction mode: each transaction may get another session of the server.

use tokio::sync::oneshot;

use super::guard::{Guard, Service};
use super::postgres::USER;
use super::{ServiceError, port};

const NAME: &str = "pgbouncer";
const ATTEMPTS: usize = 3;

/// `$1` is the port, `$2` the server's port.
const FUNCTIONS: &str = r#"
PATH=$PATH:/usr/sbin
start() {
    cat >"$folder/pgbouncer.ini" <<END
[databases]
* = host=127.0.0.1 port=$2 user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $1
unix_socket_dir =
auth_type = any
pool_mode = transaction
ignore_startup_parameters = extra_float_digits
default_pool_size = 3
pidfile = $folder/pid
logfile = $folder/pgbouncer.log
END
    pgbouncer -d "$folder/pgbouncer.ini"
    for attempt in $(seq 100); do
        if (psql "postgres://postgres@127.0.0.1:$1/postgres" -c 'SELECT 1'); then return 0; fi
        sleep 0.1
    done
    cat "$folder/pgbouncer.log"
    return 1
}
stop() {
    kill "$(cat "$folder/pid")"
}
"#;

/// A running pgbouncer; dropping it stops it.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    _guard: Guard,
}

impl PgBouncer {
    /// Starts one before the server that listens on `server_port` of this machine.
    ///
    /// # Errors
    /// When it is not installed, or does not start.
    pub async fn start(server_port: u16) -> Result<Self, ServiceError> {
        let (sender, receiver) = oneshot::channel();
        // Starting blocks: a thread of its own keeps the test's runtime going.
        std::thread::spawn(move || sender.send(start_on_a_free_port(server_port)));
        let started = receiver.await.map_err(|_| failed("the starting thread died"))?;
        started.map_err(|reason| failed(&reason))
    }

    /// Returns the URL of a database through it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }
}

fn start_on_a_free_port(server_port: u16) -> Result<PgBouncer, String> {
    let mut failure = String::new();
    for _ in 0..ATTEMPTS {
        let port = port::free().map_err(|error| error.to_string())?;
        let service = Service {
            functions: FUNCTIONS,
            arguments: vec![port.to_string(), server_port.to_string()],
            instead_of_root: Some(USER),
        };
        match Guard::start(&service) {
            Ok(guard) => return Ok(PgBouncer { port, _guard: guard }),
            Err(reason) => failure = reason,
        }
    }
    Err(failure)
}

fn failed(reason: &str) -> ServiceError {
    ServiceError::Failed {
        service: NAME,
        reason: reason.to_owned(),
    }
}
