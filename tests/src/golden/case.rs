//! What a case consists of.

use std::path::{Path, PathBuf};

use super::fixture::Fixture;

/// A case that sends requests.
#[derive(Clone, Debug)]
pub struct RequestCase {
    /// Name of the test: the folders from the root to the case.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What its engine serves.
    pub fixture: Fixture,
    /// Whether it may share its engine with others.
    pub engine: EngineUse,
    /// Its requests, in order.
    pub steps: Vec<Step>,
    /// Who asks; `None` for one identity with all rights.
    pub identities: Option<PathBuf>,
}

/// Whether a case needs an engine of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineUse {
    /// It only reads.
    Shared,
    /// It changes what is served.
    Own,
}

/// One request of a case, with what is expected of it. Files that are optional may be absent.
#[derive(Clone, Debug)]
pub struct Step {
    /// The request.
    pub query: PathBuf,
    /// Its variables; optional.
    pub variables: PathBuf,
    /// The whole answer.
    pub expected: PathBuf,
    /// The statements; optional.
    pub expected_sql: PathBuf,
}

impl Step {
    /// Returns the step of `query` in `folder`: `query.graphql`, or a numbered file.
    #[must_use]
    pub fn of(folder: &Path, query: &str) -> Self {
        let stem = query.strip_suffix(".graphql").unwrap_or(query);
        let beside = |name: &str| {
            folder.join(if stem == "query" {
                name.to_owned()
            } else {
                format!("{stem}.{name}")
            })
        };
        Self {
            query: folder.join(query),
            variables: beside("variables.json"),
            expected: beside("expected.json"),
            expected_sql: beside("expected.sql"),
        }
    }

    /// Returns whether `file` belongs to the step.
    #[must_use]
    pub fn owns(&self, file: &Path) -> bool {
        [&self.query, &self.variables, &self.expected, &self.expected_sql]
            .into_iter()
            .any(|own| own == file)
    }
}

/// What is expected of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogExpectation {
    /// What the compiler says about it.
    Diagnostics,
    /// The types that are served for it.
    Served,
}

impl CatalogExpectation {
    /// Returns the name of the folder of such cases.
    #[must_use]
    pub fn area(self) -> &'static str {
        match self {
            Self::Diagnostics => "catalog",
            Self::Served => "served",
        }
    }

    /// Returns the name of the file that holds it.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Diagnostics => "expected.diagnostics.txt",
            Self::Served => "expected.served.graphql",
        }
    }
}

/// A case whose schema is only compiled.
#[derive(Clone, Debug)]
pub struct CatalogCase {
    /// What is expected of it.
    pub expects: CatalogExpectation,
    /// Name of the test.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
}
