//! `hugr auth check`: which authentication settings would be in force, and what requests would become.

use std::fmt::Write as _;
use std::io;

use http::{HeaderMap, HeaderName, HeaderValue};
use hugr_auth::settings::OidcSettings;
use hugr_auth::{AuthSettings, Authentication, Credentials, Identity};

use crate::auth::NoManagedKeys;
use crate::config::auth::{AuthConfig, EffectiveAuth};
use crate::config::log::LogConfig;
use crate::config::{ConfigError, Configuration, Environment};
use crate::program::Failure;

/// Shows the authentication settings that would be in force, without secrets, and what requests would become.
///
/// Reads the variables and the file `.env` as the programs do.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "hugr auth check", args_override_self = true)]
pub struct AuthCheck {
    /// The settings.
    #[command(flatten)]
    pub auth: AuthConfig,

    /// The file with settings, as with --auth-config-file
    #[arg(long, value_name = "FILE")]
    pub file: Option<std::path::PathBuf>,

    /// A request to try, as its headers `name: value`, between them `;`. May be given several times
    #[arg(long, value_name = "HEADERS")]
    pub request: Vec<String>,

    /// Logs.
    #[command(flatten)]
    pub log: LogConfig,
}

impl Configuration for AuthCheck {
    fn check(&self, _: &Environment) -> Result<(), ConfigError> {
        self.effective().map(|_| ())
    }

    fn log(&self) -> &LogConfig {
        &self.log
    }

    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

impl AuthCheck {
    fn effective(&self) -> Result<EffectiveAuth, ConfigError> {
        let mut auth = self.auth.clone();
        auth.auth_config_file = self.file.clone().or(auth.auth_config_file);
        auth.effective()
    }

    /// Returns the report.
    ///
    /// # Errors
    /// When the settings cannot be used or a request to try has no headers.
    pub async fn report(&self) -> Result<String, Failure> {
        let EffectiveAuth { settings, warnings } = self.effective()?;
        let authentication = Authentication::from_settings(&settings, Some(NoManagedKeys::shared()))?;
        let mut text = String::from("Settings\n");
        for (name, value) in described(&settings) {
            writeln!(text, "  {name:<24} {value}")?;
        }
        text.push_str("\nRequests\n");
        let mut samples = samples(&settings);
        for request in &self.request {
            samples.push((format!("`{}`", names_of(request)), headers_of(request)?));
        }
        for (name, headers) in samples {
            let outcome = authentication
                .chain
                .authenticate(&Credentials::from_headers(&headers))
                .await;
            let outcome = match &outcome {
                Ok(identity) => described_identity(identity),
                Err(error) => format!("refused: {error}"),
            };
            writeln!(text, "  {name:<24} {outcome}")?;
        }
        if !warnings.is_empty() {
            text.push_str("\nWarnings\n");
            for warning in warnings {
                writeln!(text, "  {warning}")?;
            }
        }
        Ok(text)
    }
}

/// Returns each setting with its value; secrets only as being set.
fn described(settings: &AuthSettings) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    row(
        "anonymous requests",
        match &settings.anonymous_role {
            Some(role) => format!("role `{role}`"),
            None => "refused".to_owned(),
        },
    );
    row(
        "secret key",
        if settings.secret_key.is_some() {
            "set"
        } else {
            "not set"
        }
        .to_owned(),
    );
    row(
        "managed API keys",
        if settings.managed_api_keys {
            "accepted"
        } else {
            "not accepted"
        }
        .to_owned(),
    );
    for (name, key) in &settings.api_keys {
        let role = key.default_role.as_ref().map_or("admin", |role| role.as_str());
        let header = key.header.as_deref().unwrap_or("x-hugr-api-key");
        row(
            &format!("API key `{name}`"),
            format!("role `{role}`, header `{header}`"),
        );
    }
    for (name, issuer) in &settings.jwt {
        let checked = |what: &[String]| match what.is_empty() {
            true => "not checked".to_owned(),
            false => what.join(", "),
        };
        let value = format!(
            "issuer {}, audience {}, key {}, leeway {} s",
            checked(issuer.issuer.as_slice()),
            checked(&issuer.audiences),
            if issuer.public_key.is_some() {
                "public"
            } else {
                "shared secret"
            },
            issuer.leeway_seconds,
        );
        row(&format!("JWT issuer `{name}`"), value);
    }
    row(
        "OpenID provider",
        settings
            .oidc
            .as_ref()
            .map_or_else(|| "none".to_owned(), described_provider),
    );
    if let Some(url) = &settings.login.login_url {
        row(
            "login elsewhere",
            format!("{url} for {}", settings.login.redirect_login_paths.join(", ")),
        );
    }
    rows
}

fn described_provider(oidc: &OidcSettings) -> String {
    let audiences: Vec<_> = std::iter::once(&oidc.client_id)
        .chain(&oidc.audiences)
        .cloned()
        .collect();
    format!(
        "{}, audience {}, cookie {}, role in `{}`, user in `{}` and `{}`, login {}",
        oidc.issuer,
        audiences.join(" or "),
        oidc.cookie_name.as_deref().unwrap_or("none"),
        oidc.claims.role,
        oidc.claims.user_id,
        oidc.claims.user_name,
        oidc.redirect_url.as_deref().unwrap_or("not asked for"),
    )
}

/// Returns requests that show what the settings mean: without credentials, with each key, with wrong ones.
fn samples(settings: &AuthSettings) -> Vec<(String, HeaderMap)> {
    let mut samples = vec![("no credentials".to_owned(), HeaderMap::new())];
    let mut sample = |name: String, header: &str, key: &str| {
        let header = HeaderName::try_from(header);
        if let (Ok(header), Ok(value)) = (header, HeaderValue::from_str(key)) {
            samples.push((name, HeaderMap::from_iter([(header, value)])));
        }
    };
    if let Some(key) = &settings.secret_key {
        sample("the secret key".to_owned(), "x-hugr-secret-key", key.expose());
        sample("a wrong secret key".to_owned(), "x-hugr-secret-key", "wrong");
    }
    for (name, key) in &settings.api_keys {
        let header = key.header.as_deref().unwrap_or("x-hugr-api-key");
        sample(format!("API key `{name}`"), header, key.key.expose());
    }
    if settings.managed_api_keys || !settings.api_keys.is_empty() {
        sample("a wrong API key".to_owned(), "x-hugr-api-key", "wrong");
    }
    if !settings.jwt.is_empty() || settings.oidc.is_some() {
        sample(
            "a malformed token".to_owned(),
            "authorization",
            "Bearer malformed",
        );
    }
    samples
}

fn described_identity(identity: &Identity) -> String {
    format!(
        "role `{}`, user `{}` (`{}`), by {} of {}",
        identity.role, identity.user_id, identity.user_name, identity.auth_type, identity.provider
    )
}

/// Returns the names of a request's headers: their values may be secret.
fn names_of(request: &str) -> String {
    let names = request.split(';').filter_map(|header| header.split_once(':'));
    names.map(|(name, _)| name.trim()).collect::<Vec<_>>().join(", ")
}

fn headers_of(request: &str) -> Result<HeaderMap, io::Error> {
    let wrong = || io::Error::other("--request: write the headers as `name: value; name: value`");
    let mut headers = HeaderMap::new();
    for header in request.split(';').filter(|header| !header.trim().is_empty()) {
        let (name, value) = header.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| wrong())?;
        headers.append(name, HeaderValue::from_str(value.trim()).map_err(|_| wrong())?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::config::load;

    async fn report(variables: &[(&str, &str)], arguments: &[&str]) -> String {
        let environment = Environment::from_parts(variables.iter().copied(), "").unwrap();
        let line = std::iter::once("hugr")
            .chain(arguments.iter().copied())
            .map(OsString::from);
        let loaded = load::<AuthCheck>(line, &environment).unwrap();
        loaded.config.report().await.unwrap()
    }

    #[tokio::test]
    async fn the_report_shows_what_requests_become_and_no_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("auth.yaml");
        let text = "api_keys: { reports: { key: hidden-1, default_role: readonly } }\nvolume: 11\n";
        std::fs::write(&file, text).unwrap();
        let file = file.display().to_string();
        let request = "x-hugr-secret-key: hidden-2; x-hugr-role: editor";
        let report = report(
            &[("SECRET_KEY", "hidden-2"), ("ALLOWED_ANONYMOUS", "false")],
            &["--file", &file, "--request", request],
        )
        .await;
        for line in [
            "anonymous requests       refused",
            "secret key               set",
            "API key `reports`        role `readonly`, header `x-hugr-api-key`",
            "no credentials           refused: authentication is required",
            "the secret key           role `admin`, user `api`",
            "a wrong secret key       refused: x-hugr-secret rejected",
            "API key `reports`        role `readonly`, user `api`",
            "`x-hugr-secret-key, x-hugr-role` role `editor`",
            "`volume` is not a setting",
        ] {
            assert!(report.contains(line), "{line}\n{report}");
        }
        assert!(!report.contains("hidden"), "{report}");
    }
}
