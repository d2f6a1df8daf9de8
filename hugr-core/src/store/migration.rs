//! The steps by which a core database comes to its present shape. PURE: which steps are due; adapters run them.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorCode, Result};

/// One step. A released step never changes: what is wrong with it is put right by a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Migration {
    /// Place in the order, from 1.
    pub(super) version: i64,
    /// File name, for people.
    pub(super) name: &'static str,
    /// Statements, for PostgreSQL and DuckDB alike.
    pub(super) sql: &'static str,
}

/// All steps, in order.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "0001_registry",
        sql: include_str!("migrations/0001_registry.sql"),
    },
    Migration {
        version: ACCESS,
        name: "0002_access",
        sql: include_str!("migrations/0002_access.sql"),
    },
    Migration {
        version: STORAGES,
        name: "0003_storages",
        sql: include_str!("migrations/0003_storages.sql"),
    },
];

/// The step from which a database has roles, permissions and API keys.
pub(super) const ACCESS: i64 = 2;
/// The step from which a database has object storages.
pub(super) const STORAGES: i64 = 3;

/// Creates the table that remembers which steps a database has seen.
pub(super) const CREATE_LOG: &str = "CREATE TABLE IF NOT EXISTS core_migrations (\
    version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, \
    applied_at timestamp DEFAULT CAST(now() AS timestamp))";

/// Remembers a step; parameters are version, name and checksum.
pub(super) const LOG_MIGRATION: &str =
    "INSERT INTO core_migrations (version, name, checksum) VALUES ($1, $2, $3)";

/// A step that a database has seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct AppliedMigration {
    pub(super) version: i64,
    pub(super) checksum: String,
}

impl Migration {
    /// Returns the digest of the statements, in hexadecimal digits.
    pub(super) fn checksum(&self) -> String {
        format!("{:x}", Sha256::digest(self.sql.as_bytes()))
    }
}

/// Returns the steps of `known` that a database which has seen `applied` still needs.
///
/// # Errors
/// `UNSUPPORTED` when the database has seen steps that this build does not know, or knows differently.
pub(super) fn due<'a>(known: &'a [Migration], applied: &[AppliedMigration]) -> Result<Vec<&'a Migration>> {
    for seen in applied {
        let Some(migration) = known.iter().find(|migration| migration.version == seen.version) else {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "the core database has seen migration {}, this build knows none above {}; use a newer build",
                    seen.version,
                    known.last().map_or(0, |last| last.version)
                ),
            ));
        };
        if migration.checksum() != seen.checksum {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "migration {} of the core database differs from the one in this build",
                    migration.name
                ),
            ));
        }
    }
    let is_due = |migration: &&Migration| !applied.iter().any(|seen| seen.version == migration.version);
    Ok(known.iter().filter(is_due).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration {
        version: 1,
        name: "0001_first",
        sql: "SELECT 1",
    };
    const SECOND: Migration = Migration {
        version: 2,
        name: "0002_second",
        sql: "SELECT 2",
    };

    fn applied(migration: Migration) -> AppliedMigration {
        AppliedMigration {
            version: migration.version,
            checksum: migration.checksum(),
        }
    }

    #[test]
    fn versions_count_from_one_without_gaps() {
        let versions: Vec<_> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        let expected: Vec<_> = (1..).take(MIGRATIONS.len()).collect();
        assert_eq!(versions, expected);
    }

    #[test]
    fn only_unseen_steps_are_due() {
        assert_eq!(due(&[FIRST, SECOND], &[]).unwrap(), [&FIRST, &SECOND]);
        assert_eq!(due(&[FIRST, SECOND], &[applied(FIRST)]).unwrap(), [&SECOND]);
        assert!(due(&[FIRST], &[applied(FIRST)]).unwrap().is_empty());
    }

    #[test]
    fn a_database_of_a_newer_build_is_refused() {
        let error = due(&[FIRST], &[applied(FIRST), applied(SECOND)]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unsupported);
        assert!(error.to_string().contains("use a newer build"), "{error}");
    }

    #[test]
    fn a_changed_step_is_refused() {
        let changed = AppliedMigration {
            version: 1,
            checksum: "other".to_owned(),
        };
        let error = due(&[FIRST], &[changed]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unsupported);
        assert!(error.to_string().contains("0001_first"), "{error}");
    }
}
