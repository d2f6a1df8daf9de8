//! Which settings a file may make.

use serde_json::{Map, Value};

use super::overlay::{AuthOverlay, OidcOverlay};
use super::section::{Notes, Section};
use super::{AuthFile, AuthFileError};
use crate::identity::RoleName;
use crate::settings::{ApiKeySettings, ClaimNames, JwtSettings, OverrideHeaderNames};

/// Names below which everything may stand.
const ROOTS: [&str; 2] = ["authentication", "auth"];

/// Reads the whole file.
pub(super) fn read(value: &Value) -> Result<AuthFile, AuthFileError> {
    let empty = Map::new();
    let map = match value {
        Value::Object(map) => map,
        Value::Null => &empty,
        _ => {
            let reasons = vec!["the file must be a map of settings".to_owned()];
            return Err(AuthFileError::Settings { reasons });
        }
    };
    let mut notes = Notes::default();
    let root = ROOTS
        .iter()
        .find_map(|root| Some((*root, map.get(*root)?.as_object()?)));
    let settings = match root {
        None => whole(Section::new(String::new(), map, &mut notes)),
        Some((root, inner)) => {
            for name in map.keys().filter(|name| *name != root) {
                let warning =
                    format!("`{name}` is not a setting; all settings of this file stand below `{root}`");
                notes.warnings.push(warning);
            }
            whole(Section::new(format!("{root}."), inner, &mut notes))
        }
    };
    if !notes.errors.is_empty() {
        return Err(AuthFileError::Settings {
            reasons: notes.errors,
        });
    }
    Ok(AuthFile {
        settings,
        warnings: notes.warnings,
    })
}

fn whole(mut section: Section<'_>) -> AuthOverlay {
    let allowed = section.switch("allowed_anonymous");
    let role = section.text("anonymous_role");
    let anonymous = section.section("anonymous", |anonymous| {
        (anonymous.switch("allowed"), anonymous.text("role"))
    });
    let (inner_allowed, inner_role) = anonymous.unwrap_or_default();
    let managed = section.switch("managed_api_keys");
    let managed_too = section.switch("allow_managed_api_keys");
    let overlay = AuthOverlay {
        allowed_anonymous: allowed.or(inner_allowed),
        anonymous_role: role.or(inner_role).map(RoleName::new),
        secret_key: section.secret("secret_key"),
        managed_api_keys: managed.or(managed_too),
        api_keys: section.sections("api_keys", api_key),
        jwt: section.sections("jwt", issuer),
        oidc: section.section("oidc", oidc).unwrap_or_default(),
        login_url: section.text("login_url"),
        redirect_url: section.text("redirect_url"),
        redirect_login_paths: section.list("redirect_login_paths"),
    };
    section.finish();
    overlay
}

fn api_key(section: &mut Section<'_>) -> Option<ApiKeySettings> {
    let key = section.secret("key");
    let header = section.text("header");
    let default_role = section.text("default_role").map(RoleName::new);
    let headers = section.section("headers", |headers| OverrideHeaderNames {
        role: headers.text("role"),
        user_id: headers.text("user_id"),
        user_name: headers.text("user_name"),
    });
    let headers = headers.unwrap_or_default();
    if default_role.is_none() {
        section.warn("default_role", "is not set: the key grants the role `admin`");
    }
    Some(ApiKeySettings {
        key: key.or_else(|| section.missing("key"))?,
        header,
        default_role,
        headers,
    })
}

fn issuer(section: &mut Section<'_>) -> Option<JwtSettings> {
    let defaults = JwtSettings::default();
    let settings = JwtSettings {
        issuer: section.text("issuer"),
        audiences: section.list("audience").unwrap_or_default(),
        public_key: section.text("public_key"),
        secret: section.secret("secret"),
        cookie_name: section.text("cookie_name"),
        scope_role_prefix: section.text("scope_role_prefix"),
        role_header: section.text("role_header"),
        claims: claims(section).apply_to(ClaimNames::default()),
        leeway_seconds: section.seconds("leeway").unwrap_or(defaults.leeway_seconds),
    };
    if settings.public_key.is_none() && settings.secret.is_none() {
        return section.missing("public_key");
    }
    Some(settings)
}

fn oidc(section: &mut Section<'_>) -> OidcOverlay {
    let nested = claims(section);
    OidcOverlay {
        issuer: section.text("issuer"),
        client_id: section.text("client_id"),
        client_secret: section.secret("client_secret"),
        audiences: section.list("audience"),
        scopes: section.list("scopes"),
        redirect_url: section.text("redirect_url"),
        timeout_seconds: section.seconds("timeout"),
        accepts_any_certificate: section.switch("tls_insecure"),
        cookie_name: section.text("cookie_name"),
        scope_role_prefix: section.text("scope_role_prefix"),
        role_claim: section.text("role_claim").or(nested.role),
        user_id_claim: section.text("userid_claim").or(nested.user_id),
        user_name_claim: section.text("username_claim").or(nested.user_name),
        leeway_seconds: section.seconds("leeway"),
    }
}

/// Names of claims, as far as the file gives them.
#[derive(Debug, Default)]
struct Claims {
    role: Option<String>,
    user_id: Option<String>,
    user_name: Option<String>,
}

impl Claims {
    fn apply_to(self, defaults: ClaimNames) -> ClaimNames {
        ClaimNames {
            role: self.role.unwrap_or(defaults.role),
            user_id: self.user_id.unwrap_or(defaults.user_id),
            user_name: self.user_name.unwrap_or(defaults.user_name),
        }
    }
}

fn claims(section: &mut Section<'_>) -> Claims {
    let read = |claims: &mut Section<'_>| Claims {
        role: claims.text("role"),
        user_id: claims.text("user_id"),
        user_name: claims.text("user_name"),
    };
    section.section("claims", read).unwrap_or_default()
}
