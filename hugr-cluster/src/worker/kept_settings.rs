//! The settings that management sent last, kept on disk for a start without it.
//!
//! They stay sealed as they came: who reads the file without the cluster secret learns nothing.

use std::io;
use std::path::{Path, PathBuf};

use hugr_core::name::NodeName;

/// Where a node keeps its settings.
#[derive(Clone, Debug)]
pub(crate) struct KeptSettings {
    file: PathBuf,
}

impl KeptSettings {
    /// Returns the place of `node` in `folder`, which several nodes may share.
    pub(crate) fn of(node: &NodeName, folder: &Path) -> Self {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let name: String = node
            .as_str()
            .chars()
            .map(|letter| match plain(letter) {
                true => letter.to_string(),
                false => format!("%{:x}", u32::from(letter)),
            })
            .collect();
        Self {
            file: folder.join(format!("{name}.settings")),
        }
    }

    /// Keeps `sealed`; a failure is logged, for the node works all the same.
    pub(crate) async fn keep(&self, sealed: &[u8]) {
        if let Err(error) = self.write(sealed).await {
            let file = self.file.display();
            tracing::warn!(%file, %error, "settings not kept: this node cannot start again without management");
        }
    }

    /// Returns what was kept, if anything was.
    pub(crate) async fn load(&self) -> Option<Vec<u8>> {
        match tokio::fs::read(&self.file).await {
            Ok(sealed) => Some(sealed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let file = self.file.display();
                tracing::warn!(%file, %error, "kept settings cannot be read");
                None
            }
        }
    }

    /// Writes beside the file and renames: a crash leaves the former settings or the new ones.
    async fn write(&self, sealed: &[u8]) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let fresh = self.file.with_extension("settings.new");
        tokio::fs::write(&fresh, sealed).await?;
        tokio::fs::rename(&fresh, &self.file).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nodes_share_a_folder_and_read_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("state");
        let of = |name: &str| KeptSettings::of(&NodeName::from(name.to_owned()), &below);
        assert_eq!(of("w1").load().await, None);
        of("w1").keep(b"one").await;
        of("../w1").keep(b"two").await;
        of("w1").keep(b"three").await;
        assert_eq!(of("w1").load().await.as_deref(), Some(b"three".as_slice()));
        assert_eq!(of("../w1").load().await.as_deref(), Some(b"two".as_slice()));
        assert_eq!(std::fs::read_dir(&below).unwrap().count(), 2);
    }
}
