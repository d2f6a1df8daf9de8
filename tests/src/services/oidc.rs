//! An OpenID provider: npm's `oidc-provider`, which `make setup` puts into the cache, with means for tests beside it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{ServiceError, environment};

const NAME: &str = "OpenID provider";
/// Folder of the npm packages; `.cargo/config.toml` sets it.
const FOLDER_VARIABLE: &str = "HUGR_OIDC_PROVIDER";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/oidc_provider/server.mjs");

/// Id of the application that logs users in.
pub const CLIENT_ID: &str = "hugr";

/// A provider of its own for one test. It ends with its standard input, and so with the test process.
#[derive(Debug)]
pub struct OidcProvider {
    process: Child,
    issuer: String,
    http: reqwest::Client,
}

impl OidcProvider {
    /// Starts a provider on a free port. Blocks the thread.
    ///
    /// # Errors
    /// When there is none, or it does not start.
    pub fn start() -> Result<Self, ServiceError> {
        Self::start_on("0")
    }

    /// Ends the provider and starts another at its address: with other keys and without memory. Blocks
    /// the thread.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn restart(&mut self) -> Result<(), ServiceError> {
        let port = self.issuer.rsplit(':').next().unwrap_or_default().to_owned();
        self.stop();
        *self = Self::start_on(&port)?;
        Ok(())
    }

    /// Ends the provider.
    pub fn stop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    fn start_on(port: &str) -> Result<Self, ServiceError> {
        let folder = environment::url(FOLDER_VARIABLE)
            .filter(|folder| Path::new(folder).is_dir())
            .ok_or_else(|| missing("its npm packages are not in the cache; run `make setup`"))?;
        let (process, issuer) = spawn(&folder, port).map_err(|reason| missing(&reason))?;
        Ok(Self {
            process,
            issuer,
            http: reqwest::Client::new(),
        })
    }

    /// Returns the issuer's URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns a token with `claims`, signed by the provider with the key for `algorithm`.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn token(&self, algorithm: &str, claims: &Value) -> Result<String, ServiceError> {
        self.sign(json!({"algorithm": algorithm, "claims": claims})).await
    }

    /// Returns a token as `request` describes it: `algorithm`, `claims`, `header`, and `foreign` for a key of its own.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn sign(&self, request: Value) -> Result<String, ServiceError> {
        self.ask("/test/sign", request).await
    }

    /// Replaces the keys of the provider.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn rotate_keys(&self) -> Result<(), ServiceError> {
        self.ask("/test/rotate", json!({})).await.map(drop)
    }

    /// Returns how often the provider was asked for its keys.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn key_requests(&self) -> Result<u32, ServiceError> {
        let text = self.ask("/test/requests", json!({})).await?;
        text.parse().map_err(|error| failed(&error))
    }

    /// Returns an access token that the provider issued for this service by itself.
    ///
    /// # Errors
    /// When the provider refuses.
    pub async fn access_token(&self) -> Result<String, ServiceError> {
        let form = "grant_type=client_credentials&client_id=machine&client_secret=machine-secret\
                    &resource=urn:hugr&scope=hugr:reader";
        let request = self
            .http
            .post(format!("{}/token", self.issuer))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer: Value = async { request.send().await?.json().await }
            .await
            .map_err(|error: reqwest::Error| failed(&error))?;
        let token = answer["access_token"].as_str();
        token.map(str::to_owned).ok_or_else(|| failed(&answer))
    }

    async fn ask(&self, path: &str, body: Value) -> Result<String, ServiceError> {
        let request = self.http.post(format!("{}{path}", self.issuer)).json(&body);
        async { request.send().await?.error_for_status()?.text().await }
            .await
            .map_err(|error| failed(&error))
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(folder: &str, port: &str) -> Result<(Child, String), String> {
    let mut process = Command::new("node")
        .arg(SCRIPT)
        .env(FOLDER_VARIABLE, folder)
        .env("PORT", port)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start node: {error}"))?;
    let output = process.stdout.take().ok_or("node has no output")?;
    let issuer = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .find(|line| line.starts_with("http://"));
    match issuer {
        Some(issuer) => Ok((process, issuer)),
        None => {
            let _ = process.kill();
            let _ = process.wait();
            Err(format!("{SCRIPT} ended without an address"))
        }
    }
}

fn missing(reason: &str) -> ServiceError {
    ServiceError::Missing {
        service: NAME,
        tried: vec![reason.to_owned()],
    }
}

fn failed(reason: &impl std::fmt::Display) -> ServiceError {
    ServiceError::Failed {
        service: NAME,
        reason: reason.to_string(),
    }
}
