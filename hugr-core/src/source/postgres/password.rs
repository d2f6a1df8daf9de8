//! Passwords that a path leaves to the environment: the variable `PGPASSWORD`, or a file of passwords.
//!
//! ```text
//! # host:port:database:user:password, where `*` is anything and `\` makes the next character an ordinary one
//! db.example.com:5432:*:shop:secret
//! ```

use std::collections::HashMap;
use std::path::Path;

use super::path::{SourcePath, encoded};

/// Returns the parameter that says what `variables` say of the password; `None` when the path says it, or nobody.
pub(super) fn parameter(path: &SourcePath<'_>, variables: &HashMap<String, String>) -> Option<String> {
    if path.has_password() {
        return None;
    }
    let variable = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    if let Some(password) = variable("PGPASSWORD") {
        return Some(format!("password={}", encoded(password)));
    }
    if path.text("passfile").is_some() {
        return None;
    }
    let named = variable("PGPASSFILE").cloned();
    let file = named.or_else(|| variable("HOME").map(|home| format!("{home}/.pgpass")))?;
    Some(format!("passfile={}", encoded(&file)))
}

/// The lines of a file of passwords.
#[derive(Default)]
pub(super) struct PasswordFile(Vec<[String; 5]>);

impl PasswordFile {
    /// Reads a file. One that is not there has no passwords, and one that others may read is not used.
    pub(super) async fn read(file: &Path) -> Self {
        if is_open_to_others(file).await {
            tracing::warn!(file = %file.display(), "a file of passwords that others may read is not used");
            return Self::default();
        }
        match tokio::fs::read_to_string(file).await {
            Ok(text) => Self::parse(&text),
            Err(error) => {
                tracing::debug!(file = %file.display(), %error, "there is no file of passwords");
                Self::default()
            }
        }
    }

    fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(|line| parts(line).try_into().ok()).collect())
    }

    /// Returns the password of the first line that is about `[host, port, database, user]`.
    pub(super) fn find(&self, connection: [&str; 4]) -> Option<&str> {
        let is_about = |line: &&[String; 5]| {
            let wanted = connection.iter().zip(line.iter());
            wanted
                .into_iter()
                .all(|(value, part)| part == "*" || part == value)
        };
        self.0
            .iter()
            .find(is_about)
            .map(|[.., password]| password.as_str())
    }
}

#[cfg(unix)]
async fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let metadata = tokio::fs::metadata(file).await;
    metadata.is_ok_and(|metadata| metadata.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
async fn is_open_to_others(_file: &Path) -> bool {
    false
}

/// Splits a line at its colons.
fn parts(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let plain = match character {
            ':' if parts.len() < 5 => {
                parts.push(String::new());
                continue;
            }
            '\\' => characters.next(),
            other => Some(other),
        };
        if let Some(part) = parts.last_mut() {
            part.extend(plain);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::DataSource;

    #[test]
    fn the_first_line_that_fits_counts() {
        let file = PasswordFile::parse(
            "# comment\nshort:line\nh:5432:d:u:a\\:b\\\\c\nh:*:*:u:second\n*:*:*:other:with:colon\n",
        );
        for (connection, expected) in [
            (["h", "5432", "d", "u"], Some("a:b\\c")),
            (["h", "5433", "d", "u"], Some("second")),
            (["x", "1", "d", "other"], Some("with:colon")),
            (["x", "1", "d", "u"], None),
        ] {
            assert_eq!(file.find(connection), expected, "{connection:?}");
        }
    }

    #[test]
    fn the_path_comes_first_then_the_variable_then_the_file() {
        let all = [("PGPASSWORD", "p&x"), ("PGPASSFILE", "/f"), ("HOME", "/h")];
        for (path, variables, expected) in [
            ("postgres://u:p@h/d", &all[..], None),
            ("postgres://u@h/d?password=p", &all, None),
            ("postgres://u@h/d", &all, Some("password=p%26x")),
            ("postgres://u@h/d?passfile=/own", &all[1..], None),
            ("postgres://u@h/d", &all[1..], Some("passfile=/f")),
            ("postgres://u@h/d", &all[2..], Some("passfile=/h/.pgpass")),
            ("postgres://u@h/d", &[], None),
        ] {
            let source = DataSource::new("shop", "postgres", path);
            let variables = variables.iter();
            let variables = variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let path = SourcePath::parse(&source).unwrap();
            assert_eq!(parameter(&path, &variables).as_deref(), expected, "{path:?}");
        }
    }
}
