//! Finds installed servers.

use std::fs;
use std::path::{Path, PathBuf};

use super::environment;

/// Returns the folder of the binary `name` among `folders`, then in `PATH`.
pub(super) fn folder_of(name: &str, folders: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    folders
        .into_iter()
        .chain(environment::path_folders())
        .find(|folder| folder.join(name).is_file())
}

/// Returns `<parent>/<version>/<child>` for every version installed side by side, the newest first.
pub(super) fn versioned_folders(parent: &Path, child: &str) -> Vec<PathBuf> {
    // Without the parent folder no version is installed there.
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join(child)))
        })
        .collect();
    versions.sort_by(|left, right| right.cmp(left));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first() {
        let parent = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17", "common"] {
            fs::create_dir(parent.path().join(version)).unwrap();
        }
        let folders = versioned_folders(parent.path(), "bin");
        let expected: Vec<_> = ["17/bin", "15/bin", "9/bin"]
            .iter()
            .map(|path| parent.path().join(path))
            .collect();
        assert_eq!(folders, expected);
    }
}
