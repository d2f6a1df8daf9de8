//! Services that someone else runs, named by environment variables.

/// Returns the value of `variable`; empty counts as unset.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment of a test run is the harness's configuration"
)]
pub(super) fn url(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|url| !url.is_empty())
}

/// Returns the folders of `PATH`, in order.
pub(super) fn path_folders() -> Vec<std::path::PathBuf> {
    std::env::var_os("PATH").map_or_else(Vec::new, |path| std::env::split_paths(&path).collect())
}
