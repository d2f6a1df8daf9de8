//! Who may ask. In a cluster the management node's settings are in force on every node.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hugr_auth::file::{AuthFile, AuthOverlay, Format, OidcOverlay};
use hugr_auth::{AuthSettings, Authentication, RoleName, Secret};

use super::error::ConfigError;
use super::value::{self, Words};
use crate::auth::NoManagedKeys;

const FILE_VARIABLE: &str = "AUTH_CONFIG_FILE";

/// Authentication. What is set here wins over the file, which wins over the defaults.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Authentication")]
pub struct AuthConfig {
    /// Let in requests without credentials; yes when not set
    #[arg(long, env = "ALLOWED_ANONYMOUS", value_name = "BOOL", value_parser = value::switch,
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub allowed_anonymous: Option<bool>,

    /// Role of requests without credentials; `admin` when not set
    #[arg(long, env = "ANONYMOUS_ROLE", value_name = "ROLE")]
    pub anonymous_role: Option<String>,

    /// Key that grants the role `admin`, sent in the header `x-hugr-secret-key`
    #[arg(long, env = "SECRET_KEY", value_name = "SECRET", value_parser = value::secret)]
    pub secret_key: Option<Secret>,

    /// Further settings: a file `.json`, `.yaml` or `.yml`; when it changes, the new settings are in force
    #[arg(long, env = "AUTH_CONFIG_FILE", value_name = "FILE")]
    pub auth_config_file: Option<PathBuf>,

    /// Accept the API keys of the core store; no when not set
    #[arg(long, env = "ALLOW_MANAGED_API_KEYS", value_name = "BOOL", value_parser = value::switch,
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub allow_managed_api_keys: Option<bool>,

    /// OpenID provider of access tokens
    #[command(flatten)]
    pub oidc: OidcConfig,
}

/// The OpenID provider: variables `OIDC_*`.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "OpenID Connect")]
pub struct OidcConfig {
    /// Issuer's URL; off when not set
    #[arg(long, env = "OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,

    /// Client id, which tokens must name as their audience
    #[arg(long, env = "OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,

    /// Audiences that tokens may name instead of the client id
    #[arg(long, env = "OIDC_AUDIENCE", value_name = "LIST")]
    pub oidc_audience: Option<Words>,

    /// Client secret, where the provider gave one, for logins
    #[arg(long, env = "OIDC_CLIENT_SECRET", value_name = "SECRET", value_parser = value::secret)]
    pub oidc_client_secret: Option<Secret>,

    /// Scopes that a login asks for; `openid profile email` when not set
    #[arg(long, env = "OIDC_SCOPES", value_name = "LIST")]
    pub oidc_scopes: Option<Words>,

    /// Where a login returns to: this service's /auth/callback; the admin page asks for a login when it is set
    #[arg(long, env = "OIDC_REDIRECT_URL", value_name = "URL")]
    pub oidc_redirect_url: Option<String>,

    /// Time for each request to the provider; 10 s when not set or 0
    #[arg(long, env = "OIDC_TIMEOUT", value_name = "DURATION", value_parser = value::duration)]
    pub oidc_timeout: Option<Duration>,

    /// Accept any certificate of the provider; for tests only
    #[arg(long, env = "OIDC_TLS_INSECURE", value_name = "BOOL", value_parser = value::switch,
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub oidc_tls_insecure: Option<bool>,

    /// Cookie that carries the token; without it, and without a login, the header `Authorization` only
    #[arg(long, env = "OIDC_COOKIE_NAME", value_name = "NAME")]
    pub oidc_cookie_name: Option<String>,

    /// Prefix of the scope that names the role
    #[arg(long, env = "OIDC_SCOPE_ROLE_PREFIX", value_name = "TEXT")]
    pub oidc_scope_role_prefix: Option<String>,

    /// Claim with the user's name, or a path to it like `a.b`; `name` when not set
    #[arg(long, env = "OIDC_USERNAME_CLAIM", value_name = "CLAIM")]
    pub oidc_username_claim: Option<String>,

    /// Claim with the user's id; `sub` when not set
    #[arg(long, env = "OIDC_USERID_CLAIM", value_name = "CLAIM")]
    pub oidc_userid_claim: Option<String>,

    /// Claim with the user's role; `x-hugr-role` when not set
    #[arg(long, env = "OIDC_ROLE_CLAIM", value_name = "CLAIM")]
    pub oidc_role_claim: Option<String>,
}

/// The settings in force, and what the operator should know about them.
#[derive(Clone, Debug, Default)]
pub struct EffectiveAuth {
    /// The settings.
    pub settings: AuthSettings,
    /// Warnings.
    pub warnings: Vec<String>,
}

impl AuthConfig {
    /// Returns the settings in force, reading the file where one is configured. Blocks the thread.
    ///
    /// # Errors
    /// When the file cannot be read, or settings cannot be used; the message names the variable.
    pub fn effective(&self) -> Result<EffectiveAuth, ConfigError> {
        let text = match &self.auth_config_file {
            None => None,
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?),
        };
        self.effective_with(text.as_deref())
    }

    /// Returns the settings in force when the file holds `text`.
    ///
    /// # Errors
    /// As [`effective`](Self::effective).
    pub fn effective_with(&self, text: Option<&str>) -> Result<EffectiveAuth, ConfigError> {
        let file = match (&self.auth_config_file, text) {
            (Some(path), Some(text)) => Format::of(path)
                .and_then(|format| AuthFile::parse(text, format))
                .map_err(|error| file_error(path, &error))?,
            _ => AuthFile::default(),
        };
        let place = self.auth_config_file.as_deref().unwrap_or(Path::new(""));
        let warnings = file.warnings.iter();
        let mut warnings: Vec<_> = warnings
            .map(|text| format!("{}: {text}", place.display()))
            .collect();
        let settings = self
            .overlay()
            .over(file.settings)
            .settle(&AuthSettings::default());
        // Finds out before they are used, by whatever node, that they can be.
        Authentication::from_settings(&settings, Some(NoManagedKeys::shared())).map_err(|error| {
            ConfigError::Auth {
                reason: error.to_string(),
            }
        })?;
        warnings.extend(warnings_of(&settings));
        Ok(EffectiveAuth { settings, warnings })
    }

    /// Returns the variables that are set, for a node that takes none of them.
    #[must_use]
    pub fn variables_set(&self) -> Vec<&'static str> {
        let oidc = &self.oidc;
        let all = [
            ("ALLOWED_ANONYMOUS", self.allowed_anonymous.is_some()),
            ("ANONYMOUS_ROLE", self.anonymous_role.is_some()),
            ("SECRET_KEY", self.secret_key.is_some()),
            (FILE_VARIABLE, self.auth_config_file.is_some()),
            ("ALLOW_MANAGED_API_KEYS", self.allow_managed_api_keys.is_some()),
            ("OIDC_ISSUER", oidc.oidc_issuer.is_some()),
            ("OIDC_CLIENT_ID", oidc.oidc_client_id.is_some()),
            ("OIDC_AUDIENCE", oidc.oidc_audience.is_some()),
            ("OIDC_CLIENT_SECRET", oidc.oidc_client_secret.is_some()),
            ("OIDC_SCOPES", oidc.oidc_scopes.is_some()),
            ("OIDC_REDIRECT_URL", oidc.oidc_redirect_url.is_some()),
            ("OIDC_TIMEOUT", oidc.oidc_timeout.is_some()),
            ("OIDC_TLS_INSECURE", oidc.oidc_tls_insecure.is_some()),
            ("OIDC_COOKIE_NAME", oidc.oidc_cookie_name.is_some()),
            ("OIDC_SCOPE_ROLE_PREFIX", oidc.oidc_scope_role_prefix.is_some()),
            ("OIDC_USERNAME_CLAIM", oidc.oidc_username_claim.is_some()),
            ("OIDC_USERID_CLAIM", oidc.oidc_userid_claim.is_some()),
            ("OIDC_ROLE_CLAIM", oidc.oidc_role_claim.is_some()),
        ];
        let set = all.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(name, _)| name).collect()
    }

    fn overlay(&self) -> AuthOverlay {
        AuthOverlay {
            allowed_anonymous: self.allowed_anonymous,
            anonymous_role: self.anonymous_role.as_deref().map(RoleName::new),
            secret_key: self.secret_key.clone(),
            managed_api_keys: self.allow_managed_api_keys,
            oidc: self.oidc.overlay(),
            ..AuthOverlay::default()
        }
    }
}

impl OidcConfig {
    fn overlay(&self) -> OidcOverlay {
        let words = |list: &Option<Words>| list.as_ref().map(|list| list.items().to_vec());
        let timeout = self.oidc_timeout;
        OidcOverlay {
            issuer: self.oidc_issuer.clone(),
            client_id: self.oidc_client_id.clone(),
            client_secret: self.oidc_client_secret.clone(),
            audiences: words(&self.oidc_audience),
            scopes: words(&self.oidc_scopes),
            redirect_url: self.oidc_redirect_url.clone(),
            timeout_seconds: timeout.map(|time| time.as_secs() + u64::from(time.subsec_nanos() > 0)),
            accepts_any_certificate: self.oidc_tls_insecure,
            cookie_name: self.oidc_cookie_name.clone(),
            scope_role_prefix: self.oidc_scope_role_prefix.clone(),
            role_claim: self.oidc_role_claim.clone(),
            user_id_claim: self.oidc_userid_claim.clone(),
            user_name_claim: self.oidc_username_claim.clone(),
            leeway_seconds: None,
        }
    }
}

fn file_error(path: &Path, error: &impl std::fmt::Display) -> ConfigError {
    ConfigError::variable(FILE_VARIABLE, format!("{}: {error}", path.display()))
}

/// Returns what an operator should know about settings that can be used.
fn warnings_of(settings: &AuthSettings) -> Vec<String> {
    let mut warnings = Vec::new();
    if settings.is_open_to_all() {
        let advice = "REQUESTS WITHOUT CREDENTIALS ACT AS `admin`: everybody who reaches this service may read and change \
                      everything. Set ALLOWED_ANONYMOUS=false, or ANONYMOUS_ROLE to a role with fewer rights";
        warnings.push(advice.to_owned());
    }
    if let Some(oidc) = &settings.oidc {
        if oidc.accepts_any_certificate {
            warnings.push("OIDC_TLS_INSECURE: any certificate of the OpenID provider is accepted".to_owned());
        }
        if oidc.issuer.starts_with("http://") && !oidc.issuer.contains("://127.0.0.1") {
            warnings.push("OIDC_ISSUER: the keys of the OpenID provider are fetched without TLS".to_owned());
        }
    }
    warnings
}
