//! An OpenID provider: its configuration and keys, fetched when they are needed.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::Header;
use jsonwebtoken::jwk::JwkSet;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::error::AuthError;
use crate::jwt::key::VerifyingKey;
use crate::settings::OidcSettings;

const CONFIGURATION_PATH: &str = "/.well-known/openid-configuration";

/// How often the provider is asked at most: that many times at once, then once per pause. Tokens with made-up key ids must
/// not make this process flood it.
const BURST: u32 = 5;
const PAUSE: Duration = Duration::from_secs(10);

/// Age at which keys are fetched again although they fit: a key that the provider withdrew is not used for longer.
const KEYS_AGE: Duration = Duration::from_secs(3600);

/// An answer that is longer than this is not read.
const MOST_BYTES: usize = 1024 * 1024;

/// Time for each request where the settings give none.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the provider says about itself (OpenID Connect Discovery 1.0).
#[derive(Clone, Debug, Deserialize)]
pub struct Configuration {
    /// Its name, which tokens bear.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where browsers log in.
    pub authorization_endpoint: Option<String>,
    /// Where codes are exchanged for tokens.
    pub token_endpoint: Option<String>,
    /// Where browsers log out.
    pub end_session_endpoint: Option<String>,
}

/// Configuration and keys at one time.
#[derive(Debug)]
pub struct Known {
    /// The configuration.
    pub configuration: Configuration,
    /// The keys for signatures.
    pub keys: Vec<VerifyingKey>,
    fetched: Instant,
}

impl Known {
    /// Returns whether some key may have signed a token with this header.
    fn fits(&self, header: &Header) -> bool {
        self.keys
            .iter()
            .any(|key| key.fits(header.alg, header.kid.as_deref()))
    }
}

/// An OpenID provider. Cheap to share; asks for each thing once, however many requests wait for it.
#[derive(Debug)]
pub struct Provider {
    name: String,
    issuer: String,
    http: reqwest::Client,
    known: RwLock<Option<Arc<Known>>>,
    budget: Mutex<Budget>,
}

/// How often the provider may still be asked.
#[derive(Debug)]
struct Budget {
    left: u32,
    since: Instant,
    /// Why it did not answer when it was last asked.
    failure: Option<String>,
}

impl Provider {
    /// Returns the provider of `settings`, who is not asked yet. `name` is how errors and logs call it.
    ///
    /// # Errors
    /// [`AuthError::InvalidSettings`] when its URL cannot be used.
    pub fn new(name: &str, settings: &OidcSettings) -> Result<Self, AuthError> {
        let invalid = |reason: String| AuthError::invalid_settings(format!("OIDC issuer: {reason}"));
        let issuer = settings.issuer.trim_end_matches('/').to_owned();
        let url = url::Url::parse(&issuer).map_err(|error| invalid(format!("`{issuer}`: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(format!("`{issuer}` is neither an http nor an https URL")));
        }
        let timeout = match settings.timeout_seconds {
            0 => DEFAULT_TIMEOUT,
            seconds => Duration::from_secs(seconds),
        };
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(Policy::none())
            .danger_accept_invalid_certs(settings.accepts_any_certificate)
            .build()
            .map_err(|error| invalid(error.to_string()))?;
        Ok(Self {
            name: name.to_owned(),
            issuer,
            http,
            known: RwLock::new(None),
            budget: Mutex::new(Budget {
                left: BURST,
                since: Instant::now(),
                failure: None,
            }),
        })
    }

    /// Returns whether `issuer`, as a token names it, is this provider.
    #[must_use]
    pub fn is_named(&self, issuer: &str) -> bool {
        issuer.trim_end_matches('/') == self.issuer
    }

    /// Returns the client for requests to the provider.
    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Returns what is known, asking the provider when that is nothing.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when it does not answer.
    pub async fn known(&self) -> Result<Arc<Known>, AuthError> {
        match self.current() {
            Some(known) => Ok(known),
            None => self.fetch(|_| false).await,
        }
    }

    /// Returns what is known, with the keys for a token with this header where the provider has them.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when the keys are needed and the provider does not answer.
    pub async fn keys_for(&self, header: &Header) -> Result<Arc<Known>, AuthError> {
        let current = self.current();
        let is_fit = |known: &Known| known.fits(header) && known.fetched.elapsed() < KEYS_AGE;
        if let Some(known) = current.as_ref().filter(|known| is_fit(known)) {
            return Ok(Arc::clone(known));
        }
        match (self.fetch(is_fit).await, current) {
            // Older keys than wanted are better than none.
            (Err(error), Some(known)) if known.fits(header) => {
                tracing::warn!(%error, "keys of the OpenID provider not renewed");
                Ok(known)
            }
            (outcome, _) => outcome,
        }
    }

    /// Returns newer keys than `known`, for a token without a key id that none of those has signed.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when the provider does not answer.
    pub async fn keys_after(&self, known: &Arc<Known>) -> Result<Arc<Known>, AuthError> {
        self.fetch(|current| current.fetched > known.fetched).await
    }

    fn current(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the provider, unless what another request has fetched meanwhile is enough, or it was asked too often.
    async fn fetch(&self, is_enough: impl Fn(&Known) -> bool) -> Result<Arc<Known>, AuthError> {
        let mut budget = self.budget.lock().await;
        let current = self.current();
        if let Some(known) = current.as_ref().filter(|known| is_enough(known)) {
            return Ok(Arc::clone(known));
        }
        if !budget.take(Instant::now()) {
            return match (current, &budget.failure) {
                // It answered a moment ago: it has no other keys.
                (Some(known), None) => Ok(known),
                (_, failure) => Err(self.unavailable(failure.as_deref().unwrap_or("it was asked too often"))),
            };
        }
        let fetched = self.ask().await;
        budget.failure = fetched.as_ref().err().cloned();
        let known = Arc::new(fetched.map_err(|reason| self.unavailable(&reason))?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&known));
        tracing::debug!(
            issuer = self.issuer,
            keys = known.keys.len(),
            "OpenID provider answered"
        );
        Ok(known)
    }

    async fn ask(&self) -> Result<Known, String> {
        let configuration: Configuration = self.get(&format!("{}{CONFIGURATION_PATH}", self.issuer)).await?;
        if !self.is_named(&configuration.issuer) {
            return Err("its configuration names another issuer".to_owned());
        }
        let set: JwkSet = self.get(&configuration.jwks_uri).await?;
        Ok(Known {
            keys: VerifyingKey::of_set(&set),
            configuration,
            fetched: Instant::now(),
        })
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        let response = self
            .http
            .get(url)
            .send()
            .await
            .map_err(|error| reason_of(&error))?;
        if !response.status().is_success() {
            return Err(format!("it answered {} at {url}", response.status()));
        }
        let body = body_of(response).await?;
        serde_json::from_slice(&body)
            .map_err(|error| format!("its answer at {url} is not understood: {error}"))
    }

    pub(super) fn unavailable(&self, reason: &str) -> AuthError {
        AuthError::Unavailable {
            authenticator: self.name.clone(),
            reason: format!("OpenID provider {}: {reason}", self.issuer),
        }
    }
}

impl Budget {
    /// Takes one request out of the budget, if there is one.
    fn take(&mut self, now: Instant) -> bool {
        let earned = now.duration_since(self.since).as_secs() / PAUSE.as_secs();
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        if earned > 0 {
            self.left = self.left.saturating_add(earned).min(BURST);
            self.since = now;
        }
        let is_left = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_left
    }
}

/// Reads a body, up to the limit.
pub(super) async fn body_of(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason_of(&error))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err("its answer is too long".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns why a request failed, with its causes: the outermost error only says that it did.
pub(super) fn reason_of(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_is_asked_a_few_times_at_once_and_then_at_intervals() {
        let start = Instant::now();
        let mut budget = Budget {
            left: BURST,
            since: start,
            failure: None,
        };
        for _ in 0..BURST {
            assert!(budget.take(start));
        }
        assert!(!budget.take(start));
        assert!(!budget.take(start + PAUSE / 2));
        assert!(budget.take(start + PAUSE));
        assert!(!budget.take(start + PAUSE));
        assert!(budget.take(start + PAUSE * 3));
        assert!(budget.take(start + PAUSE * 3));
        assert!(!budget.take(start + PAUSE * 3));
    }

    #[test]
    fn issuers_are_urls() {
        for issuer in ["", "accounts.example", "ftp://accounts.example"] {
            let settings = OidcSettings {
                issuer: issuer.to_owned(),
                ..OidcSettings::default()
            };
            assert!(Provider::new("oidc", &settings).is_err(), "{issuer}");
        }
    }
}
