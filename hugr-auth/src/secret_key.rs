//! The key of the operator, which may act as anyone.

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderValue;
use subtle::ConstantTimeEq;

use crate::authenticator::Authenticator;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::{Identity, RoleName};
use crate::settings::Secret;

/// Header that carries the key.
pub const SECRET_KEY_HEADER: &str = "x-hugr-secret-key";
/// Header that names the role to act as, for bearers of the key.
pub const ROLE_HEADER: &str = "x-hugr-role";
/// Header that names the user to act as, for bearers of the key.
pub const USER_ID_HEADER: &str = "x-hugr-user-id";
/// Header that gives the display name of that user.
pub const USER_NAME_HEADER: &str = "x-hugr-user-name";

const NAME: &str = "x-hugr-secret";
const DEFAULT_ROLE: &str = "admin";
const DEFAULT_USER: &str = "api";

/// Accepts requests whose header [`SECRET_KEY_HEADER`] holds the key.
///
/// The bearer acts as role `admin` and user `api`, unless [`ROLE_HEADER`], [`USER_ID_HEADER`] or [`USER_NAME_HEADER`]
/// say otherwise; an empty header counts as absent, an unreadable or repeated one rejects the request.
/// How long a comparison takes tells the length of the key, not its text.
#[derive(Clone, Debug)]
pub struct SecretKey {
    key: Secret,
}

impl SecretKey {
    /// Returns an authenticator for `key`.
    ///
    /// # Errors
    /// [`AuthError::InvalidSettings`] when `key` is empty or cannot travel in an HTTP header as it is.
    pub fn new(key: Secret) -> Result<Self, AuthError> {
        let text = key.expose();
        let can_travel = text.trim() == text && HeaderValue::from_bytes(text.as_bytes()).is_ok();
        if text.is_empty() || !can_travel {
            return Err(AuthError::InvalidSettings {
                reason: "the secret key must not be empty, hold control characters, or begin or end with white space"
                    .to_owned(),
            });
        }
        Ok(Self { key })
    }

    fn accepts(&self, presented: &HeaderValue) -> bool {
        presented.as_bytes().ct_eq(self.key.expose().as_bytes()).into()
    }
}

#[async_trait]
impl Authenticator for SecretKey {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Option<Identity>, AuthError> {
        let presented = credentials
            .only_value(SECRET_KEY_HEADER)
            .map_err(|error| rejected(SECRET_KEY_HEADER, error.to_string()))?;
        let Some(presented) = presented else {
            return Ok(None);
        };
        if !self.accepts(presented) {
            return Err(rejected(SECRET_KEY_HEADER, "the key is not the right one"));
        }
        let role = override_header(credentials, ROLE_HEADER)?.unwrap_or(DEFAULT_ROLE);
        let user_id = override_header(credentials, USER_ID_HEADER)?.unwrap_or(DEFAULT_USER);
        let user_name = override_header(credentials, USER_NAME_HEADER)?.unwrap_or(DEFAULT_USER);
        Ok(Some(Identity {
            role: RoleName::new(role),
            user_id: user_id.to_owned(),
            user_name: user_name.to_owned(),
            auth_type: "apiKey",
            provider: Arc::from(NAME),
            impersonated_by: None,
        }))
    }
}

/// Returns the text of an override header; a request that tries to narrow its rights and fails must not keep them all.
fn override_header<'a>(credentials: &Credentials<'a>, name: &str) -> Result<Option<&'a str>, AuthError> {
    let value = credentials
        .only_value(name)
        .map_err(|error| rejected(name, error.to_string()))?;
    let Some(value) = value else {
        return Ok(None);
    };
    let text = std::str::from_utf8(value.as_bytes())
        .map_err(|_| rejected(name, "the value is not UTF-8 text"))?
        .trim();
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn rejected(header: &str, reason: impl AsRef<str>) -> AuthError {
    AuthError::Rejected {
        authenticator: NAME.to_owned(),
        reason: format!("header `{header}`: {}", reason.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::testsuite::{AuthenticatorCases, check_authenticator, headers};

    fn secret_key() -> SecretKey {
        SecretKey::new(Secret::new("open sesame")).unwrap()
    }

    async fn authenticate(pairs: &[(&'static str, &str)]) -> Result<Option<Identity>, AuthError> {
        let headers = headers(pairs);
        secret_key()
            .authenticate(&Credentials::from_headers(&headers))
            .await
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        let cases = AuthenticatorCases::default()
            .accepts(
                headers(&[(SECRET_KEY_HEADER, "open sesame")]),
                RoleName::new("admin"),
            )
            .accepts(
                headers(&[(SECRET_KEY_HEADER, "open sesame"), (ROLE_HEADER, "readonly")]),
                RoleName::new("readonly"),
            )
            .accepts(
                headers(&[(SECRET_KEY_HEADER, "open sesame"), (ROLE_HEADER, "")]),
                RoleName::new("admin"),
            )
            .rejects(headers(&[(SECRET_KEY_HEADER, "open sesam")]))
            .rejects(headers(&[(SECRET_KEY_HEADER, "0pen sesame")]))
            .rejects(headers(&[(SECRET_KEY_HEADER, "")]))
            .rejects(headers(&[
                (SECRET_KEY_HEADER, "open sesame"),
                (SECRET_KEY_HEADER, "other"),
            ]))
            .rejects(headers(&[
                (SECRET_KEY_HEADER, "open sesame"),
                (ROLE_HEADER, "public"),
                (ROLE_HEADER, "admin"),
            ]))
            .ignores(HeaderMap::new())
            .ignores(headers(&[
                (ROLE_HEADER, "admin"),
                ("authorization", "Bearer token"),
            ]));
        check_authenticator(&secret_key(), &cases).await;
    }

    #[tokio::test]
    async fn the_bearer_is_the_user_api_by_default() {
        let identity = authenticate(&[(SECRET_KEY_HEADER, "open sesame")])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (identity.user_id.as_str(), identity.user_name.as_str()),
            ("api", "api")
        );
        assert_eq!(
            (identity.auth_type, &*identity.provider),
            ("apiKey", "x-hugr-secret")
        );
    }

    #[tokio::test]
    async fn override_headers_name_the_user() {
        let identity = authenticate(&[
            (SECRET_KEY_HEADER, "open sesame"),
            (USER_ID_HEADER, "u-17"),
            (USER_NAME_HEADER, "Zoë"),
        ])
        .await
        .unwrap()
        .unwrap();
        assert_eq!(
            (identity.user_id.as_str(), identity.user_name.as_str()),
            ("u-17", "Zoë")
        );
    }

    #[tokio::test]
    async fn an_unreadable_role_rejects_instead_of_granting_admin() {
        let mut headers = headers(&[(SECRET_KEY_HEADER, "open sesame")]);
        headers.insert(ROLE_HEADER, HeaderValue::from_bytes(b"read\xffonly").unwrap());
        let outcome = secret_key()
            .authenticate(&Credentials::from_headers(&headers))
            .await;
        assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
    }

    #[test]
    fn keys_that_cannot_be_sent_are_refused() {
        for key in ["", " padded", "padded ", "two\nlines"] {
            let outcome = SecretKey::new(Secret::new(key));
            assert!(
                matches!(outcome, Err(AuthError::InvalidSettings { .. })),
                "{key:?}"
            );
        }
    }

    #[test]
    fn debug_output_hides_the_key() {
        assert!(!format!("{:?}", secret_key()).contains("sesame"));
    }
}
