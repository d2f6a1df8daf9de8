//! The files that statements may touch, on this machine and in object storages, where a host limits them.

use duckdb::Connection;

use crate::sql::quote;

/// Extensions that are loaded beforehand, where they are there: afterwards DuckDB reads no extension any more.
const EXTENSIONS: [&str; 2] = ["httpfs", "spatial"];

/// What statements may read and write; everything else is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedFiles {
    /// Folders, and beginnings of URLs like `s3://bucket/`; what is below them is allowed.
    pub directories: Vec<String>,
    /// Single files.
    pub paths: Vec<String>,
}

/// Limits all connections of the instance of `connection` to `allowed`, until it is closed: DuckDB does not take it back.
///
/// # Errors
/// When DuckDB refuses a path.
pub(super) fn confine(connection: &Connection, allowed: &AllowedFiles) -> duckdb::Result<()> {
    for extension in EXTENSIONS {
        if let Err(error) = connection.execute_batch(&format!("LOAD {extension}")) {
            tracing::debug!(extension, %error, "not loaded before files are limited");
        }
    }
    for (setting, items) in [
        ("allowed_directories", &allowed.directories),
        ("allowed_paths", &allowed.paths),
    ] {
        let items: Vec<_> = items.iter().map(|item| quote::literal(item)).collect();
        connection.execute_batch(&format!("SET {setting} = [{}]", items.join(", ")))?;
    }
    connection.execute_batch("SET enable_external_access = false")
}

/// Returns what users are told when DuckDB says that files are limited; `None` when it says something else.
pub(super) fn refusal(message: &str) -> Option<String> {
    let reason = message.strip_prefix("Permission Error: ")?.lines().next()?;
    let is_limit = [" by configuration", " through configuration"]
        .iter()
        .any(|end| reason.ends_with(end));
    let reason = reason.split_once(" - ").map_or(reason, |(reason, _)| reason);
    let what = match reason.strip_prefix("Cannot access ") {
        Some(file) => format!("{file} is not among the files that this node may use"),
        None => format!("{}: this node may use few files only", lower_first(reason)),
    };
    is_limit.then(|| format!("{what} (DB_ALLOWED_DIRECTORIES, DB_ALLOWED_PATHS)"))
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Database, DatabaseOptions};
    use crate::error::ErrorCode;

    #[tokio::test]
    async fn statements_touch_what_is_allowed_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("in"), folder.path().join("out"));
        for place in [&inside, &outside] {
            std::fs::create_dir(place).unwrap();
            std::fs::write(place.join("a.csv"), "a\n1\n").unwrap();
        }
        std::fs::write(outside.join("b.csv"), "a\n1\n").unwrap();
        let database = Database::open(DatabaseOptions {
            path: Some(folder.path().join("main.duckdb")),
            allowed_files: Some(AllowedFiles {
                directories: vec![inside.display().to_string()],
                paths: vec![outside.join("b.csv").display().to_string()],
            }),
            ..DatabaseOptions::default()
        })
        .await
        .unwrap();
        for (file, is_allowed) in [
            (inside.join("a.csv"), true),
            (outside.join("b.csv"), true),
            (outside.join("a.csv"), false),
            (inside.join("../out/a.csv"), false),
        ] {
            let sql = format!(
                "SELECT a FROM read_csv({})",
                quote::literal(&file.display().to_string())
            );
            let answer = database.run(move |session| session.query(&sql, &[])).await;
            assert_eq!(answer.is_ok(), is_allowed, "{}", file.display());
            if let Err(error) = answer {
                assert_eq!(error.code(), ErrorCode::Forbidden);
                assert!(error.to_string().contains("DB_ALLOWED_DIRECTORIES"), "{error}");
            }
        }
        for sql in [
            "SET enable_external_access = true",
            "SET allowed_directories = ['/']",
            "LOAD mysql_scanner",
        ] {
            let answer = database.run(move |session| session.execute_batch(sql)).await;
            assert!(answer.is_err(), "{sql}");
        }
        let own = database.run(|session| session.execute_batch("CREATE TABLE t (x INTEGER); CHECKPOINT"));
        own.await.unwrap();
    }

    #[test]
    fn refusals_name_the_settings() {
        let settings = "(DB_ALLOWED_DIRECTORIES, DB_ALLOWED_PATHS)";
        for (message, expected) in [
            (
                "Permission Error: Cannot access file \"/x\" - file system operations are disabled by configuration",
                Some(format!(
                    "file \"/x\" is not among the files that this node may use {settings}"
                )),
            ),
            (
                "Permission Error: Attaching Postgres databases is disabled through configuration",
                Some(format!(
                    "attaching Postgres databases is disabled through configuration: this node may use few files only {settings}"
                )),
            ),
            ("Permission Error: something else", None),
            ("IO Error: disabled by configuration", None),
        ] {
            assert_eq!(refusal(message), expected, "{message}");
        }
    }
}
