//! The core store in a PostgreSQL database (13 or later, no extensions), which several nodes share.
//!
//! Commits queue for the lock of the one row of `core_revision`; whoever has it reads the state, applies the changes
//! and writes the difference, all in one transaction.
//!
//! Reading order: this file, [`migrate`], [`error`].

mod error;
mod migrate;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use self::error::Place;
use super::statement::Statement;
use super::{Change, CoreState, CoreStore, Revision, StoreAccess, StoreKeys, document, statement};
use crate::error::{Error, ErrorCode, Result};
use crate::sql::param::Value;

/// Connections of one process; a node reads and writes the core store rarely.
const MAX_CONNECTIONS: u32 = 4;
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
const OPERATION_DEADLINE: Duration = Duration::from_secs(15);
const MIGRATION_DEADLINE: Duration = Duration::from_secs(60);

/// Every value that the records need, in one statement and so in one consistent view.
const READ_STATE: &str = "SELECT json_build_object(\
    'revision', (SELECT revision FROM core_revision), \
    'data_sources', (SELECT coalesce(json_agg(d), '[]') FROM (\
        SELECT name, type, description, coalesce(prefix, '') AS prefix, as_module, path, disabled, self_defined, \
        read_only FROM data_sources) AS d), \
    'catalog_sources', (SELECT coalesce(json_agg(c), '[]') FROM (\
        SELECT name, type, description, path FROM catalog_sources) AS c), \
    'links', (SELECT coalesce(json_agg(l), '[]') FROM (\
        SELECT data_source_name AS source, catalog_name AS catalog FROM data_source_catalogs) AS l), \
    'loaded', (SELECT coalesce(json_agg(m), '[]') FROM (\
        SELECT name, revision FROM loaded_data_sources) AS m), \
    'access', json_build_object(\
    'roles', (SELECT coalesce(json_agg(r), '[]') FROM (\
        SELECT name, coalesce(description, '') AS description, disabled, \
        coalesce(can_impersonate, false) AS can_impersonate FROM roles) AS r), \
    'permissions', (SELECT coalesce(json_agg(p), '[]') FROM (\
        SELECT role, type_name, field_name, hidden, disabled, filter, data FROM permissions) AS p), \
    'api_keys', (SELECT coalesce(json_agg(k), '[]') FROM (\
        SELECT name, key, coalesce(description, '') AS description, nullif(default_role, '') AS default_role, \
        disabled, is_temporal, to_char(expires_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS expires_at, \
        headers, claims FROM api_keys) AS k)), \
    'storages', (SELECT coalesce(json_agg(s), '[]') FROM (\
        SELECT name, type, scope, key, secret, region, endpoint, use_ssl, url_style, url_compatibility, \
        kms_key_id, account_id FROM object_storages) AS s))::text";
const READ_REVISION: &str = "SELECT revision FROM core_revision";
const LOCK_REVISION: &str = "SELECT revision FROM core_revision FOR UPDATE";
/// Whatever the server's default is: a commit must see what the one before it wrote while it waited for the lock.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// The core store in a PostgreSQL database. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct PostgresCoreStore {
    pool: PgPool,
    place: Place,
    keys: StoreKeys,
}

impl PostgresCoreStore {
    /// Connects to the database at `url` (`postgres://` or `postgresql://`) and brings its tables to their present shape.
    /// Several nodes may do so at once. Tables of the registry that exist already are taken over with their rows.
    ///
    /// # Errors
    /// `BAD_REQUEST` when `url` is not valid, `SOURCE_UNAVAILABLE` when the database does not answer or refuses,
    /// `UNSUPPORTED` when a newer build has changed its tables.
    pub async fn connect(url: &str) -> Result<Self> {
        let options = parse_url(url)?.application_name("hugr");
        let place = Place::of(&options);
        let pool = PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(CONNECT_DEADLINE)
            .connect_lazy_with(options.clone());
        let store = Self {
            pool,
            place,
            keys: StoreKeys::default(),
        };
        let connection = store
            .within(CONNECT_DEADLINE, store.connect_once(&options))
            .await?;
        store
            .within(MIGRATION_DEADLINE, migrate::migrate(connection, &store.place))
            .await?;
        Ok(store)
    }

    /// Opens credentials with `keys`, and seals those that are written. All nodes on one database need the same.
    #[must_use]
    pub fn with_keys(mut self, keys: StoreKeys) -> Self {
        self.keys = keys;
        self
    }

    /// Seals with the present key what lies in the database as it was given, or sealed with a former key; returns whether
    /// there was any. That is a commit without changes.
    ///
    /// # Errors
    /// As [`CoreStore::commit`] says.
    pub async fn seal_anew(&self) -> Result<bool> {
        let stored = self.within(OPERATION_DEADLINE, self.stored()).await?;
        let is_due = self.keys.would_seal(&stored);
        if is_due {
            // Another node that does the same makes this a commit that changes nothing.
            self.commit(None, &[]).await?;
        }
        Ok(is_due)
    }

    /// Creates the database that `url` names when its server has none of that name; returns whether it did.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); `SOURCE_UNAVAILABLE` too when the server has no database `postgres` to ask, or does
    /// not allow it.
    pub async fn create_database(url: &str) -> Result<bool> {
        let options = parse_url(url)?.application_name("hugr");
        let place = Place::of(&options);
        let creation = migrate::create_database(&options, &place);
        tokio::time::timeout(MIGRATION_DEADLINE, creation)
            .await
            .unwrap_or_else(|_| Err(place.no_answer(MIGRATION_DEADLINE)))
    }

    /// Connects outside the pool, which would try again and again and then no longer know what the matter was.
    async fn connect_once(&self, options: &PgConnectOptions) -> Result<PgConnection> {
        PgConnection::connect_with(options)
            .await
            .map_err(|error| self.place.error(error))
    }

    async fn within<T>(&self, deadline: Duration, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        tokio::time::timeout(deadline, work)
            .await
            .unwrap_or_else(|_| Err(self.place.no_answer(deadline)))
    }

    async fn commit_in_transaction(
        &self,
        expected: Option<Revision>,
        changes: &[Change],
    ) -> Result<Revision> {
        let failed = |error| self.place.error(error);
        let mut transaction = self.pool.begin_with(BEGIN).await.map_err(failed)?;
        let present = self.read_revision(&mut transaction, LOCK_REVISION).await?;
        present.require(expected)?;
        let stored = self.read_stored(&mut transaction).await?;
        let new = self.keys.opened(stored.clone()).apply(changes)?;
        for statement in statement::between(&stored, &self.keys.sealed(&stored, &new)?)? {
            self.execute(&mut transaction, &statement).await?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(new.revision)
    }

    async fn read_revision(&self, connection: &mut PgConnection, sql: &'static str) -> Result<Revision> {
        let revision: Option<i64> = sqlx::query_scalar(sql)
            .fetch_optional(connection)
            .await
            .map_err(|error| self.place.error(error))?;
        revision
            .and_then(|revision| u64::try_from(revision).ok())
            .map(Revision)
            .ok_or_else(|| {
                self.place
                    .damaged("table `core_revision` holds no valid revision")
            })
    }

    async fn stored(&self) -> Result<CoreState> {
        let mut connection = self
            .pool
            .acquire()
            .await
            .map_err(|error| self.place.error(error))?;
        self.read_stored(&mut connection).await
    }

    /// Returns the present state, with credentials as they lie there.
    async fn read_stored(&self, connection: &mut PgConnection) -> Result<CoreState> {
        let json: String = sqlx::query_scalar(READ_STATE)
            .fetch_one(connection)
            .await
            .map_err(|error| self.place.error(error))?;
        document::parse(&json)
    }

    async fn execute(&self, connection: &mut PgConnection, statement: &Statement) -> Result<()> {
        let mut query = sqlx::query(statement.sql);
        for value in &statement.params {
            query = match value {
                Value::Null => query.bind(None::<&str>),
                Value::Bool(value) => query.bind(*value),
                Value::Int(value) => query.bind(*value),
                Value::Float(value) => query.bind(*value),
                Value::Text(value) => query.bind(value.as_str()),
                Value::List(_) => query.bind(value.to_json().to_string()),
            };
        }
        query
            .execute(connection)
            .await
            .map(drop)
            .map_err(|error| self.place.error(error))
    }
}

#[async_trait]
impl CoreStore for PostgresCoreStore {
    fn describe(&self) -> String {
        self.place.to_string()
    }

    fn access(&self) -> StoreAccess {
        StoreAccess::ReadWrite
    }

    async fn revision(&self) -> Result<Revision> {
        self.within(OPERATION_DEADLINE, async {
            let mut connection = self
                .pool
                .acquire()
                .await
                .map_err(|error| self.place.error(error))?;
            self.read_revision(&mut connection, READ_REVISION).await
        })
        .await
    }

    async fn snapshot(&self) -> Result<Arc<CoreState>> {
        let stored = self.within(OPERATION_DEADLINE, self.stored()).await?;
        Ok(Arc::new(self.keys.opened(stored)))
    }

    async fn commit(&self, expected: Option<Revision>, changes: &[Change]) -> Result<Revision> {
        self.within(OPERATION_DEADLINE, self.commit_in_transaction(expected, changes))
            .await
    }
}

fn parse_url(url: &str) -> Result<PgConnectOptions> {
    // The text may hold a password: neither it nor what the parser says of it is repeated.
    url.parse().map_err(|_| {
        Error::new(
            ErrorCode::BadRequest,
            "the URL of the core database is not valid; expected postgres://user:password@host:port/database",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemes_are_known() {
        for scheme in ["postgres", "postgresql"] {
            let options = parse_url(&format!("{scheme}://hugr:secret@db.example:5433/core")).unwrap();
            assert_eq!(
                Place::of(&options).to_string(),
                "postgres://hugr@db.example:5433/core"
            );
        }
    }

    #[test]
    fn an_invalid_url_is_not_repeated() {
        let error = parse_url("postgres://hugr:secret@db.example:port/core").unwrap_err();
        assert_eq!(error.code(), ErrorCode::BadRequest);
        assert!(!format!("{error:?}").contains("secret"));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_unavailable() {
        let error = PostgresCoreStore::connect("postgres://hugr:secret@127.0.0.1:1/core")
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceUnavailable);
        assert!(error.to_string().contains("127.0.0.1:1/core"), "{error}");
        assert!(error.to_string().contains("refused"), "{error}");
        assert!(!format!("{error:?}").contains("secret"));
    }
}
