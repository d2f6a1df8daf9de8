//! Ends the programs of a test process that was killed and could not do it itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::services::guard::{Guard, Service};

/// `$1` is a folder with an empty file for each living program, named by its process id.
const FUNCTIONS: &str = r#"
start() { :; }
stop() {
    for file in "$1"/*; do
        if [ -e "$file" ]; then kill -9 "${file##*/}"; fi
    done
}
"#;

/// Knows the living programs of a test, and ends them when the test process is gone.
#[derive(Debug)]
pub(super) struct Reaper {
    // Before the folder: the guard reads it when it is dropped.
    _guard: Guard,
    folder: PathBuf,
}

/// The entry of a living program; dropping it says that the program has ended.
#[derive(Debug)]
pub(super) struct Entry(PathBuf);

impl Reaper {
    /// Returns a reaper that keeps its list below `parent`.
    pub(super) fn new(parent: &Path) -> Outcome<Self> {
        let folder = parent.join("living");
        fs::create_dir_all(&folder)?;
        let service = Service {
            functions: FUNCTIONS,
            arguments: vec![folder.display().to_string()],
            instead_of_root: None,
        };
        let guard = Guard::start(&service)?;
        Ok(Self {
            _guard: guard,
            folder,
        })
    }

    /// Notes a program that has started.
    pub(super) fn note(&self, process: u32) -> Outcome<Entry> {
        let file = self.folder.join(process.to_string());
        fs::write(&file, "")?;
        Ok(Entry(file))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Without its folder there is no list to be taken from.
        let _ = fs::remove_file(&self.0);
    }
}
