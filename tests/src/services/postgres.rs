//! PostgreSQL.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use tokio::sync::{OnceCell, oneshot};

use super::container::{self, Image};
use super::guard::{Guard, Service};
use super::{ServiceError, binary, environment, port};

pub(super) const NAME: &str = "PostgreSQL";
/// User that the server runs as, and its first role.
pub(super) const USER: &str = "postgres";
/// A server that someone else runs: the URL of any of its databases, with the right to create others.
const URL_VARIABLE: &str = "HUGR_TEST_POSTGRES_URL";
const ATTEMPTS: usize = 3;

/// `$1` is the folder of the binaries, `$2` the port. What is lost in a crash does not matter here.
const FUNCTIONS: &str = r#"
start() {
    "$1/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync
    "$1/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start -o "-p $2 -k $folder \
        -c listen_addresses=127.0.0.1 -c timezone=UTC -c max_connections=200 \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
}
stop() {
    "$1/pg_ctl" -D "$folder/data" -m immediate stop
}
"#;

const IMAGE: Image = Image {
    name: "postgres",
    tag: "15-alpine",
    port: 5432,
    ready_message: "listening on IPv4 address \"0.0.0.0\"",
    environment: &[
        ("POSTGRES_HOST_AUTH_METHOD", "trust"),
        ("POSTGRES_INITDB_ARGS", "--locale=C --encoding=UTF8 --no-sync"),
    ],
    command: &[
        "postgres",
        "-c",
        "timezone=UTC",
        "-c",
        "max_connections=200",
        "-c",
        "fsync=off",
    ],
};

static SERVER: OnceCell<Result<Server, ServiceError>> = OnceCell::const_new();

#[derive(Debug)]
pub(super) struct Server {
    handle: Postgres,
    /// `None` for a server that someone else runs.
    _guard: Option<Guard>,
}

impl Server {
    pub(super) fn handle(&self) -> Postgres {
        self.handle.clone()
    }
}

/// A PostgreSQL server that all tests of the process share; each test creates its own database.
#[derive(Clone, Debug)]
pub struct Postgres {
    url: String,
}

/// Returns the server, started when this is the first call.
///
/// # Errors
/// When there is none and none can be started.
pub async fn postgres() -> Result<Postgres, ServiceError> {
    match SERVER.get_or_init(find_or_start).await {
        Ok(server) => Ok(server.handle()),
        Err(error) => Err(error.clone()),
    }
}

impl Postgres {
    /// Creates an empty database (UTF-8, collation C) with a name of its own and returns its URL.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create_database(&self) -> Result<String, ServiceError> {
        let name = format!("hugr_test_{}", uuid::Uuid::new_v4().simple());
        // The name is ours and needs no quotes.
        let sql =
            format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
        let mut connection = PgConnection::connect(&self.url)
            .await
            .map_err(|error| failed(&error))?;
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .map_err(|error| failed(&error))?;
        connection.close().await.map_err(|error| failed(&error))?;
        Ok(with_database(&self.url, &name))
    }
}

async fn find_or_start() -> Result<Server, ServiceError> {
    if let Some(url) = environment::url(URL_VARIABLE) {
        let handle = Postgres { url };
        return Ok(Server { handle, _guard: None });
    }
    let mut tried = vec![format!("{URL_VARIABLE} is not set")];
    match start_local().await {
        Ok(server) => return Ok(server),
        Err(reason) => tried.push(format!("local binary: {reason}")),
    }
    match start_container().await {
        Ok(server) => return Ok(server),
        Err(reason) => tried.push(format!("container: {reason}")),
    }
    Err(ServiceError::Missing { service: NAME, tried })
}

async fn start_local() -> Result<Server, String> {
    let folder = folder_of_binaries()?;
    let (sender, receiver) = oneshot::channel();
    // Starting blocks for seconds: a thread of its own keeps the test's runtime going.
    std::thread::spawn(move || sender.send(start_on_a_free_port(&folder)));
    receiver.await.map_err(|_| "the starting thread died")?
}

/// Returns where the programs of the newest installed version are.
pub(super) fn folder_of_binaries() -> Result<PathBuf, String> {
    let installed = binary::versioned_folders(Path::new("/usr/lib/postgresql"), "bin");
    binary::folder_of("initdb", installed).ok_or_else(|| "no `initdb` is installed".to_owned())
}

pub(super) fn start_on_a_free_port(folder: &Path) -> Result<Server, String> {
    let mut failure = String::new();
    for _ in 0..ATTEMPTS {
        let port = port::free().map_err(|error| error.to_string())?;
        let service = Service {
            functions: FUNCTIONS,
            arguments: vec![folder.display().to_string(), port.to_string()],
            instead_of_root: Some(USER),
        };
        match Guard::start(&service) {
            Ok(guard) => {
                let url = format!("postgres://{USER}@127.0.0.1:{port}/postgres");
                return Ok(Server {
                    handle: Postgres { url },
                    _guard: Some(guard),
                });
            }
            Err(reason) => failure = reason,
        }
    }
    Err(failure)
}

async fn start_container() -> Result<Server, String> {
    let container = container::start(&IMAGE).await?;
    let url = format!(
        "postgres://postgres@{}:{}/postgres",
        container.host, container.port
    );
    Ok(Server {
        handle: Postgres { url },
        _guard: Some(container.guard),
    })
}

/// Returns `url` with its database replaced.
fn with_database(url: &str, database: &str) -> String {
    let (before_query, query) = match url.split_once('?') {
        Some((before, query)) => (before, format!("?{query}")),
        None => (url, String::new()),
    };
    let authority_start = before_query.find("://").map_or(0, |scheme_end| scheme_end + 3);
    let server_end = before_query
        .get(authority_start..)
        .and_then(|rest| rest.find('/'))
        .map_or(before_query.len(), |slash| authority_start + slash);
    let server = before_query.get(..server_end).unwrap_or(before_query);
    format!("{server}/{database}{query}")
}

fn failed(error: &sqlx::Error) -> ServiceError {
    ServiceError::Failed {
        service: NAME,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced() {
        for (url, expected) in [
            ("postgres://u:p@h:5432/old", "postgres://u:p@h:5432/new"),
            ("postgres://u@h", "postgres://u@h/new"),
            (
                "postgresql://u@h/?host=/run/pg",
                "postgresql://u@h/new?host=/run/pg",
            ),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
