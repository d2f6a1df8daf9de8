//! An S3-compatible object storage.

use tokio::sync::{OnceCell, oneshot};

use super::container::{self, Image};
use super::guard::{Guard, Service};
use super::{ServiceError, environment, port};

const NAME: &str = "S3 server";
/// A server that someone else runs: its URL. Buckets are created on it without credentials.
const URL_VARIABLE: &str = "HUGR_TEST_S3_URL";
const ATTEMPTS: usize = 3;

/// `$1` is the folder of the Python packages, `$2` the port.
const FUNCTIONS: &str = r#"
start() {
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$1 python3 -m moto.server -H 127.0.0.1 -p "$2" &
    echo $! >"$folder/pid"
    for attempt in $(seq 300); do
        if python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$2"; then
            return 0
        fi
        kill -0 "$(cat "$folder/pid")"
        sleep 0.1
    done
    return 1
}
stop() {
    kill "$(cat "$folder/pid")"
}
"#;

const IMAGE: Image = Image {
    name: "motoserver/moto",
    tag: "5.2.5",
    port: 5000,
    ready_message: "Running on",
    environment: &[],
    command: &[],
};

static SERVER: OnceCell<Result<Server, ServiceError>> = OnceCell::const_new();

#[derive(Debug)]
struct Server {
    handle: S3,
    _guard: Option<Guard>,
}

/// An S3 server that all tests of the process share; each test creates its own bucket. It takes any credentials, and
/// reads without credentials it refuses.
#[derive(Clone, Debug)]
pub struct S3 {
    url: String,
}

/// A bucket of its own.
#[derive(Clone, Debug)]
pub struct Bucket {
    endpoint: String,
    name: String,
}

/// Returns the server, started when this is the first call.
///
/// # Errors
/// When there is none and none can be started.
pub async fn s3() -> Result<S3, ServiceError> {
    match SERVER.get_or_init(find_or_start).await {
        Ok(server) => Ok(server.handle.clone()),
        Err(error) => Err(error.clone()),
    }
}

impl S3 {
    /// Creates an empty bucket.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create_bucket(&self) -> Result<Bucket, ServiceError> {
        let bucket = Bucket {
            endpoint: self.url.clone(),
            name: format!("hugr-test-{}", uuid::Uuid::new_v4().simple()),
        };
        put(&format!("{}/{}", bucket.endpoint, bucket.name), Vec::new()).await?;
        Ok(bucket)
    }
}

impl Bucket {
    /// Returns the URL of the server, `http://host:port`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the bucket's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the URL by which DuckDB knows the object `key`.
    #[must_use]
    pub fn url_of(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.name)
    }

    /// Writes an object.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn put(&self, key: &str, content: impl Into<Vec<u8>>) -> Result<(), ServiceError> {
        put(&format!("{}/{}/{key}", self.endpoint, self.name), content.into()).await
    }
}

async fn put(url: &str, content: Vec<u8>) -> Result<(), ServiceError> {
    let sent = reqwest::Client::new().put(url).body(content).send().await;
    match sent.and_then(reqwest::Response::error_for_status) {
        Ok(_) => Ok(()),
        Err(error) => Err(ServiceError::Failed {
            service: NAME,
            reason: error.to_string(),
        }),
    }
}

async fn find_or_start() -> Result<Server, ServiceError> {
    if let Some(url) = environment::url(URL_VARIABLE) {
        let handle = S3 { url };
        return Ok(Server { handle, _guard: None });
    }
    let mut tried = vec![format!("{URL_VARIABLE} is not set")];
    match start_local().await {
        Ok(server) => return Ok(server),
        Err(reason) => tried.push(format!("local server: {reason}")),
    }
    match container::start(&IMAGE).await {
        Ok(container) => {
            let url = format!("http://{}:{}", container.host, container.port);
            return Ok(Server {
                handle: S3 { url },
                _guard: Some(container.guard),
            });
        }
        Err(reason) => tried.push(format!("container: {reason}")),
    }
    Err(ServiceError::Missing { service: NAME, tried })
}

async fn start_local() -> Result<Server, String> {
    let packages = option_env!("HUGR_S3_SERVER").ok_or("`make setup` has not fetched it")?;
    let (sender, receiver) = oneshot::channel();
    // Starting blocks for seconds: a thread of its own keeps the test's runtime going.
    std::thread::spawn(move || sender.send(start_on_a_free_port(packages)));
    receiver.await.map_err(|_| "the starting thread died")?
}

fn start_on_a_free_port(packages: &str) -> Result<Server, String> {
    let mut failure = String::new();
    for _ in 0..ATTEMPTS {
        let port = port::free().map_err(|error| error.to_string())?;
        let service = Service {
            functions: FUNCTIONS,
            arguments: vec![packages.to_owned(), port.to_string()],
            instead_of_root: None,
        };
        match Guard::start(&service) {
            Ok(guard) => {
                let url = format!("http://127.0.0.1:{port}");
                return Ok(Server {
                    handle: S3 { url },
                    _guard: Some(guard),
                });
            }
            Err(reason) => failure = reason,
        }
    }
    Err(failure)
}
