//! Who may ask. In a cluster the management node's settings are in force on every node.

use std::path::PathBuf;
use std::time::Duration;

use hugr_auth::{AuthSettings, RoleName, Secret};

use super::value::{self, Words};

/// Authentication.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Authentication")]
pub struct AuthConfig {
    /// Let in requests without credentials
    #[arg(long, env = "ALLOWED_ANONYMOUS", value_name = "BOOL", value_parser = value::switch, default_value = "true",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub allowed_anonymous: bool,

    /// Role of requests without credentials
    #[arg(long, env = "ANONYMOUS_ROLE", value_name = "ROLE", default_value = "admin")]
    pub anonymous_role: String,

    /// Key that grants the role `admin`, sent in the header `x-hugr-secret-key`
    #[arg(long, env = "SECRET_KEY", value_name = "SECRET", value_parser = value::secret)]
    pub secret_key: Option<Secret>,

    /// Further settings: a file `.json`, `.yaml` or `.yml`
    #[arg(long, env = "AUTH_CONFIG_FILE", value_name = "FILE")]
    pub auth_config_file: Option<PathBuf>,

    /// Accept the API keys of the core store
    #[arg(long, env = "ALLOW_MANAGED_API_KEYS", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub allow_managed_api_keys: bool,

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

    /// Client secret, for the login of tools
    #[arg(long, env = "OIDC_CLIENT_SECRET", value_name = "SECRET", value_parser = value::secret)]
    pub oidc_client_secret: Option<Secret>,

    /// Scopes that a login asks for
    #[arg(
        long,
        env = "OIDC_SCOPES",
        value_name = "LIST",
        default_value = "openid profile email"
    )]
    pub oidc_scopes: Words,

    /// Where a login returns to
    #[arg(long, env = "OIDC_REDIRECT_URL", value_name = "URL")]
    pub oidc_redirect_url: Option<String>,

    /// Time for each request to the provider; 0 is no limit
    #[arg(long, env = "OIDC_TIMEOUT", value_name = "DURATION", value_parser = value::duration, default_value = "0s")]
    pub oidc_timeout: Duration,

    /// Accept any certificate of the provider; for tests only
    #[arg(long, env = "OIDC_TLS_INSECURE", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub oidc_tls_insecure: bool,

    /// Cookie that carries the token; the header `Authorization` only when not set
    #[arg(long, env = "OIDC_COOKIE_NAME", value_name = "NAME")]
    pub oidc_cookie_name: Option<String>,

    /// Prefix of the scope that names the role
    #[arg(long, env = "OIDC_SCOPE_ROLE_PREFIX", value_name = "TEXT")]
    pub oidc_scope_role_prefix: Option<String>,

    /// Claim with the user's name
    #[arg(
        long,
        env = "OIDC_USERNAME_CLAIM",
        value_name = "CLAIM",
        default_value = "name"
    )]
    pub oidc_username_claim: String,

    /// Claim with the user's id
    #[arg(long, env = "OIDC_USERID_CLAIM", value_name = "CLAIM", default_value = "sub")]
    pub oidc_userid_claim: String,

    /// Claim with the user's role
    #[arg(
        long,
        env = "OIDC_ROLE_CLAIM",
        value_name = "CLAIM",
        default_value = "x-hugr-role"
    )]
    pub oidc_role_claim: String,
}

impl AuthConfig {
    /// Returns the settings of the authentication chain.
    #[must_use]
    pub fn settings(&self) -> AuthSettings {
        AuthSettings {
            anonymous_role: self
                .allowed_anonymous
                .then(|| RoleName::new(self.anonymous_role.as_str())),
            secret_key: self.secret_key.clone(),
            ..AuthSettings::closed()
        }
    }

    /// Returns what an operator should know about these settings.
    pub(super) fn warnings(&self) -> Vec<String> {
        if self.allowed_anonymous && self.anonymous_role == "admin" {
            let advice = "requests without credentials act as `admin`; set ALLOWED_ANONYMOUS=false \
                          before others can reach this address: permissions of roles are not enforced yet";
            return vec![advice.to_owned()];
        }
        Vec::new()
    }
}
