//! Authentication settings while a program runs: put together at start, and again when their file changes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hugr_auth::{ApiKeyLookup, AuthError, AuthSettings, ManagedKey, Secret, SecretDigest};

use crate::config::auth::{AuthConfig, EffectiveAuth};
use crate::telemetry;

/// Pause between two looks at the file.
const PAUSE: Duration = Duration::from_secs(2);

/// Managed keys of a program that keeps none, to find out whether settings can be used.
#[derive(Debug)]
pub(crate) struct NoManagedKeys;

impl NoManagedKeys {
    pub(crate) fn shared() -> Arc<dyn ApiKeyLookup> {
        Arc::new(Self)
    }
}

#[async_trait]
impl ApiKeyLookup for NoManagedKeys {
    async fn find(&self, _: &SecretDigest) -> Result<Option<Arc<ManagedKey>>, AuthError> {
        Ok(None)
    }
}

/// Returns the key of logins in a cluster: it follows from the secret that all nodes share.
#[must_use]
pub fn session_key(cluster_secret: &Secret) -> Secret {
    let text = format!("hugr/auth/v1/session-of-cluster/{}", cluster_secret.expose());
    Secret::new(SecretDigest::of(text.as_bytes()).to_hex())
}

/// Watches `file` for as long as the program runs. Settings that cannot be
/// used are logged, and those before stay in force. Without a file there is nothing to see.
pub async fn watch(file: Option<WatchedFile>, apply: impl Fn(AuthSettings) -> hugr_core::Result<()>) {
    match file {
        Some(file) => file.watch(apply).await,
        None => std::future::pending().await,
    }
}

/// A file of authentication settings that is looked at again and again.
///
/// Its text is compared, not its time: mounted configurations are replaced in ways that keep or turn back the time.
#[derive(Debug)]
pub struct WatchedFile {
    config: AuthConfig,
    path: PathBuf,
    seen: Option<String>,
}

impl WatchedFile {
    /// Returns the file of `config`, if there is one. What it holds now counts as known.
    pub async fn of(config: &AuthConfig) -> Option<Self> {
        let path = config.auth_config_file.clone()?;
        let seen = tokio::fs::read_to_string(&path).await.ok();
        Some(Self {
            config: config.clone(),
            path,
            seen,
        })
    }

    /// Hands new settings to `apply` whenever the file changes. Settings that cannot be used are logged, and those before
    /// stay in force.
    async fn watch(mut self, apply: impl Fn(AuthSettings) -> hugr_core::Result<()>) {
        loop {
            tokio::time::sleep(PAUSE).await;
            if let Some(effective) = self.changed().await {
                telemetry::log_warnings(&effective.warnings);
                let file = self.path.display();
                match apply(effective.settings) {
                    Ok(()) => tracing::info!(%file, "new authentication settings are in force"),
                    Err(error) => {
                        tracing::error!(%file, %error, "authentication settings not applied; those before stay in force");
                    }
                }
            }
        }
    }

    /// Returns the settings in force, when the file has changed and they can be used.
    async fn changed(&mut self) -> Option<EffectiveAuth> {
        let text = match tokio::fs::read_to_string(&self.path).await {
            Ok(text) => Some(text),
            Err(error) => {
                if self.seen.take().is_some() {
                    self.keep_former(&error);
                }
                return None;
            }
        };
        if text == self.seen {
            return None;
        }
        self.seen = text;
        match self.config.effective_with(self.seen.as_deref()) {
            Ok(effective) => Some(effective),
            Err(error) => {
                self.keep_former(&error);
                None
            }
        }
    }

    fn keep_former(&self, error: &impl std::fmt::Display) {
        let file = self.path.display();
        tracing::error!(%file, %error, "authentication settings cannot be used; those before stay in force");
    }
}
