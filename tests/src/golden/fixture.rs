//! What an engine serves, and engines that serve it.

use std::collections::HashMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hugr_cache::MemoryCache;
use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::engine::{AttachmentState, JqPrograms, Replica as _};
use hugr_core::name::SourceName;
use hugr_core::{DataSource, EngineConfig, HugrEngine};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::access::add_roles;
use super::{Failure, Outcome};

/// Room for the answers that a case keeps.
const CACHE_BYTES: u64 = 1024 * 1024;

/// File with the SDL of the source.
pub const SCHEMA_FILE: &str = "schema.graphql";
/// File with the SDL of an extension source, in cases that only compile.
pub const EXTENSION_FILE: &str = "extension.graphql";
/// File with the statements that make its rows.
pub const ROWS_FILE: &str = "data.sql";
/// File with [`SourceOptions`].
pub const SOURCE_FILE: &str = "source.json";

/// File with the roles, beside those of a new store: each with its `permissions`.
pub const ACCESS_FILE: &str = "access.json";

/// The files of a source; without a schema and options there is no source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fixture {
    schema: Option<PathBuf>,
    rows: Option<PathBuf>,
    source: Option<PathBuf>,
    access: Option<PathBuf>,
}

/// How a source is registered.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceOptions {
    /// Its name.
    pub name: String,
    /// Prefix of its type names.
    pub prefix: String,
    /// Whether all it declares goes into a module of its name.
    pub as_module: bool,
    /// Whether it takes no mutations.
    pub read_only: bool,
    /// Whether its database describes it.
    pub self_defined: bool,
}

/// Source `shop`, writable, without prefix and module.
impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            name: "shop".to_owned(),
            prefix: String::new(),
            as_module: false,
            read_only: false,
            self_defined: false,
        }
    }
}

impl SourceOptions {
    /// Returns the options in `file`.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn read(file: &Path) -> Outcome<Self> {
        serde_json::from_str(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))
    }
}

/// An engine that serves a fixture, with the folder of its database.
#[derive(Debug)]
pub struct OpenFixture {
    /// The engine.
    pub engine: HugrEngine,
    _folder: TempDir,
}

impl Fixture {
    /// Returns this fixture with those of `files` that are fixture files in place of its own.
    #[must_use]
    pub fn overridden_by(&self, files: &[PathBuf]) -> Self {
        let find = |name: &str| files.iter().find(|file| file.ends_with(name)).cloned();
        Self {
            schema: find(SCHEMA_FILE).or_else(|| self.schema.clone()),
            rows: find(ROWS_FILE).or_else(|| self.rows.clone()),
            source: find(SOURCE_FILE).or_else(|| self.source.clone()),
            access: find(ACCESS_FILE).or_else(|| self.access.clone()),
        }
    }

    /// Returns the files of the fixture.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.schema, &self.rows, &self.source, &self.access]
            .into_iter()
            .flatten()
    }

    /// Builds an engine that serves the fixture from a database of its own.
    ///
    /// # Errors
    /// When a file cannot be read, a statement fails or the schema does not compile.
    pub async fn open(&self) -> Outcome<OpenFixture> {
        let folder = TempDir::new().map_err(|error| format!("no temporary folder: {error}"))?;
        let config = EngineConfig {
            database: small_database(None),
            variables: HashMap::from([("CASE_DIR".to_owned(), folder.path().display().to_string())]),
            version: "test".to_owned(),
            jq: JqPrograms::InProcess,
            ..EngineConfig::default()
        };
        let mut builder = HugrEngine::builder()
            .with_config(config)
            .with_cache(MemoryCache::new(CACHE_BYTES));
        let mut loaded = None;
        if self.schema.is_some() || self.source.is_some() {
            let options = match &self.source {
                Some(file) => SourceOptions::read(file)?,
                None => SourceOptions::default(),
            };
            let file = folder.path().join("rows.duckdb");
            self.make_rows(&file).await?;
            let mut source = DataSource::duckdb(options.name.clone(), file.display().to_string())
                .with_prefix(options.prefix);
            if let Some(schema) = &self.schema {
                source = source.with_sdl(read(schema)?);
            }
            if options.as_module {
                source = source.as_module();
            }
            if options.read_only {
                source = source.read_only();
            }
            if options.self_defined {
                source = source.self_defined();
            }
            builder = builder.with_source(source);
            loaded = Some(SourceName::from(options.name));
        }
        let engine = builder.build().await.map_err(|error| failed(&error))?;
        if let Some(name) = loaded {
            let status = engine.source_status(&name);
            if status.state != AttachmentState::Attached {
                return Err(format!("source `{name}` does not load: {}", status.error));
            }
        }
        if let Some(file) = &self.access {
            add_roles(&engine, &read(file)?)
                .await
                .map_err(|failure| format!("{}: {failure}", file.display()))?;
        }
        Ok(OpenFixture {
            engine,
            _folder: folder,
        })
    }

    async fn make_rows(&self, file: &Path) -> Outcome {
        let statements = match &self.rows {
            Some(rows) => read(rows)?,
            None => String::new(),
        };
        let database = Database::open(small_database(Some(file.to_owned())))
            .await
            .map_err(|error| failed(&error))?;
        let outcome = database
            .run(move |session| {
                if needs_spatial(&statements) {
                    session.execute_batch("LOAD spatial")?;
                }
                session.execute_batch(&statements)
            })
            .await;
        database.close().await;
        outcome.map_err(|error| format!("{}: {error}", ROWS_FILE))
    }
}

/// Engines that several cases share.
#[derive(Debug, Default)]
pub struct SharedFixtures(Mutex<HashMap<Fixture, SharedFixture>>);

type SharedFixture = Arc<OnceCell<Arc<OpenFixture>>>;

impl SharedFixtures {
    /// Returns the engine of `fixture`, building it when it is the first time.
    ///
    /// # Errors
    /// See [`Fixture::open`].
    pub async fn get(&self, fixture: &Fixture) -> Outcome<Arc<OpenFixture>> {
        let cell = {
            let mut fixtures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(fixtures.entry(fixture.clone()).or_default())
        };
        let open = cell
            .get_or_try_init(|| async { fixture.open().await.map(Arc::new) })
            .await?;
        Ok(Arc::clone(open))
    }
}

/// Returns the text of `file`.
///
/// # Errors
/// Naming the file, when it cannot be read.
pub fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// An engine loads the extension when a schema has geometries.
fn needs_spatial(statements: &str) -> bool {
    statements.contains("GEOMETRY")
}

fn small_database(path: Option<PathBuf>) -> DatabaseOptions {
    DatabaseOptions {
        path,
        // `make setup` puts the extensions beside the library.
        extension_directory: option_env!("DUCKDB_LIB_DIR")
            .map(|library| Path::new(library).join("../extensions")),
        connections: NonZeroUsize::MIN.saturating_add(1),
        ..DatabaseOptions::default()
    }
}

fn failed(error: &hugr_core::Error) -> Failure {
    error.to_string()
}
