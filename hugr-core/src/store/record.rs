//! The records of the core store, with the columns and defaults of the core database's tables.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::keys;
use crate::error::{Error, ErrorCode};
use crate::name::{CatalogSourceName, SourceName};

/// A data source: where data lives and how it appears in the served schema.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSource {
    /// Unique name.
    pub name: SourceName,
    /// Kind of source: `duckdb`, `postgres`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// What people read about it.
    pub description: Option<String>,
    /// Put before each of its type names, followed by `_`; empty for none.
    pub prefix: String,
    /// Whether its objects live in a module of its own name.
    pub as_module: bool,
    /// Path or connection string; may hold a password and `[$VAR]` references.
    pub path: String,
    /// Whether it must not be loaded.
    pub disabled: bool,
    /// Whether the source describes its own tables.
    pub self_defined: bool,
    /// Whether it is opened and served without mutations.
    pub read_only: bool,
}

/// `path` is left out: it may hold a password.
impl fmt::Debug for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataSource")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl DataSource {
    /// Returns a source of `kind` at `path` with the defaults of the core database.
    #[must_use]
    pub fn new(name: impl Into<SourceName>, kind: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            description: None,
            prefix: String::new(),
            as_module: false,
            path: path.into(),
            disabled: false,
            self_defined: false,
            read_only: false,
        }
    }
}

/// New values for some columns of a [`DataSource`]; `None` leaves a column as it is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSourcePatch {
    /// New kind.
    pub kind: Option<String>,
    /// New description; the inner `None` clears it.
    pub description: Option<Option<String>>,
    /// New prefix.
    pub prefix: Option<String>,
    /// New module placement.
    pub as_module: Option<bool>,
    /// New path.
    pub path: Option<String>,
    /// New disabled mark.
    pub disabled: Option<bool>,
    /// New self-description mark.
    pub self_defined: Option<bool>,
    /// New read-only mark.
    pub read_only: Option<bool>,
}

impl fmt::Debug for DataSourcePatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataSourcePatch")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How the text of a catalog source is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CatalogSourceKind {
    /// A folder on the node's disk.
    LocalFs,
    /// A folder that DuckDB's file systems can list.
    Uri,
    /// One file that DuckDB's file systems can read.
    UriFile,
    /// The text itself.
    Text,
}

impl CatalogSourceKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::LocalFs, Self::Uri, Self::UriFile, Self::Text];

    /// Returns the name that stands in `catalog_sources.type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LocalFs => "localFS",
            Self::Uri => "uri",
            Self::UriFile => "uriFile",
            Self::Text => "text",
        }
    }
}

impl FromStr for CatalogSourceKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let valid: Vec<_> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
                Error::new(
                    ErrorCode::BadRequest,
                    format!(
                        "unknown catalog source type `{text}`; valid are {}",
                        valid.join(", ")
                    ),
                )
            })
    }
}

/// A piece of SDL that data sources are described by.
///
/// `kind` is text, because the core database may hold kinds that a newer version knows; it is parsed where it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogSource {
    /// Unique name.
    pub name: CatalogSourceName,
    /// One of [`CatalogSourceKind`]'s names.
    #[serde(rename = "type")]
    pub kind: String,
    /// What people read about it.
    pub description: Option<String>,
    /// Folder, file or text, as `kind` says.
    pub path: String,
}

/// New values for some columns of a [`CatalogSource`]; `None` leaves a column as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogSourcePatch {
    /// New kind.
    pub kind: Option<String>,
    /// New description; the inner `None` clears it.
    pub description: Option<Option<String>>,
    /// New path.
    pub path: Option<String>,
}

/// Stands for a password in paths that are shown.
pub(crate) const MASK: &str = "***";

/// Parameters of a URL that hold credentials have one of these in their names.
const SECRET_PARAMETERS: [&str; 6] = ["password", "passwd", "secret", "token", "api_key", "apikey"];

/// Replaces the password of a URL's user information, and what its parameters hold of credentials. What is sealed is
/// replaced whole.
pub(crate) fn mask_password(path: &str) -> String {
    if keys::is_sealed(path) {
        return MASK.to_owned();
    }
    let Some((scheme, rest)) = path.split_once("://") else {
        return path.to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let masked_user = authority.rsplit_once('@').and_then(|(user_info, host)| {
        let (user, _) = user_info.split_once(':')?;
        Some(format!("{user}:{MASK}@{host}"))
    });
    let authority = masked_user.as_deref().unwrap_or(authority);
    format!("{scheme}://{authority}{}", mask_parameters(tail))
}

fn mask_parameters(tail: &str) -> String {
    // SDL that holds a URL somewhere is no URL.
    let is_url = !tail.contains(char::is_whitespace);
    let Some((before, query)) = tail.split_once('?').filter(|_| is_url) else {
        return tail.to_owned();
    };
    let shown = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_secret_parameter(name) => format!("{name}={MASK}"),
        _ => parameter.to_owned(),
    };
    let query: Vec<_> = query.split('&').map(shown).collect();
    format!("{before}?{}", query.join("&"))
}

fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_PARAMETERS.iter().any(|secret| name.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (path, shown) in [
            ("postgres://u:p@w@h:5432/db?x=1", "postgres://u:***@h:5432/db?x=1"),
            ("postgres://u@h/db", "postgres://u@h/db"),
            ("/data/a:b@c.duckdb", "/data/a:b@c.duckdb"),
            ("http://h/path:with@at", "http://h/path:with@at"),
            (
                "postgres://h/db?user=u&password=p&x=1",
                "postgres://h/db?user=u&password=***&x=1",
            ),
            ("grpc://h?auth_token=t", "grpc://h?auth_token=***"),
            ("https://h/a.graphql?v=1", "https://h/a.graphql?v=1"),
            ("# https://h/a?b\n token = 1", "# https://h/a?b\n token = 1"),
            ("sealed:v1:name:content", "***"),
        ] {
            assert_eq!(mask_password(path), shown);
        }
    }
}
