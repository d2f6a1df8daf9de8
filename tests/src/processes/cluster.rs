//! A management node and work nodes, each a process.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

use super::program::ProgramSetup;
use super::reaper::Reaper;
use super::{Client, Outcome, Program, ProgramKind, ReservedAddress, eventually};
use crate::services;
use crate::services::authority::Authority;

/// The secret of every cluster.
pub const SECRET: &str = "cluster-secret-of-tests";

/// Where all programs are.
const HOST: &str = "127.0.0.1";

/// The nodes as every work node lists them.
const NODES: &str = "{ core { cluster { cluster_nodes { name url version ready last_seen error } } } }";

/// Where the core store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorePlace {
    /// A PostgreSQL database that the work nodes share; management has none.
    Postgres,
    /// A DuckDB file of the management node, which serves it to the work nodes.
    Management,
    /// Wherever the variables of each work node say; management has none.
    WorkNodes,
}

/// A management node and the means to start work nodes.
#[derive(Debug)]
pub struct Cluster {
    address: ReservedAddress,
    management: Option<Program>,
    place: CorePlace,
    /// URL of the shared database, where there is one.
    database: Option<String>,
    /// Further variables of the management node.
    of_management: Vec<(String, String)>,
    /// Who signs the certificates of the programs, where they speak HTTPS.
    authority: Option<Authority>,
    /// What no program may tell.
    secrets: Mutex<Vec<String>>,
    reaper: Reaper,
    // Last: the programs work in it.
    folder: TempDir,
}

/// A work node.
#[derive(Debug)]
pub struct Worker {
    name: String,
    address: ReservedAddress,
    program: Program,
}

impl Cluster {
    /// Starts a management node over an empty core store.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(place: CorePlace) -> Outcome<Self> {
        let mut cluster = Self::prepare(place).await?;
        cluster.start_management().await?;
        Ok(cluster)
    }

    /// Starts no node yet.
    ///
    /// # Errors
    /// When its folder or database cannot be created.
    pub async fn prepare(place: CorePlace) -> Outcome<Self> {
        let database = match place {
            CorePlace::Postgres => Some(services::postgres().await?.create_database().await?),
            CorePlace::Management | CorePlace::WorkNodes => None,
        };
        let folder = tempfile::tempdir()?;
        Ok(Self {
            address: ReservedAddress::new()?,
            management: None,
            place,
            database,
            of_management: Vec::new(),
            authority: None,
            secrets: Mutex::new(vec![SECRET.to_owned()]),
            reaper: Reaper::new(folder.path())?,
            folder,
        })
    }

    /// Gives the management node more or other variables, from its next start on.
    pub fn set_management(&mut self, more: &[(&str, &str)]) {
        self.of_management = variables(more);
        self.note_secrets(more);
    }

    /// Has all programs speak HTTPS from their next start on, with certificates of an authority of this cluster.
    ///
    /// # Errors
    /// When there is no authority to be had.
    pub fn encrypt(&mut self) -> Outcome<&Authority> {
        let authority = Authority::new()?;
        authority.sign(HOST)?;
        self.address.encrypt();
        Ok(self.authority.insert(authority))
    }

    /// Notes a text that no program may tell.
    pub fn note_secret(&self, secret: &str) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.push(secret.to_owned());
    }

    /// Returns the names of the logs that tell a secret which a program of this cluster was given.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub fn told_secrets(&self) -> Outcome<Vec<String>> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                let log = std::fs::read_to_string(&path)?;
                let told = secrets.iter().filter(|secret| log.contains(secret.as_str()));
                found.extend(told.map(|secret| format!("{}: {secret}", path.display())));
            }
        }
        Ok(found)
    }

    fn note_secrets(&self, variables: &[(&str, &str)]) {
        let is_secret = |name: &str| {
            ["SECRET", "PASSWORD", "_KEY"]
                .iter()
                .any(|end| name.ends_with(end))
        };
        for (name, value) in variables {
            if is_secret(name) {
                self.note_secret(value);
            }
        }
    }

    /// Starts the management node, again after [`Cluster::kill_management`], and waits until it is ready.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_management(&mut self) -> Outcome {
        let mut variables = variables(&[
            ("CLUSTER_SECRET", SECRET),
            ("TIMEOUT", "10s"),
            // A node that is silent three times as long counts as lost, which a busy machine must not lead to.
            ("CHECK", "10s"),
            ("ANONYMOUS_ROLE", "admin"),
        ]);
        variables.extend(self.encryption());
        variables.extend(self.of_management.clone());
        if self.place == CorePlace::Management {
            variables.push(("CORE_DB_PATH".to_owned(), "core.duckdb".to_owned()));
        }
        let setup = ProgramSetup {
            kind: ProgramKind::Management,
            name: "management",
            parent: self.folder.path(),
            address: &self.address,
            authority: self.authority.as_ref(),
            variables,
        };
        let mut program = Program::start(setup, &self.reaper)?;
        program.ready().await?;
        self.management = Some(program);
        Ok(())
    }

    /// Kills the management node as a crash would.
    pub fn kill_management(&mut self) {
        self.management = None;
    }

    /// Tells the management node to end, and waits for it.
    ///
    /// # Errors
    /// When it was killed or does not end.
    pub async fn end_management(&mut self) -> Outcome<ExitStatus> {
        let mut program = self.management.take().ok_or("management is not running")?;
        program.terminate()?;
        program.ended().await
    }

    /// Returns what talks to the management node.
    #[must_use]
    pub fn management(&self) -> Client {
        Client::new(self.address.url())
    }

    /// Returns the folder for the files of the test.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a work node and waits until it is ready, and is so for management too.
    ///
    /// # Errors
    /// When it does not get there.
    pub async fn start_worker(&self, name: &str) -> Outcome<Worker> {
        let mut worker = self.start_worker_with(name, &[])?;
        worker.ready().await?;
        self.wait_for_node(&worker, name, true).await?;
        Ok(worker)
    }

    /// Starts a work node with more or other variables, and does not wait.
    ///
    /// # Errors
    /// When there is no such program.
    pub fn start_worker_with(&self, name: &str, more: &[(&str, &str)]) -> Outcome<Worker> {
        let mut address = ReservedAddress::new()?;
        if self.authority.is_some() {
            address.encrypt();
        }
        let program = self.start_program(name, &address, more)?;
        Ok(Worker {
            name: name.to_owned(),
            address,
            program,
        })
    }

    /// Starts a work node that was killed, at its old address, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not get there.
    pub async fn restart(&self, worker: &mut Worker) -> Outcome {
        worker.program = self.start_program(&worker.name, &worker.address, &[])?;
        worker.program.ready().await?;
        let name = worker.name.clone();
        self.wait_for_node(worker, &name, true).await?;
        Ok(())
    }

    /// Kills a work node and starts it again at its old address, without waiting for anything.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn start_again(&self, worker: &mut Worker) -> Outcome {
        worker.program.kill()?;
        worker.program = self.start_program(&worker.name, &worker.address, &[])?;
        Ok(())
    }

    /// Waits until management, asked through `worker`, lists the node `name` as ready or not; returns its row.
    ///
    /// # Errors
    /// When it does not come to that.
    pub async fn wait_for_node(&self, worker: &Worker, name: &str, is_ready: bool) -> Outcome<Value> {
        eventually(&format!("node {name} is ready: {is_ready}"), || async {
            let nodes = worker.nodes().await?;
            let rows = nodes.as_array().map(Vec::as_slice).unwrap_or_default();
            let row = rows
                .iter()
                .find(|row| row["name"] == name && row["ready"] == is_ready);
            row.cloned().ok_or_else(|| nodes.to_string().into())
        })
        .await
    }

    /// Returns the ends of all logs.
    #[must_use]
    pub fn logs(&self) -> String {
        let Ok(entries) = std::fs::read_dir(self.folder.path()) else {
            return String::new();
        };
        let mut text = String::new();
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.extension().is_some_and(|extension| extension == "log") {
                let log = std::fs::read_to_string(&path).unwrap_or_default();
                let lines: Vec<_> = log.lines().rev().take(20).collect();
                let tail: Vec<_> = lines.into_iter().rev().collect();
                text.push_str(&format!("--- {}\n{}\n", path.display(), tail.join("\n")));
            }
        }
        text
    }

    /// Returns the variables of programs that speak HTTPS.
    fn encryption(&self) -> Vec<(String, String)> {
        let Some(authority) = &self.authority else {
            return Vec::new();
        };
        let (certificate, key) = authority.files_of(HOST);
        let files = [
            ("TLS_CERT_FILE", certificate),
            ("TLS_KEY_FILE", key),
            ("CLUSTER_CA_FILE", authority.certificate_file()),
        ];
        let variables = files.map(|(name, file)| (name.to_owned(), file.display().to_string()));
        variables.to_vec()
    }

    fn start_program(
        &self,
        name: &str,
        address: &ReservedAddress,
        more: &[(&str, &str)],
    ) -> Outcome<Program> {
        let (management, own) = (self.address.url(), address.url());
        let mut variables = variables(&[
            ("CLUSTER_SECRET", SECRET),
            ("CLUSTER_MANAGEMENT_URL", &management),
            ("CLUSTER_NODE_NAME", name),
            ("CLUSTER_NODE_URL", &own),
            ("CLUSTER_TIMEOUT", "5s"),
        ]);
        if let Some(database) = &self.database {
            variables.push(("CORE_DB_PATH".to_owned(), database.clone()));
        }
        if let Some(library) = option_env!("DUCKDB_LIB_DIR") {
            // `make setup` puts the extensions beside the library.
            variables.push((
                "DB_EXTENSION_DIRECTORY".to_owned(),
                format!("{library}/../extensions"),
            ));
        }
        variables.extend(self.encryption());
        variables.extend(self::variables(more));
        self.note_secrets(more);
        let setup = ProgramSetup {
            kind: ProgramKind::Server,
            name,
            parent: self.folder.path(),
            address,
            authority: self.authority.as_ref(),
            variables,
        };
        Program::start(setup, &self.reaper)
    }
}

impl Worker {
    /// Returns the node's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the node's URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// Returns the nodes of the cluster as this one lists them.
    ///
    /// # Errors
    /// When management does not answer.
    pub async fn nodes(&self) -> Outcome<Value> {
        self.client().data(NODES, "/core/cluster/cluster_nodes").await
    }
}

impl Deref for Worker {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl DerefMut for Worker {
    fn deref_mut(&mut self) -> &mut Program {
        &mut self.program
    }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}
