//! The login of browsers: authorization code flow with PKCE (RFC 7636), and renewal of its tokens.
//!
//! Nothing is kept here between two requests: the browser keeps it, sealed. Any node that shares the session key can finish
//! what another one began.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::authenticator::{DEFAULT_COOKIE, NAME};
use super::provider::{Provider, body_of, reason_of};
use super::session::{SessionKey, random_text};
use crate::authenticator::Authenticator;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::oidc::Oidc;
use crate::settings::OidcSettings;

const LOGIN_PURPOSE: &str = "login";
const RENEWAL_PURPOSE: &str = "renewal";

/// How long a browser may take to log in.
pub const LOGIN_TIME: Duration = Duration::from_secs(600);

/// The login through an OpenID provider.
#[derive(Clone, Debug)]
pub struct Login {
    provider: Arc<Provider>,
    oidc: Oidc,
    settings: Arc<OidcSettings>,
    key: SessionKey,
}

/// A login that has begun.
#[derive(Clone)]
pub struct BegunLogin {
    /// Where the browser goes.
    pub location: String,
    /// What the browser keeps until it returns.
    pub sealed: String,
}

impl fmt::Debug for BegunLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BegunLogin(***)")
    }
}

/// What a login or a renewal brings.
#[derive(Clone)]
pub struct Session {
    /// The token that the browser sends with each request.
    pub token: String,
    /// How long it is valid.
    pub lasts: Duration,
    /// What the browser shows to get the next token; `None` when the provider gives none.
    pub sealed_renewal: Option<String>,
    /// Path to which the browser returns.
    pub return_to: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("lasts", &self.lasts)
            .finish_non_exhaustive()
    }
}

/// What the provider says when it sends the browser back.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    /// Code to exchange for tokens.
    pub code: Option<String>,
    /// The state that the login began with.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// What is kept sealed while a browser logs in.
#[derive(Serialize, Deserialize)]
struct Pending {
    state: String,
    nonce: String,
    verifier: String,
    return_to: String,
    redirect_url: String,
    began: u64,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    refresh_token: Option<String>,
}

impl Login {
    /// Returns the login through `provider`, whose tokens `oidc` accepts.
    #[must_use]
    pub fn new(provider: Arc<Provider>, oidc: Oidc, settings: OidcSettings, key: SessionKey) -> Self {
        Self {
            provider,
            oidc,
            settings: Arc::new(settings),
            key,
        }
    }

    /// Returns the issuer and the client id, which other applications that log in here ask for.
    #[must_use]
    pub fn issuer_and_client(&self) -> (&str, &str) {
        (&self.settings.issuer, &self.settings.client_id)
    }

    /// Returns the name of the cookie that carries the token.
    #[must_use]
    pub fn cookie_name(&self) -> &str {
        self.settings.cookie_name.as_deref().unwrap_or(DEFAULT_COOKIE)
    }

    /// Returns where the provider sends browsers back to, where that is configured.
    #[must_use]
    pub fn redirect_url(&self) -> Option<&str> {
        self.settings.redirect_url.as_deref()
    }

    /// Begins a login that comes back to `redirect_url` and ends at the path `return_to`.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when the provider does not answer or offers no login.
    pub async fn begin(&self, redirect_url: &str, return_to: &str) -> Result<BegunLogin, AuthError> {
        let known = self.provider.known().await?;
        let endpoint = known.configuration.authorization_endpoint.as_deref();
        let mut location = self.url(endpoint, "authorization endpoint")?;
        let pending = Pending {
            state: random_text(),
            nonce: random_text(),
            verifier: random_text(),
            return_to: local_path(return_to),
            redirect_url: redirect_url.to_owned(),
            began: seconds(SystemTime::now()),
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(pending.verifier.as_bytes()));
        location
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect_url)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", &pending.state)
            .append_pair("nonce", &pending.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        let sealed = self.key.seal(&pending, LOGIN_PURPOSE);
        Ok(BegunLogin {
            location: location.into(),
            sealed: sealed.ok_or_else(|| self.provider.unavailable("the login cannot be sealed"))?,
        })
    }

    /// Ends a login: `sealed` is what the browser kept, `callback` what the provider says.
    ///
    /// # Errors
    /// [`AuthError::Rejected`] when the browser did not begin this login, took too long, or the provider refuses;
    /// [`AuthError::Unavailable`] when the provider does not answer.
    pub async fn finish(&self, sealed: &str, callback: &Callback) -> Result<Session, AuthError> {
        let pending: Pending = self
            .key
            .open(sealed, LOGIN_PURPOSE)
            .ok_or_else(|| refused("this browser has not begun a login here"))?;
        let age = seconds(SystemTime::now()).saturating_sub(pending.began);
        if age > LOGIN_TIME.as_secs() {
            return Err(refused("the login took too long; begin again"));
        }
        let state = callback.state.as_deref().unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(pending.state.as_bytes())) {
            return Err(refused(
                "the provider answered another login than the one that was begun",
            ));
        }
        if let Some(error) = &callback.error {
            return Err(refused(&format!("the provider refused: {}", printable(error))));
        }
        let code = callback
            .code
            .as_deref()
            .ok_or_else(|| refused("the provider sent no code"))?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &pending.redirect_url),
            ("code_verifier", &pending.verifier),
        ];
        let answer = self.exchange(&form).await?;
        self.session(answer, Some(&pending.nonce), &pending.return_to)
            .await
    }

    /// Returns the next token for what a session left with the browser.
    ///
    /// # Errors
    /// As for [`finish`](Self::finish).
    pub async fn renew(&self, sealed_renewal: &str) -> Result<Session, AuthError> {
        let refresh_token: String = self
            .key
            .open(sealed_renewal, RENEWAL_PURPOSE)
            .ok_or_else(|| refused("this browser has no login to renew"))?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.as_str()),
        ];
        let mut answer = self.exchange(&form).await?;
        // A provider that does not replace it lets it be used again.
        answer.refresh_token.get_or_insert(refresh_token);
        self.session(answer, None, "/").await
    }

    /// Returns where the browser logs out of the provider, if it has such a place.
    pub async fn logout_location(&self, return_to: Option<&str>) -> Option<String> {
        let known = self.provider.known().await.ok()?;
        let endpoint = known.configuration.end_session_endpoint.as_deref();
        let mut location = self.url(endpoint, "end of session").ok()?;
        let mut query = location.query_pairs_mut();
        query.append_pair("client_id", &self.settings.client_id);
        if let Some(return_to) = return_to {
            query.append_pair("post_logout_redirect_uri", return_to);
        }
        drop(query);
        Some(location.into())
    }

    async fn exchange(&self, form: &[(&str, &str)]) -> Result<TokenAnswer, AuthError> {
        let known = self.provider.known().await?;
        let endpoint = known.configuration.token_endpoint.as_deref();
        let endpoint = self.url(endpoint, "token endpoint")?;
        let request = self
            .provider
            .http()
            .post(endpoint)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(self.form_body(form));
        let response = request.send().await;
        let response = response.map_err(|error| self.provider.unavailable(&reason_of(&error)))?;
        let status = response.status();
        let body = body_of(response)
            .await
            .map_err(|reason| self.provider.unavailable(&reason))?;
        if status.is_client_error() {
            let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            let error = answer
                .get("error")
                .and_then(Value::as_str)
                .unwrap_or("no reason given");
            return Err(refused(&format!("the provider refused: {}", printable(error))));
        }
        let answer = serde_json::from_slice(&body).ok().filter(|_| status.is_success());
        answer.ok_or_else(|| {
            self.provider
                .unavailable("its answer to a login is not understood")
        })
    }

    fn form_body(&self, form: &[(&str, &str)]) -> String {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form)
            .append_pair("client_id", &self.settings.client_id);
        if let Some(secret) = &self.settings.client_secret {
            body.append_pair("client_secret", secret.expose());
        }
        body.finish()
    }

    /// Checks the token of an answer as any request's token is checked, and that it belongs to this login.
    async fn session(
        &self,
        answer: TokenAnswer,
        nonce: Option<&str>,
        return_to: &str,
    ) -> Result<Session, AuthError> {
        let token = answer
            .id_token
            .ok_or_else(|| refused("the provider sent no ID token"))?;
        let mut headers = HeaderMap::new();
        let value = format!("Bearer {token}").parse();
        headers.insert(
            AUTHORIZATION,
            value.map_err(|_| refused("the ID token is malformed"))?,
        );
        let identity = self
            .oidc
            .authenticate(&Credentials::from_headers(&headers))
            .await?;
        let identity = identity.ok_or_else(|| refused("the provider sent no ID token"))?;
        let named = identity.claims.get("nonce").and_then(Value::as_str);
        if nonce.is_some_and(|nonce| named != Some(nonce)) {
            return Err(refused("the ID token belongs to another login"));
        }
        let ends = identity
            .claims
            .get("exp")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let renewal = answer.refresh_token.as_ref();
        Ok(Session {
            token,
            lasts: Duration::from_secs(ends.saturating_sub(seconds(SystemTime::now()))),
            sealed_renewal: renewal.and_then(|token| self.key.seal(token, RENEWAL_PURPOSE)),
            return_to: return_to.to_owned(),
        })
    }

    fn url(&self, endpoint: Option<&str>, name: &str) -> Result<Url, AuthError> {
        let endpoint = endpoint.and_then(|endpoint| Url::parse(endpoint).ok());
        endpoint.ok_or_else(|| self.provider.unavailable(&format!("it has no {name}")))
    }
}

fn refused(reason: &str) -> AuthError {
    AuthError::Rejected {
        authenticator: NAME.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Returns `path` if it leads to this service, else its start: a login must not send browsers anywhere else.
fn local_path(path: &str) -> String {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n', '\t'])
        && path.is_ascii();
    if is_local { path.to_owned() } else { "/".to_owned() }
}

/// Returns the beginning of a foreign text, without what could break a line of a log or a page.
fn printable(text: &str) -> String {
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || " _-.".contains(*letter);
    text.chars().filter(is_plain).take(100).collect()
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_return_to_this_service_only() {
        assert_eq!(local_path("/admin?x=1"), "/admin?x=1");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "admin",
            "",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere}");
        }
    }

    #[test]
    fn foreign_text_is_cut() {
        assert_eq!(printable("access_denied\n<b>"), "access_deniedb");
    }
}
