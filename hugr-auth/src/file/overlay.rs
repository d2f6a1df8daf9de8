//! Settings of which each may be left open, so that several sources can be put over each other.

use std::collections::BTreeMap;

use crate::identity::RoleName;
use crate::secret::Secret;
use crate::settings::{ApiKeySettings, AuthSettings, ClaimNames, JwtSettings, LoginSettings, OidcSettings};

/// Authentication settings, each of which may be open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthOverlay {
    /// Whether requests without credentials are let in.
    pub allowed_anonymous: Option<bool>,
    /// Their role.
    pub anonymous_role: Option<RoleName>,
    /// The operator's key.
    pub secret_key: Option<Secret>,
    /// Whether the keys that the host manages are accepted.
    pub managed_api_keys: Option<bool>,
    /// Keys by name.
    pub api_keys: BTreeMap<String, ApiKeySettings>,
    /// Issuers by name.
    pub jwt: BTreeMap<String, JwtSettings>,
    /// The OpenID provider.
    pub oidc: OidcOverlay,
    /// Another application's login.
    pub login_url: Option<String>,
    /// Public address of this service.
    pub redirect_url: Option<String>,
    /// Ends of the paths whose requests are sent to that login.
    pub redirect_login_paths: Option<Vec<String>>,
}

/// Settings of the OpenID provider, each of which may be open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OidcOverlay {
    /// URL of the issuer; without one there is no provider.
    pub issuer: Option<String>,
    /// Id of this application.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// Audiences that tokens may name instead of the client id.
    pub audiences: Option<Vec<String>>,
    /// Scopes that a login asks for.
    pub scopes: Option<Vec<String>>,
    /// Where a login returns to.
    pub redirect_url: Option<String>,
    /// How long each request to the provider may take.
    pub timeout_seconds: Option<u64>,
    /// Whether any certificate of the provider is accepted.
    pub accepts_any_certificate: Option<bool>,
    /// Cookie that carries the token.
    pub cookie_name: Option<String>,
    /// Prefix of roles.
    pub scope_role_prefix: Option<String>,
    /// Claim with the role.
    pub role_claim: Option<String>,
    /// Claim with the user's id.
    pub user_id_claim: Option<String>,
    /// Claim with the user's name.
    pub user_name_claim: Option<String>,
    /// How far clocks may be apart.
    pub leeway_seconds: Option<u64>,
}

impl AuthOverlay {
    /// Returns these settings, with those of `below` where they are open. Keys and issuers are those of both.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        let mut api_keys = below.api_keys;
        api_keys.extend(self.api_keys);
        let mut jwt = below.jwt;
        jwt.extend(self.jwt);
        Self {
            allowed_anonymous: self.allowed_anonymous.or(below.allowed_anonymous),
            anonymous_role: self.anonymous_role.or(below.anonymous_role),
            secret_key: self.secret_key.or(below.secret_key),
            managed_api_keys: self.managed_api_keys.or(below.managed_api_keys),
            api_keys,
            jwt,
            oidc: self.oidc.over(below.oidc),
            login_url: self.login_url.or(below.login_url),
            redirect_url: self.redirect_url.or(below.redirect_url),
            redirect_login_paths: self.redirect_login_paths.or(below.redirect_login_paths),
        }
    }

    /// Returns the settings, with those of `defaults` where they are open.
    #[must_use]
    pub fn settle(self, defaults: &AuthSettings) -> AuthSettings {
        let is_allowed = self
            .allowed_anonymous
            .unwrap_or(defaults.anonymous_role.is_some());
        let role = self.anonymous_role.or_else(|| defaults.anonymous_role.clone());
        AuthSettings {
            anonymous_role: role.filter(|_| is_allowed),
            secret_key: self.secret_key,
            managed_api_keys: self.managed_api_keys.unwrap_or(defaults.managed_api_keys),
            api_keys: self.api_keys,
            jwt: self.jwt,
            oidc: self.oidc.settle(),
            login: LoginSettings {
                login_url: self.login_url,
                redirect_url: self.redirect_url,
                redirect_login_paths: self.redirect_login_paths.unwrap_or_default(),
            },
            session_key: defaults.session_key.clone(),
            cluster_secret: defaults.cluster_secret,
        }
    }
}

impl OidcOverlay {
    fn over(self, below: Self) -> Self {
        Self {
            issuer: self.issuer.or(below.issuer),
            client_id: self.client_id.or(below.client_id),
            client_secret: self.client_secret.or(below.client_secret),
            audiences: self.audiences.or(below.audiences),
            scopes: self.scopes.or(below.scopes),
            redirect_url: self.redirect_url.or(below.redirect_url),
            timeout_seconds: self.timeout_seconds.or(below.timeout_seconds),
            accepts_any_certificate: self.accepts_any_certificate.or(below.accepts_any_certificate),
            cookie_name: self.cookie_name.or(below.cookie_name),
            scope_role_prefix: self.scope_role_prefix.or(below.scope_role_prefix),
            role_claim: self.role_claim.or(below.role_claim),
            user_id_claim: self.user_id_claim.or(below.user_id_claim),
            user_name_claim: self.user_name_claim.or(below.user_name_claim),
            leeway_seconds: self.leeway_seconds.or(below.leeway_seconds),
        }
    }

    fn settle(self) -> Option<OidcSettings> {
        let defaults = OidcSettings::default();
        let claims = ClaimNames::default();
        Some(OidcSettings {
            issuer: self.issuer?,
            client_id: self.client_id.unwrap_or_default(),
            client_secret: self.client_secret,
            audiences: self.audiences.unwrap_or_default(),
            scopes: self.scopes.unwrap_or(defaults.scopes),
            redirect_url: self.redirect_url,
            timeout_seconds: self.timeout_seconds.unwrap_or(defaults.timeout_seconds),
            accepts_any_certificate: self.accepts_any_certificate.unwrap_or_default(),
            cookie_name: self.cookie_name,
            scope_role_prefix: self.scope_role_prefix.unwrap_or_default(),
            claims: ClaimNames {
                role: self.role_claim.unwrap_or(claims.role),
                user_id: self.user_id_claim.unwrap_or(claims.user_id),
                user_name: self.user_name_claim.unwrap_or(claims.user_name),
            },
            leeway_seconds: self.leeway_seconds.unwrap_or(defaults.leeway_seconds),
        })
    }
}
