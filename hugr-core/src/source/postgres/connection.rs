//! One connection: its prepared statements, its time zone, and how its statements are cancelled.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_postgres::{CancelToken, Client, Config, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::decode::is_known;
use super::driver::Driver;
use super::settings::Settings;

/// Prepared statements that a connection keeps.
const MAX_STATEMENTS: usize = 256;

/// A connection to PostgreSQL.
pub(super) struct Connection {
    /// Its answers are awaited by [`Driver::drive`] of the driver.
    pub(super) client: Client,
    // After the client, so that it says goodbye.
    pub(super) driver: Driver,
    tls: Option<MakeRustlsConnect>,
    statements: Mutex<Statements>,
    /// The time zone that was set last.
    time_zone: Mutex<Option<Arc<str>>>,
    /// Whether a statement was told that the connection is lost, which the client may hear of later.
    is_lost: AtomicBool,
}

#[derive(Default)]
struct Statements {
    by_text: HashMap<Arc<str>, (Statement, u64)>,
    /// Counts uses, so that the statement that was not used for longest can be told.
    uses: u64,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects as `config` says and makes the session ready.
    pub(super) async fn open(
        config: &Config,
        tls: Option<MakeRustlsConnect>,
        settings: &Settings,
    ) -> Result<Self, tokio_postgres::Error> {
        let (client, driver) = match tls.clone() {
            Some(tls) => {
                let (client, io) = config.connect(tls).await?;
                (client, Driver::new(logged(io)))
            }
            None => {
                let (client, io) = config.connect(NoTls).await?;
                (client, Driver::new(logged(io)))
            }
        };
        if settings.prepared_statements {
            let session = session_settings(settings, Scope::Session);
            if !session.is_empty() {
                driver.drive(client.batch_execute(&session)).await?;
            }
        }
        Ok(Self {
            client,
            driver,
            tls,
            statements: Mutex::default(),
            time_zone: Mutex::default(),
            is_lost: AtomicBool::new(false),
        })
    }

    /// Returns whether the server or the network has closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.driver.poll();
        self.is_lost.load(Ordering::Relaxed) || self.client.is_closed()
    }

    /// Notes that it is lost, so that nobody uses it again.
    pub(super) fn set_lost(&self) {
        self.is_lost.store(true, Ordering::Relaxed);
    }

    /// Returns the prepared statement of `sql`, preparing it when the connection has none. Columns of types that have no
    /// binary form we know are asked for as text.
    pub(super) async fn prepared(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = lock(&self.statements).get(sql) {
            return Ok(statement);
        }
        let mut statement = self.client.prepare(sql).await?;
        if let Some(shown) = as_text(sql, &statement) {
            statement = self.client.prepare(&shown).await?;
        }
        lock(&self.statements).insert(sql, statement.clone());
        Ok(statement)
    }

    /// Forgets all prepared statements.
    pub(super) fn forget_statements(&self) {
        *lock(&self.statements) = Statements::default();
    }

    /// Returns the statement that makes `name` the session's time zone; `None` when it already is. What it says must be run.
    pub(super) fn time_zone_change(&self, name: &Arc<str>) -> Option<String> {
        let mut present = lock(&self.time_zone);
        if present.as_ref() == Some(name) {
            return None;
        }
        *present = Some(Arc::clone(name));
        Some(set_time_zone("SET", name))
    }

    /// Notes that the session's time zone is not known.
    pub(super) fn forget_time_zone(&self) {
        *lock(&self.time_zone) = None;
    }

    /// Returns what stops the statements under way.
    pub(super) fn canceller(&self) -> Canceller {
        Canceller {
            token: self.client.cancel_token(),
            tls: self.tls.clone(),
        }
    }
}

/// Returns the statement that sets the time zone; names of zones need no escapes, but quotes are doubled all the same.
pub(super) fn set_time_zone(command: &str, name: &str) -> String {
    format!("{command} TIME ZONE {}", crate::sql::quote::literal(name))
}

/// The answers under way say themselves that the connection failed.
async fn logged(io: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(error) = io.await {
        tracing::debug!(%error, "a connection failed");
    }
}

/// Stops what a connection does.
pub(super) struct Canceller {
    token: CancelToken,
    tls: Option<MakeRustlsConnect>,
}

impl Canceller {
    /// Asks the server to stop the statement under way; returns when it has heard.
    pub(super) async fn cancel(self) -> Result<(), tokio_postgres::Error> {
        match self.tls {
            Some(tls) => self.token.cancel_query(tls).await,
            None => self.token.cancel_query(NoTls).await,
        }
    }
}

impl Statements {
    fn get(&mut self, sql: &str) -> Option<Statement> {
        self.uses += 1;
        let (statement, last_use) = self.by_text.get_mut(sql)?;
        *last_use = self.uses;
        Some(statement.clone())
    }

    fn insert(&mut self, sql: &str, statement: Statement) {
        if self.by_text.len() >= MAX_STATEMENTS {
            let oldest = self.by_text.iter().min_by_key(|(_, (_, last_use))| *last_use);
            if let Some(text) = oldest.map(|(text, _)| Arc::clone(text)) {
                // The server forgets it when the last clone is gone.
                self.by_text.remove(&text);
            }
        }
        self.by_text.insert(Arc::from(sql), (statement, self.uses));
    }
}

/// How long settings last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Session,
    /// A pooler may give each transaction another session.
    Transaction,
}

/// The statements that every session, or every transaction, starts with.
pub(super) fn session_settings(settings: &Settings, scope: Scope) -> String {
    let is_local = scope == Scope::Transaction;
    let set = |name: &str, value: &str| {
        // A list of identifiers is what a search path takes as one text.
        let value = crate::sql::quote::literal(value);
        format!("SELECT set_config('{name}', {value}, {is_local});")
    };
    let mut text = String::new();
    if let Some(timeout) = settings.statement_timeout {
        text.push_str(&set("statement_timeout", &timeout.as_millis().to_string()));
    }
    if let Some(path) = &settings.search_path {
        text.push_str(&set("search_path", path));
    }
    text
}

/// Returns `sql` with the columns as text that cannot be read otherwise; `None` when there is none.
fn as_text(sql: &str, statement: &Statement) -> Option<String> {
    let types: Vec<_> = statement
        .columns()
        .iter()
        .map(tokio_postgres::Column::type_)
        .collect();
    if types.iter().all(|ty| is_known(ty)) {
        return None;
    }
    let names: Vec<_> = (0..types.len()).map(|index| format!("c{index}")).collect();
    let columns: Vec<_> = types
        .iter()
        .zip(&names)
        .map(|(ty, name)| {
            if is_known(ty) {
                name.clone()
            } else {
                format!("{name}::text")
            }
        })
        .collect();
    let (columns, names) = (columns.join(", "), names.join(", "));
    Some(if sql.starts_with("INSERT ") {
        format!("WITH _shown({names}) AS ({sql}) SELECT {columns} FROM _shown")
    } else {
        format!("SELECT {columns} FROM ({sql}) AS _shown({names})")
    })
}

/// Each critical section leaves the value consistent, whatever happens in it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
