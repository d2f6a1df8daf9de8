//! Settings of a whole authentication chain, as management distributes them to work nodes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::identity::RoleName;
use crate::secret::{Secret, SecretDigest};

/// How far clocks may be apart where the settings do not say.
pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

/// Settings of an authentication chain.
///
/// Serialisable, so that it can travel sealed from management to the work nodes; never log the serialised form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthSettings {
    /// Role of requests without credentials; `None` refuses them.
    pub anonymous_role: Option<RoleName>,
    /// Key that grants the role `admin`, or the role named by an override header.
    pub secret_key: Option<Secret>,
    /// Whether the keys that the host manages are accepted.
    pub managed_api_keys: bool,
    /// Keys of the configuration, by name.
    pub api_keys: BTreeMap<String, ApiKeySettings>,
    /// Issuers of tokens, by name.
    pub jwt: BTreeMap<String, JwtSettings>,
    /// The OpenID provider.
    pub oidc: Option<OidcSettings>,
    /// Where browsers log in.
    pub login: LoginSettings,
    /// Key of what browsers keep between the steps of a login; the same on all nodes that share an address.
    pub session_key: Option<Secret>,
    /// Digest of the cluster's secret, which is accepted like the secret key. Each node knows it by itself: it does not
    /// travel.
    #[serde(skip)]
    pub cluster_secret: Option<SecretDigest>,
}

/// A way to authenticate, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthWay {
    /// The kind of credential, as [`Identity::auth_type`](crate::Identity::auth_type) names it.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

impl AuthSettings {
    /// Returns settings that let nobody in.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            anonymous_role: None,
            secret_key: None,
            managed_api_keys: false,
            api_keys: BTreeMap::new(),
            jwt: BTreeMap::new(),
            oidc: None,
            login: LoginSettings::default(),
            session_key: None,
            cluster_secret: None,
        }
    }

    /// Returns the ways to authenticate, in the order in which they are asked.
    #[must_use]
    pub fn ways(&self) -> Vec<AuthWay> {
        let way = |kind, name: &str| AuthWay {
            kind,
            name: name.to_owned(),
        };
        let mut ways = Vec::new();
        ways.extend(self.cluster_secret.map(|_| way("apiKey", "cluster-internal")));
        ways.extend(
            self.managed_api_keys
                .then(|| way("db-api-key", "managed-api-keys")),
        );
        ways.extend(self.api_keys.keys().map(|name| way("apiKey", name)));
        ways.extend(self.jwt.keys().map(|name| way("jwt", name)));
        ways.extend(self.secret_key.as_ref().map(|_| way("apiKey", "x-hugr-secret")));
        ways.extend(self.oidc.as_ref().map(|_| way("oidc", "oidc")));
        ways.extend(
            self.anonymous_role
                .as_ref()
                .map(|_| way("anonymous", "anonymous")),
        );
        ways
    }

    /// Returns whether requests without credentials have all rights.
    #[must_use]
    pub fn is_open_to_all(&self) -> bool {
        self.anonymous_role
            .as_ref()
            .is_some_and(|role| role.as_str() == crate::api_key::DEFAULT_ROLE)
    }
}

/// Anonymous access as `admin` and nothing else: the defaults of a standalone server.
impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            anonymous_role: Some(RoleName::new(crate::api_key::DEFAULT_ROLE)),
            ..Self::closed()
        }
    }
}

/// A key of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeySettings {
    /// The key.
    pub key: Secret,
    /// Header that carries it; `x-hugr-api-key` when `None`.
    pub header: Option<String>,
    /// Role of its bearer; `admin` when `None`.
    pub default_role: Option<RoleName>,
    /// Headers by which the bearer says as whom it acts.
    pub headers: OverrideHeaderNames,
}

/// Names of the headers by which the bearer of a key says as whom it acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideHeaderNames {
    /// Names the role.
    pub role: Option<String>,
    /// Names the user.
    pub user_id: Option<String>,
    /// Gives the user's display name.
    pub user_name: Option<String>,
}

/// Which claims name role and user: names or paths like `realm_access.roles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimNames {
    /// The role: a text, or a list of texts.
    pub role: String,
    /// The user's id.
    pub user_id: String,
    /// The user's name.
    pub user_name: String,
}

/// `x-hugr-role`, `sub` and `name`.
impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            role: "x-hugr-role".to_owned(),
            user_id: "sub".to_owned(),
            user_name: "name".to_owned(),
        }
    }
}

/// An issuer of tokens whose keys the configuration holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JwtSettings {
    /// What the claim `iss` must be; not checked when `None`.
    pub issuer: Option<String>,
    /// Audiences of which the claim `aud` must name one; not checked when empty.
    pub audiences: Vec<String>,
    /// Public key: PEM, JWK, SSH, or one of these in base64.
    pub public_key: Option<String>,
    /// Secret shared with the issuer, for HS256, HS384 and HS512.
    pub secret: Option<Secret>,
    /// Cookie that carries the token.
    pub cookie_name: Option<String>,
    /// Prefix of the scopes that name roles; `hugr:` when `None`.
    pub scope_role_prefix: Option<String>,
    /// Header by which the bearer of a token without a role names one.
    pub role_header: Option<String>,
    /// Claims that name role and user.
    pub claims: ClaimNames,
    /// How far clocks may be apart.
    pub leeway_seconds: u64,
}

impl Default for JwtSettings {
    fn default() -> Self {
        Self {
            issuer: None,
            audiences: Vec::new(),
            public_key: None,
            secret: None,
            cookie_name: None,
            scope_role_prefix: None,
            role_header: None,
            claims: ClaimNames::default(),
            leeway_seconds: DEFAULT_LEEWAY.as_secs(),
        }
    }
}

/// An OpenID provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OidcSettings {
    /// URL of the issuer; its configuration is found below it.
    pub issuer: String,
    /// Id of this application at the provider.
    pub client_id: String,
    /// Secret of this application, where the provider gave it one.
    pub client_secret: Option<Secret>,
    /// Audiences that tokens may name instead of the client id.
    pub audiences: Vec<String>,
    /// Scopes that a login asks for.
    pub scopes: Vec<String>,
    /// Where a login returns to: this service's `/auth/callback`. Switches the login for the admin page on.
    pub redirect_url: Option<String>,
    /// How long each request to the provider may take.
    pub timeout_seconds: u64,
    /// Whether any certificate of the provider is accepted.
    pub accepts_any_certificate: bool,
    /// Cookie that carries the token.
    pub cookie_name: Option<String>,
    /// Prefix of the roles in a list, and of the scopes that name roles.
    pub scope_role_prefix: String,
    /// Claims that name role and user.
    pub claims: ClaimNames,
    /// How far clocks may be apart.
    pub leeway_seconds: u64,
}

impl Default for OidcSettings {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            audiences: Vec::new(),
            scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            redirect_url: None,
            timeout_seconds: 10,
            accepts_any_certificate: false,
            cookie_name: None,
            scope_role_prefix: String::new(),
            claims: ClaimNames::default(),
            leeway_seconds: DEFAULT_LEEWAY.as_secs(),
        }
    }
}

/// Where browsers that are not logged in are sent by another application's login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginSettings {
    /// The login; it gets the place to return to in its parameter `redirect_uri`.
    pub login_url: Option<String>,
    /// Public address of this service, to which the path of the request is added.
    pub redirect_url: Option<String>,
    /// Ends of the paths whose requests are sent there.
    pub redirect_login_paths: Vec<String>,
}
