//! Databases that are attached to the engine's DuckDB.
//!
//! One place is attached once, however many sources and catalog versions use it, because DuckDB opens a file once. An
//! attachment is detached after its last user is gone, so that running queries never lose what they read. One of a database
//! that answers itself has a name from the start, and is made when the first statement needs it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::OnceCell;

use crate::db::{Database, Session};
use crate::error::{Error, Result};
use crate::sql::quote;

/// The attached databases of one engine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Attachments {
    database: Database,
    /// Locked on database threads only.
    state: Arc<Mutex<State>>,
    /// Databases without users, still to be detached. Never locked for long, because runtime threads drop attachments.
    doomed: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug, Default)]
struct State {
    /// What is attached, by place.
    attached: HashMap<String, Weak<Attachment>>,
    /// Names in use, those of doomed databases included.
    names: HashSet<String>,
}

/// An attached database; detached some time after its last user has dropped it.
#[derive(Debug)]
pub struct Attachment {
    name: String,
    owner: Attachments,
    making: Making,
    /// Set once DuckDB knows the database.
    is_made: OnceCell<()>,
}

/// What an error of attaching is to those who need the database.
type Failed = Box<dyn Fn(&Error) -> Error + Send + Sync>;

/// How a database is attached.
struct Making {
    statements: Vec<String>,
    failed: Failed,
}

/// Shows nothing of the statements, which may hold passwords.
impl fmt::Debug for Making {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Making").finish_non_exhaustive()
    }
}

impl Attachment {
    /// Returns the name under which DuckDB knows the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Attaches the database, unless it is.
    ///
    /// # Errors
    /// Those of the statements, as their source tells them; the next call tries again.
    pub async fn make(&self) -> Result<()> {
        let make = || async {
            let statements = self.making.statements.clone();
            let made = self.owner.database.run(move |session| {
                statements
                    .iter()
                    .try_for_each(|statement| session.execute_batch(statement))
            });
            made.await.map_err(|error| (self.making.failed)(&error))
        };
        self.is_made.get_or_try_init(make).await.copied()
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        lock(&self.owner.doomed).push(std::mem::take(&mut self.name));
        let owner = self.owner.clone();
        // A full or closed queue is no loss: the next attachment detaches what is doomed, and closing detaches all.
        self.owner
            .database
            .submit(move |session| owner.detach_doomed(session, &mut lock(&owner.state)));
    }
}

impl Attachments {
    /// Returns an empty set for `database`.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            state: Arc::default(),
            doomed: Arc::default(),
        }
    }

    /// Returns the DuckDB instance.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Returns the attachment of `place`, attaching it when it is not yet.
    ///
    /// `place` identifies what is attached and how, for instance kind, path and access; it may hold a password, since it is
    /// only compared. `statements` makes the statements that attach it under the name that it is given, which is `name` or
    /// starts with it. `failed` turns an error of theirs into that of the source.
    ///
    /// # Errors
    /// What `failed` returns.
    pub async fn attach(
        &self,
        place: String,
        name: &str,
        statements: impl FnOnce(&str) -> Vec<String> + Send + 'static,
        failed: impl Fn(&Error) -> Error + Send + Sync + 'static,
    ) -> Result<Arc<Attachment>> {
        let attachment = self.reserve(place, name, statements, failed).await?;
        attachment.make().await?;
        Ok(attachment)
    }

    /// Returns the attachment of `place`, which is [made](Attachment::make) when it is needed; see
    /// [`attach`](Self::attach).
    ///
    /// # Errors
    /// When the database is closed.
    pub async fn reserve(
        &self,
        place: String,
        name: &str,
        statements: impl FnOnce(&str) -> Vec<String> + Send + 'static,
        failed: impl Fn(&Error) -> Error + Send + Sync + 'static,
    ) -> Result<Arc<Attachment>> {
        let owner = self.clone();
        let stem = name.to_owned();
        self.database
            .run(move |session| {
                let mut state = lock(&owner.state);
                if let Some(attachment) = state.attached.get(&place).and_then(Weak::upgrade) {
                    drop(state);
                    return Ok(attachment);
                }
                owner.detach_doomed(session, &mut state);
                let name = state.free_name(&stem);
                let making = Making {
                    statements: statements(&name),
                    failed: Box::new(failed),
                };
                state.names.insert(name.clone());
                let attachment = Arc::new(Attachment {
                    name,
                    owner: owner.clone(),
                    making,
                    is_made: OnceCell::new(),
                });
                state.attached.insert(place, Arc::downgrade(&attachment));
                state
                    .attached
                    .retain(|_, attachment| attachment.strong_count() > 0);
                drop(state);
                Ok(attachment)
            })
            .await
    }

    fn detach_doomed(&self, session: &mut Session, state: &mut State) {
        let doomed = std::mem::take(&mut *lock(&self.doomed));
        for name in doomed {
            match session.execute_batch(&format!("DETACH DATABASE IF EXISTS {}", quote::identifier(&name))) {
                Ok(()) => {
                    state.names.remove(&name);
                }
                // It stays attached under a name that nobody uses any more, which costs memory only.
                Err(error) => tracing::warn!(database = %name, %error, "cannot detach a database"),
            }
        }
    }
}

impl State {
    /// Returns `stem`, or `stem` with a number when a database of that name is still there.
    fn free_name(&self, stem: &str) -> String {
        let mut name = stem.to_owned();
        let mut number = 1;
        while self.names.contains(&name) || is_reserved(&name) {
            number += 1;
            name = format!("{stem}__{number}");
        }
        name
    }
}

/// Names that DuckDB gives to its own databases.
fn is_reserved(name: &str) -> bool {
    ["memory", "main", "system", "temp"]
        .iter()
        .any(|reserved| name.eq_ignore_ascii_case(reserved))
}

/// Each critical section leaves the value consistent, whatever happens in it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
