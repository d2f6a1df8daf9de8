//! Finds the cases below a folder, and everything there that belongs to none.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Outcome;
use super::case::{CatalogCase, CatalogExpectation, EngineUse, RequestCase, Step};
use super::fixture::{ACCESS_FILE, EXTENSION_FILE, Fixture, ROWS_FILE, SCHEMA_FILE, SOURCE_FILE};

const IDENTITIES_FILE: &str = "identities.json";
const README_FILE: &str = "README.md";

/// What was found below a folder.
#[derive(Debug, Default)]
pub struct Found {
    /// Cases that send requests.
    pub requests: Vec<RequestCase>,
    /// Cases that compile a schema.
    pub catalogs: Vec<CatalogCase>,
    /// Files that nobody reads or that are missing, each with what to do about it.
    pub problems: Vec<String>,
}

/// Returns what is below `root`.
///
/// # Errors
/// When a folder cannot be read.
pub fn discover(root: &Path) -> Outcome<Found> {
    let mut search = Search::default();
    for area in Listing::read(root)?.folders {
        let mut kinds = [CatalogExpectation::Diagnostics, CatalogExpectation::Served].into_iter();
        match kinds.find(|kind| area.ends_with(kind.area())) {
            Some(kind) => search.catalog_area(&area, kind)?,
            None => search.folder(&area, &Fixture::default(), &name_of(&area))?,
        }
    }
    let unused: Vec<_> = search.fixture_files.difference(&search.used_files).collect();
    let unused = unused
        .into_iter()
        .map(|file| format!("{}: no case uses it", file.display()));
    search.found.problems.extend(unused);
    Ok(search.found)
}

#[derive(Default)]
struct Search {
    found: Found,
    fixture_files: BTreeSet<PathBuf>,
    used_files: BTreeSet<PathBuf>,
}

impl Search {
    fn folder(&mut self, folder: &Path, inherited: &Fixture, name: &str) -> Outcome {
        let listing = Listing::read(folder)?;
        let fixture = inherited.overridden_by(&listing.files);
        self.fixture_files
            .extend(listing.files.iter().filter(|file| is_fixture(file)).cloned());
        if listing.files.iter().any(|file| is_query(file)) {
            return self.case(folder, &listing, fixture, name);
        }
        for file in listing.files.iter().filter(|file| !is_fixture(file)) {
            if name_of(file) != README_FILE {
                self.problem(file, "not a file of a golden folder");
            }
        }
        if listing.folders.is_empty() {
            self.problem(folder, "holds no case");
        }
        for inner in listing.folders {
            let name = format!("{name}::{}", name_of(&inner));
            self.folder(&inner, &fixture, &name)?;
        }
        Ok(())
    }

    fn case(&mut self, folder: &Path, listing: &Listing, fixture: Fixture, name: &str) -> Outcome {
        for inner in &listing.folders {
            self.problem(inner, "a case holds no folders");
        }
        let queries: Vec<_> = listing
            .files
            .iter()
            .filter(|file| is_query(file))
            .map(|file| name_of(file))
            .collect();
        let steps: Vec<_> = queries.iter().map(|query| Step::of(folder, query)).collect();
        let engine = if queries == ["query.graphql"] {
            EngineUse::Shared
        } else {
            EngineUse::Own
        };
        if engine == EngineUse::Own && queries.iter().any(|query| !is_numbered(query)) {
            self.problem(folder, "has one `query.graphql`, or steps `01_name.graphql`");
        }
        if engine == EngineUse::Shared && is_mutation(&steps)? {
            self.problem(
                folder,
                "changes what is served; make its request a step: `01_name.graphql`",
            );
        }
        let mut identities = None;
        for file in &listing.files {
            let name = name_of(file);
            if name == IDENTITIES_FILE {
                identities = Some(file.clone());
            } else if name != README_FILE && !is_fixture(file) && !steps.iter().any(|step| step.owns(file)) {
                self.problem(file, "no step of the case reads it");
            }
        }
        self.used_files.extend(fixture.files().cloned());
        self.found.requests.push(RequestCase {
            name: name.to_owned(),
            folder: folder.to_owned(),
            fixture,
            engine,
            steps,
            identities,
        });
        Ok(())
    }

    fn catalog_area(&mut self, area: &Path, expects: CatalogExpectation) -> Outcome {
        let listing = Listing::read(area)?;
        for file in &listing.files {
            self.problem(file, "catalog cases are folders");
        }
        for folder in listing.folders {
            let inner = Listing::read(&folder)?;
            let known = [
                SCHEMA_FILE,
                EXTENSION_FILE,
                SOURCE_FILE,
                expects.file(),
                README_FILE,
            ];
            for file in inner.files.iter().chain(&inner.folders) {
                if !known.contains(&name_of(file).as_str()) {
                    self.problem(file, "not a file of a catalog case");
                }
            }
            if !inner.files.iter().any(|file| name_of(file) == SCHEMA_FILE) {
                self.problem(&folder, "has no `schema.graphql`");
            }
            let name = format!("{}::{}", expects.area(), name_of(&folder));
            self.found.catalogs.push(CatalogCase {
                expects,
                name,
                folder,
            });
        }
        Ok(())
    }

    fn problem(&mut self, path: &Path, message: &str) {
        self.found.problems.push(format!("{}: {message}", path.display()));
    }
}

/// Files and folders in a folder, sorted.
struct Listing {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Listing {
    fn read(folder: &Path) -> Outcome<Self> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            paths.push(entry.map_err(failed)?.path());
        }
        paths.sort();
        let (folders, files) = paths.into_iter().partition(|path| path.is_dir());
        Ok(Self { files, folders })
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn is_fixture(file: &Path) -> bool {
    [SCHEMA_FILE, ROWS_FILE, SOURCE_FILE, ACCESS_FILE].contains(&name_of(file).as_str())
}

fn is_query(file: &Path) -> bool {
    let name = name_of(file);
    name.ends_with(".graphql") && name != SCHEMA_FILE
}

/// `01_name.graphql`
fn is_numbered(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() > 3 && bytes[..2].iter().all(u8::is_ascii_digit) && bytes[2] == b'_'
}

fn is_mutation(steps: &[Step]) -> Outcome<bool> {
    for step in steps {
        let text =
            fs::read_to_string(&step.query).map_err(|error| format!("{}: {error}", step.query.display()))?;
        let mut lines = text.lines().map(str::trim_start);
        if lines.any(|line| line.starts_with("mutation")) {
            return Ok(true);
        }
    }
    Ok(false)
}
