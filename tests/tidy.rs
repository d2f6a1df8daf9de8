//! Rules about the source tree that neither the compiler nor clippy can check. Each message says what to change.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hugr_core::error::ErrorCode;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const MAX_LINES: usize = 500;

/// What each package of ours may depend on, of ours. Packages that are not named may use all of them.
const PACKAGES: [(&str, &[&str]); 5] = [
    ("hugr-auth", &[]),
    ("hugr-cache", &[]),
    ("hugr-core", &["hugr-auth", "hugr-cache"]),
    ("hugr-cluster", &["hugr-core", "hugr-auth", "hugr-cache"]),
    (
        "hugr-bin",
        &["hugr-cluster", "hugr-core", "hugr-auth", "hugr-cache"],
    ),
];

/// Where a crate may be used: path prefixes. Tests, examples and benches may use anything.
const CRATES: [(&str, &[&str]); 9] = [
    ("duckdb", &["hugr-core/src/db/"]),
    ("libduckdb_sys", &["hugr-core/src/db/"]),
    (
        "apollo_compiler",
        &["hugr-core/src/gql/", "hugr-core/src/catalog/"],
    ),
    ("sqlx", &["hugr-core/src/store/postgres"]),
    ("tokio_postgres", &["hugr-core/src/source/postgres"]),
    ("deadpool", &["hugr-core/src/source/postgres"]),
    ("axum", &["hugr-core/src/http/", "hugr-cluster/", "hugr-bin/"]),
    ("tonic", &["hugr-cluster/"]),
    ("prost", &["hugr-cluster/"]),
];

/// The layers of hugr-core: what a module may import, beside `error` and `name`. Imports only go down.
const LAYERS: [(&str, &[&str]); 12] = [
    ("jq", &[]),
    ("sql", &[]),
    ("gql", &[]),
    ("catalog", &["gql", "sql"]),
    ("authz", &["catalog", "gql", "sql"]),
    ("plan", &["authz", "catalog", "gql", "jq", "sql"]),
    ("db", &["sql"]),
    ("store", &["db", "catalog", "sql"]),
    ("source", &["db", "store", "catalog", "gql", "sql"]),
    (
        "exec",
        &["source", "db", "plan", "authz", "catalog", "gql", "sql"],
    ),
    (
        "engine",
        &[
            "exec", "source", "store", "db", "plan", "authz", "catalog", "gql", "jq", "sql",
        ],
    ),
    (
        "http",
        &[
            "engine", "exec", "source", "store", "db", "plan", "authz", "catalog", "gql", "jq", "sql",
        ],
    ),
];

/// Modules of the core that only turn values into values.
const PURE: [&str; 5] = ["sql", "gql", "catalog", "authz", "plan"];

/// What they must not name: concurrency, clocks, chance, files, the environment.
const IMPURE: [&str; 8] = [
    "tokio::",
    "async fn",
    "std::fs",
    "std::env",
    "std::net",
    "SystemTime::now",
    "Instant::now",
    "rand::",
];

/// Names that say nothing about what a file holds.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "common", "types", "misc", "helper", "helpers"];

/// One file of Rust code.
struct Source {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// Returns the file's lines with their numbers, without comments and without its module of tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line));
        lines
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]" || !self.ends_in_tests())
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn ends_in_tests(&self) -> bool {
        self.text.contains("#[cfg(test)]\nmod tests {")
    }

    /// Returns whether the file has a module of its own of that name, which its paths then mean.
    fn declares_module(&self, name: &str) -> bool {
        let declaration = format!("mod {name};");
        self.code().any(|(_, line)| line.ends_with(&declaration))
    }

    fn is_library(&self) -> bool {
        self.path.contains("/src/")
            && !["tests/", "examples/", "benches/"]
                .iter()
                .any(|p| self.path.starts_with(p))
    }

    /// Returns whether the file holds checks only: a sibling `tests.rs` or `*_tests.rs`, or a contract suite.
    fn is_test_code(&self) -> bool {
        self.path.ends_with("/tests.rs")
            || self.path.ends_with("_tests.rs")
            || self.path.contains("/tests/")
            || self.path.contains("/testsuite")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Collects the files below `folder`, without what builds write and what git hides.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn paths() -> io::Result<Vec<(String, PathBuf)>> {
    let root = root();
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let relative = |path: &Path| {
        path.strip_prefix(&root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/")
    };
    Ok(files.into_iter().map(|path| (relative(&path), path)).collect())
}

fn sources() -> io::Result<Vec<Source>> {
    let rust = paths()?.into_iter().filter(|(path, _)| path.ends_with(".rs"));
    rust.map(|(path, file)| {
        Ok(Source {
            path,
            text: fs::read_to_string(file)?,
        })
    })
    .collect()
}

/// Fails with all findings, one a line.
fn none(findings: &[String]) -> Outcome {
    if findings.is_empty() {
        return Ok(());
    }
    Err(format!("\n{}\n", findings.join("\n")).into())
}

/// Returns whether the line names the crate: `name::` or `use name`, not as a part of another path.
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + name.len()..];
        let starts_path = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '"');
        let is_use = line.trim_start().trim_start_matches("pub ").starts_with("use ");
        starts_path
            && (after.starts_with("::") || is_use && (after.starts_with(';') || after.starts_with(" as ")))
    })
}

#[test]
fn files_are_short() -> Outcome {
    let mut findings = Vec::new();
    for source in sources()? {
        let lines = source.text.lines().count();
        if lines > MAX_LINES {
            findings.push(format!(
                "{}: {lines} lines, at most {MAX_LINES}: split it by subject",
                source.path
            ));
        }
    }
    none(&findings)
}

#[test]
fn names_say_what() -> Outcome {
    let mut findings = Vec::new();
    for (path, _) in paths()?.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let stems = path.trim_end_matches(".rs").split('/');
        for stem in stems.filter(|stem| EMPTY_NAMES.contains(stem)) {
            findings.push(format!("{path}: `{stem}` says nothing: name the subject"));
        }
    }
    none(&findings)
}

#[test]
fn modules_say_what_they_own() -> Outcome {
    let mut findings = Vec::new();
    for source in sources()?.iter().filter(|source| !source.is_test_code()) {
        if !source.text.starts_with("//!") {
            findings.push(format!("{}: starts without `//!`: say what it owns", source.path));
        }
    }
    none(&findings)
}

#[test]
fn libraries_do_not_panic() -> Outcome {
    let mut findings = Vec::new();
    for source in sources()?
        .iter()
        .filter(|source| source.is_library() && !source.is_test_code())
    {
        for (number, line) in source.code() {
            if line.contains(".unwrap()") || line.contains(".expect(") {
                findings.push(format!(
                    "{}:{number}: return an error instead of a panic",
                    source.path
                ));
            }
        }
    }
    none(&findings)
}

#[test]
fn crates_stay_where_they_belong() -> Outcome {
    let mut findings = Vec::new();
    for source in sources()?.iter().filter(|source| source.is_library()) {
        for (name, homes) in CRATES {
            let is_home = homes.iter().any(|home| source.path.starts_with(home));
            if is_home || source.declares_module(name) {
                continue;
            }
            for (number, line) in source.code().filter(|(_, line)| names_crate(line, name)) {
                let homes = homes.join(", ");
                findings.push(format!(
                    "{}:{number}: only {homes} may use {name}: {}",
                    source.path,
                    line.trim()
                ));
            }
        }
    }
    none(&findings)
}

#[test]
fn layers_of_the_core_only_look_down() -> Outcome {
    let layers: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let mut findings = Vec::new();
    for source in sources()? {
        let Some(inner) = source.path.strip_prefix("hugr-core/src/") else {
            continue;
        };
        let own = inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs");
        let may = match own {
            "lib" => continue,
            "error" | "name" => &[][..],
            own => match layers.get(own) {
                Some(may) => may,
                None => {
                    findings.push(format!(
                        "{}: `{own}` has no place in LAYERS of tests/tidy.rs",
                        source.path
                    ));
                    continue;
                }
            },
        };
        for (number, line) in source.code() {
            for path in line.split("crate::").skip(1) {
                let end = path
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(path.len());
                let used = &path[..end];
                let is_layer = layers.contains_key(used);
                if is_layer && used != own && !may.contains(&used) {
                    findings.push(format!(
                        "{}:{number}: `{own}` must not know `{used}`",
                        source.path
                    ));
                }
            }
        }
    }
    none(&findings)
}

#[test]
fn pure_modules_do_nothing_but_compute() -> Outcome {
    let mut findings = Vec::new();
    for source in sources()?.iter().filter(|source| !source.is_test_code()) {
        let own = source
            .path
            .strip_prefix("hugr-core/src/")
            .and_then(|inner| inner.split('/').next());
        if !own.is_some_and(|own| PURE.contains(&own)) {
            continue;
        }
        for (number, line) in source.code() {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                findings.push(format!("{}:{number}: `{word}` in a pure module", source.path));
            }
        }
    }
    none(&findings)
}

#[test]
fn packages_depend_downwards() -> Outcome {
    let mut findings = Vec::new();
    for (package, may) in PACKAGES {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml"))?;
        let mut section = "";
        for line in manifest.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            }
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let is_ours =
                section.ends_with("dependencies]") && PACKAGES.iter().any(|(ours, _)| *ours == name);
            // A package's own tests may use its test suite.
            if is_ours && name != package && !may.contains(&name) {
                findings.push(format!(
                    "{package}/Cargo.toml: {package} must not depend on {name}"
                ));
            }
        }
    }
    none(&findings)
}

#[test]
fn error_codes_are_documented() -> Outcome {
    let text = fs::read_to_string(root().join("docs/errors.md"))?;
    let missing = ErrorCode::ALL
        .into_iter()
        .filter(|code| !text.lines().any(|line| line == format!("## {code}")));
    let findings: Vec<String> = missing
        .map(|code| format!("docs/errors.md: no entry `## {code}`"))
        .collect();
    none(&findings)
}

#[test]
fn names_crate_sees_paths_only() {
    assert!(names_crate("use duckdb::Connection;", "duckdb"));
    assert!(names_crate("    let x: duckdb::Result<()> = y;", "duckdb"));
    assert!(names_crate("use axum as web;", "axum"));
    assert!(!names_crate("use crate::store::duckdb::Store;", "duckdb"));
    assert!(!names_crate("pub mod duckdb;", "duckdb"));
    assert!(!names_crate("use libduckdb_sys::x;", "duckdb"));
}
