//! PostgreSQL servers of every supported version, which `make setup` puts into the cache.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::sync::{OnceCell, oneshot};

use super::ServiceError;
use super::guard::{self, Guard, Service};
use super::postgres::{self, NAME, Postgres, Server};

/// The versions, the oldest first.
pub const VERSIONS: [u16; 6] = [13, 14, 15, 16, 17, 18];

static SERVERS: [OnceCell<Result<VersionedServer, ServiceError>>; VERSIONS.len()] =
    [const { OnceCell::const_new() }; VERSIONS.len()];

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

#[derive(Debug)]
struct VersionedServer {
    server: Server,
    _programs: Programs,
}

/// The programs of a version at a place where the server's user finds them.
#[derive(Debug)]
struct Programs {
    folder: PathBuf,
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
        .ok_or_else(|| missing(format!("{version} is not among the versions {VERSIONS:?}")))?;
    match cell.get_or_init(|| start(version)).await {
        Ok(versioned) => Ok(versioned.server.handle()),
        Err(error) => Err(error.clone()),
    }
}

async fn start(version: u16) -> Result<VersionedServer, ServiceError> {
    let servers = option_env!("HUGR_POSTGRES_SERVERS")
        .map(Path::new)
        .filter(|folder| folder.is_dir())
        .ok_or_else(|| missing("`make setup` has not fetched it".to_owned()))?;
    let packaged = servers.join(format!("node_modules/postgres-{version}/native"));
    let (sender, receiver) = oneshot::channel();
    // Starting blocks for seconds: a thread of its own keeps the test's runtime going.
    std::thread::spawn(move || sender.send(start_packaged(&packaged)));
    let started = receiver
        .await
        .map_err(|_| missing("the starting thread died".to_owned()))?;
    started.map_err(|reason| missing(format!("version {version}: {reason}")))
}

fn start_packaged(packaged: &Path) -> Result<VersionedServer, String> {
    let programs = Programs::of(packaged)?;
    Ok(VersionedServer {
        server: postgres::start_on_a_free_port(&programs.folder.join("bin"))?,
        _programs: programs,
    })
}

impl Programs {
    /// Finds the programs; root's home, where the cache is, is closed to the user that the server runs as instead.
    fn of(packaged: &Path) -> Result<Self, String> {
        if !guard::is_root() {
            return Ok(Self {
                folder: packaged.to_owned(),
                _copy: None,
            });
        }
        let folder = TempDir::with_prefix("hugr-test-").map_err(|error| error.to_string())?;
        let copy = Guard::start(&Service {
            functions: COPY,
            arguments: [packaged, folder.path()]
                .map(|path| path.display().to_string())
                .into(),
            instead_of_root: None,
        })?;
        Ok(Self {
            folder: folder.keep(),
            _copy: Some(copy),
        })
    }
}

fn missing(reason: String) -> ServiceError {
    ServiceError::Missing {
        service: NAME,
        tried: vec![reason],
    }
}
